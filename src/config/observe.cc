#include "config/observe.h"

#include <fmt/format.h>

namespace claw::config {

std::string_view name_of(Exporter::Kind kind) {
  switch (kind) {
    case Exporter::Kind::clickhouse: return "clickhouse";
    case Exporter::Kind::postgres: return "postgres";
    case Exporter::Kind::otlp: return "otlp";
    case Exporter::Kind::ocsf_file: return "ocsf_file";
    case Exporter::Kind::syslog: return "syslog";
    case Exporter::Kind::s3: return "s3";
  }
  return "";
}

std::string Exporter::typed() const { return fmt::format("{}.{}", name_of(kind), name); }

std::string Exporter::target() const {
  switch (kind) {
    case Kind::clickhouse: return fmt::format("{} {}", url, table);
    case Kind::postgres: return fmt::format("{}:{} {} {}", host, port, credential, table);
    case Kind::otlp: return url;
    case Kind::ocsf_file: return path;
    case Kind::syslog: return transport == Transport::unix_socket ? path : fmt::format("{}:{}", host, port);
    case Kind::s3: return fmt::format("{}/{}/{}", url, bucket, prefix);
  }
  return "";
}

}  // namespace claw::config
