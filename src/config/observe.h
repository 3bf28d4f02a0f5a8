// What a configuration says of watching the gateway: the record and how long it stays, where it and telemetry
// are sent, and what of agents' doings is found unlike them. Plain structs, checked; secrets are only named.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/redaction.h"

namespace claw::config {

enum class Durability : std::uint8_t { process, disk };
std::string_view name_of(Durability durability);

struct AuditSettings {
  Durability durability = Durability::process;
  std::vector<std::string> redact;  // Of every endpoint,
  std::shared_ptr<const audit::Redaction> redaction;  // and of what belongs to none; null: nothing.
  bool parameters = true;           // Bound values go into the record; false: only how many.
  std::int64_t keep_us = 0;         // Records older than this leave; 0: never.
  std::map<std::string, std::int64_t, std::less<>> retention_us;  // Of endpoints that keep theirs for less.
};

struct TelemetrySettings {
  std::string url;  // `https://collector.example:4318`; empty: as the environment says, or nowhere.
  std::string credential;       // Goes into every request; empty: none.
  std::string ca_file;          // In place of the system's roots.
  std::string service_name;     // Empty: as the environment says, `clawpatrol` otherwise.
  bool metrics = true;
  bool traces = true;
  std::int64_t metrics_every_us = 60LL * 1'000'000;
  std::uint32_t sample_percent = 100;  // Of traces; refused and failed actions are always sent.
};

enum class Sensitivity : std::uint8_t { low, normal, high };
std::string_view name_of(Sensitivity sensitivity);

struct AnomalySettings {
  bool enabled = true;
  std::int64_t learn_us = 7LL * 24 * 3600 * 1'000'000;  // Nothing of an agent is new before that.
  Sensitivity sensitivity = Sensitivity::normal;
  std::vector<std::string> quiet;   // Kinds that nobody wants to hear of.
  std::vector<std::string> notify;  // Approvers whose channels are told.
};

// Where the record goes besides the journal; exporter/ sends.
struct Exporter {
  enum class Kind : std::uint8_t { clickhouse, postgres, otlp, ocsf_file, syslog, s3 };
  enum class Transport : std::uint8_t { tls, tcp, unix_socket };

  Kind kind = Kind::clickhouse;
  std::string name;             // `lake`
  std::string url;              // Of HTTP servers, as written; otlp: with its path.
  std::string host;             // Of postgres and syslog,
  std::uint16_t port = 0;
  Transport transport = Transport::tls;
  std::string path;             // A file, or a Unix socket.
  std::string table;
  std::string bucket;
  std::string prefix;           // Empty, or ends in a slash.
  std::string region;
  std::string facility = "audit";
  std::uint64_t message_bytes = 0;
  std::string credential;       // Empty: none.
  std::string ca_file;          // Empty: the system's roots.
  std::string certificate;      // The mtls_credential that we show where it asks who we are; empty: none.
  bool gzip = false;            // Of the bodies of requests.
  std::vector<std::string> kinds;  // Of records; empty: all of them.
  bool from_start = true;       // At first; afterwards from where it stands.
  std::uint64_t batch_records = 0;
  std::uint64_t batch_bytes = 0;
  std::int64_t batch_every_us = 0;

  bool operator==(const Exporter&) const = default;
  std::string typed() const;    // `clickhouse.lake`
  std::string target() const;   // Where to, on one line; what its cursor belongs to.
};

std::string_view name_of(Exporter::Kind kind);

}  // namespace claw::config
