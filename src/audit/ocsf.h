// Exports records as OCSF 1.8 events, one JSON object per line, for a SIEM or an analytical database: SQL as
// Datastore Activity (class 6005), everything else an agent does as API Activity (class 6003). An allowed
// action becomes an event when its ending is known, or when the gateway started anew and it never will be; a
// denied one at once. Other kinds of record have no place in these classes; the plain JSON lines export
// (append_json_line) has them all.
#pragma once

#include <string>
#include <unordered_map>

#include "audit/reader.h"

namespace claw::audit {

// The record as it stands in the journal, without the padding, and a line end.
void append_json_line(std::string& out, std::string_view payload);

class Ocsf {
 public:
  void record(const Record& record, std::string& out);  // In order; appends lines.
  void finish(std::string& out);                        // What never ended, with an unknown status.
  // The first record whose ending is still awaited; 0: none. Who goes on later begins to read there.
  std::uint64_t oldest() const;

 private:
  std::unordered_map<std::string, Record> running_;
};

}  // namespace claw::audit
