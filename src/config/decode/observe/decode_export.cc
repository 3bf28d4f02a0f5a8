// Exporters: where the record goes besides the journal.
#include <fmt/format.h>

#include <algorithm>

#include "audit/export/columns.h"
#include "audit/export/names.h"
#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"
#include "config/kinds/kinds.h"

namespace claw::config {

namespace {

constexpr std::uint64_t batch_records_default = 1000;
constexpr std::uint64_t batch_bytes_default = 4ULL * 1024 * 1024;
constexpr std::uint64_t batch_bytes_max = 16ULL * 1024 * 1024;  // It is held in memory a few times over.
constexpr std::int64_t batch_every_us_default = 1'000'000;
constexpr std::int64_t batch_every_us_max = 300LL * 1'000'000;
constexpr std::uint64_t message_bytes_default = 64ULL * 1024;
constexpr std::uint64_t message_bytes_min = 8ULL * 1024;    // A shortened record has to fit.
constexpr std::uint64_t message_bytes_max = 8ULL * 1024 * 1024;
constexpr std::uint16_t postgres_port = 5432;
constexpr std::uint16_t syslog_port = 601;       // RFC 3195; RFC 6587 has none of its own.
constexpr std::uint16_t syslog_tls_port = 6514;  // RFC 5425
constexpr std::size_t socket_path_bytes_max = 107;

Exporter::Kind kind_named(std::string_view name) {
  using enum Exporter::Kind;
  for (const Exporter::Kind kind : {clickhouse, postgres, otlp, ocsf_file, syslog}) {
    if (name_of(kind) == name) return kind;
  }
  return s3;
}

// What needs no escape in a path, and cannot lead out of it.
bool is_key(std::string_view text, std::string_view marks) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_bucket(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && is_key(text, ".-") && text.find("..") == text.npos &&
         text.front() != '.' && text == lower(text);
}

bool is_prefix(std::string_view text) {
  if (text.size() > 512 || text.starts_with('/') || !is_key(text, "._-/=")) return false;
  return std::ranges::none_of(split(text, '/'),
                              [](std::string_view part) { return part == "." || part == ".."; });
}

}  // namespace

void Assembly::exporter(const Block& block) {
  const Fields fields(block);
  Exporter exporter;
  exporter.kind = kind_named(block.labels.front().text);
  exporter.name = block.labels.back().text;
  exporter.ca_file = path(fields, "ca_file");
  exporter.gzip = fields.boolean("gzip", false);
  if (const Node* node = fields.find("client_certificate")) {
    const Symbol* found = symbols_.resolve(*node, "credential");
    if (found != nullptr && found->typed.starts_with("mtls_credential.")) {
      exporter.certificate = found->name;
    } else if (found != nullptr) {
      diagnostics_.error(node->range, fmt::format("{} is no mtls_credential", quoted(found->typed)));
    }
  }
  exporter.from_start = fields.text("since", "start") == "start";
  exporter_batches(fields, exporter);
  exporter_kinds(fields, exporter);
  exporter_credential(fields, exporter);
  using enum Exporter::Kind;
  if (exporter.kind == clickhouse || exporter.kind == postgres) {
    exporter.table = fields.text("table", "clawpatrol_records");
    if (!audit::is_table_name(exporter.table)) {
      diagnostics_.error(fields.range("table"), fmt::format("{} is no table here", quoted(exporter.table)),
                         "write `table` or `schema.table`, of letters, digits and `_`");
    }
  }
  exporter_place(fields, exporter);
  if (std::ranges::find(snapshot_->exporters, exporter.name, &Exporter::name) == snapshot_->exporters.end()) {
    snapshot_->exporters.push_back(std::move(exporter));
  }
}

void Assembly::exporter_batches(const Fields& fields, Exporter& exporter) {
  exporter.batch_records = static_cast<std::uint64_t>(
      fields.integer("batch_records", static_cast<std::int64_t>(batch_records_default)));
  exporter.batch_bytes = fields.bytes("batch_bytes", batch_bytes_default);
  if (exporter.batch_bytes > batch_bytes_max) {
    diagnostics_.error(fields.range("batch_bytes"), "`batch_bytes` is at most 16MiB");
  }
  exporter.batch_every_us = fields.duration_us("batch_every", batch_every_us_default);
  if (exporter.batch_every_us > batch_every_us_max) {
    diagnostics_.error(fields.range("batch_every"), "`batch_every` is at most 5m");
  }
}

void Assembly::exporter_kinds(const Fields& fields, Exporter& exporter) {
  const std::vector<std::string> known(audit::record_kinds.begin(), audit::record_kinds.end());
  for (const Node* node : fields.list("kinds")) {
    if (node->kind != Kind::string) continue;
    if (std::ranges::find(known, node->text) == known.end()) {
      diagnostics_.error(node->range, fmt::format("there is no kind of record {}", quoted(node->text)),
                         did_you_mean(node->text, known));
    }
    exporter.kinds.push_back(node->text);
  }
  if (fields.has("kinds") && fields.list("kinds").empty()) {
    diagnostics_.error(fields.range("kinds"), "no kind of record is named", "leave it out for all of them");
  }
}

void Assembly::exporter_credential(const Fields& fields, Exporter& exporter) {
  const Node* node = fields.find("credential");
  if (node == nullptr) return;
  using enum Exporter::Kind;
  if (exporter.kind == s3 || exporter.kind == postgres) {
    const Symbol* found =
        credential_of(fields, exporter.kind == s3 ? "aws_credential" : "postgres_credential");
    if (found != nullptr) exporter.credential = found->name;
    if (found == nullptr || exporter.kind == s3) return;
    const Fields login(*found->block);
    if (login.text("user").empty() || login.text("database").empty()) {
      diagnostics_.error(node->range, fmt::format("{} says no user or no database", quoted(found->typed)));
    }
    return;
  }
  const Symbol* symbol = symbols_.resolve(*node, "credential");
  if (symbol == nullptr) return;
  exporter.credential = symbol->name;
  const std::string& kind = symbol->block->labels.front().text;
  if (kind == "mtls_credential" || kind == "aws_credential" || !can_serve(kind, "https")) {
    diagnostics_.error(node->range,
                       fmt::format("{} cannot be sent with a request of ours", quoted(symbol->typed)),
                       "a basic_auth, bearer_token, header_token or oauth2 can");
  }
}

void Assembly::exporter_place(const Fields& fields, Exporter& exporter) {
  exporter.url = fields.text("url");
  while (exporter.url.ends_with('/')) exporter.url.pop_back();
  const std::size_t authority = exporter.url.find("://");
  const bool has_path = authority != std::string::npos &&
                        exporter.url.find_first_of("/?", authority + 3) != std::string::npos;
  switch (exporter.kind) {
    case Exporter::Kind::otlp:
      if (!has_path) exporter.url += "/v1/logs";
      return;
    case Exporter::Kind::clickhouse:
      if (has_path) diagnostics_.error(fields.range("url"), "the server alone, without a path");
      return;
    case Exporter::Kind::ocsf_file:
      exporter.path = path(fields, "path");
      if (exporter.path.starts_with('~')) {
        diagnostics_.error(fields.range("path"), "whose home is not known here");
      }
      return;
    case Exporter::Kind::syslog: return syslog_place(fields, exporter);
    case Exporter::Kind::s3:
      if (has_path) diagnostics_.error(fields.range("url"), "the server alone, without a path");
      return bucket_place(fields, exporter);
    case Exporter::Kind::postgres: break;
  }
  for (HostPort& server : fields.hosts("host")) {
    exporter.host = server.host;
    exporter.port = server.port == 0 ? postgres_port : server.port;
  }
  if (is_wildcard(exporter.host)) diagnostics_.error(fields.range("host"), "a server has one name");
}

void Assembly::bucket_place(const Fields& fields, Exporter& exporter) {
  exporter.bucket = fields.text("bucket");
  exporter.prefix = fields.text("prefix");
  exporter.region = fields.text("region");
  if (!exporter.prefix.empty() && !exporter.prefix.ends_with('/')) exporter.prefix.push_back('/');
  if (!is_bucket(exporter.bucket)) {
    diagnostics_.error(fields.range("bucket"),
                       fmt::format("{} is no bucket's name", quoted(exporter.bucket)));
  }
  if (!is_prefix(exporter.prefix)) {
    diagnostics_.error(fields.range("prefix"), fmt::format("{} cannot stand before an object's name",
                                                           quoted(exporter.prefix)),
                       "write letters, digits and `._-/=`");
  }
  if (exporter.region.empty() || exporter.region.size() > 64 || !is_key(exporter.region, "-_") ||
      exporter.region != lower(exporter.region)) {
    diagnostics_.error(fields.range("region"), fmt::format("{} is no region", quoted(exporter.region)));
  }
}

void Assembly::syslog_place(const Fields& fields, Exporter& exporter) {
  exporter.facility = fields.text("facility", "audit");
  exporter.message_bytes = fields.bytes("message_bytes", message_bytes_default);
  if (exporter.message_bytes < message_bytes_min || exporter.message_bytes > message_bytes_max) {
    diagnostics_.error(fields.range("message_bytes"), "`message_bytes` is between 8KiB and 8MiB");
  }
  const std::string url = std::exchange(exporter.url, {});
  if (url.starts_with("unix:///")) {
    exporter.transport = Exporter::Transport::unix_socket;
    exporter.path = url.substr(7);
    if (exporter.path.size() <= socket_path_bytes_max) return;
  } else if (url.starts_with("tls://") || url.starts_with("tcp://")) {
    const bool has_tls = url.starts_with("tls://");
    exporter.transport = has_tls ? Exporter::Transport::tls : Exporter::Transport::tcp;
    const Result<HostPort> server = parse_host(url.substr(6));
    if (server && !is_wildcard(server->host)) {
      exporter.host = server->host;
      exporter.port = server->port != 0 ? server->port : has_tls ? syslog_tls_port : syslog_port;
      if (has_tls || is_loopback(exporter.host)) return;
      return diagnostics_.error(fields.range("url"), "the record leaves this machine by TLS only",
                                "write `tls://`");
    }
  }
  if (!fields.has("url")) return;  // The checker has said so.
  diagnostics_.error(fields.range("url"), fmt::format("{} is no receiver of syslog", quoted(url)),
                     "write `tls://host:6514`, `tcp://127.0.0.1:601` or `unix:///path`");
}

}  // namespace claw::config
