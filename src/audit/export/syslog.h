// Records as syslog messages (RFC 5424), each after its length (RFC 6587 §3.4.1), so that no text in a record
// can end a message or begin another. The message is the record's JSON in ASCII alone, which needs no byte
// order mark.
#pragma once

#include <optional>
#include <string>

#include "audit/export/columns.h"

namespace claw::audit {

struct SyslogSettings {
  int facility = 13;                  // `audit`
  std::string host = "-";             // As this machine calls itself.
  std::size_t message_bytes_max = 0;  // Longer records come as their columns, with their length.
};

std::optional<int> syslog_facility(std::string_view name);  // `audit`, `authpriv`, `local0`
void append_syslog(std::string& out, const Exported& exported, const SyslogSettings& settings);

}  // namespace claw::audit
