// Where the record goes besides the journal: one struct for each `exporter` of a configuration, checked. The
// exporter/ folder sends; secrets are named here and kept in the vault.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace claw::config {

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
