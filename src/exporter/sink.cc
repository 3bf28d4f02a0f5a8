#include "exporter/sink.h"

namespace claw::exporter {

std::unique_ptr<Sink> make_sink(Parts parts) {
  switch (parts.settings.kind) {
    case config::Exporter::Kind::clickhouse: return make_clickhouse(std::move(parts));
    case config::Exporter::Kind::postgres: return make_postgres(std::move(parts));
    case config::Exporter::Kind::otlp: return make_otlp(std::move(parts));
    case config::Exporter::Kind::ocsf_file: return make_file(std::move(parts));
    case config::Exporter::Kind::syslog: return make_syslog(std::move(parts));
    case config::Exporter::Kind::s3: return make_s3(std::move(parts));
  }
  return nullptr;
}

}  // namespace claw::exporter
