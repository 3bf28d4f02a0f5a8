// Exporters: where the record goes besides the journal.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;

constexpr AttributeSpec common[] = {
    {"since", choice, "Where it begins the first time; afterwards where it stood. start", "start|now"},
    {"batch_records", integer, "Records sent at once, at most. 1000", "1..10000"},
    {"batch_bytes", size, "The same in bytes; one longer record goes alone. 4MiB, at most 16MiB"},
    {"batch_every", duration, "How long a record waits for others. 1s, at most 5m"},
    {"description", text, "For people"},
};

constexpr std::string_view kinds_help =
    "Only these kinds of record: judged, held, ended, session, incident, policy, admin, gateway, checkpoint. "
    "All of them";
constexpr std::string_view certificate_help =
    "What we show a server that asks who we are, an mtls_credential; beside what it is asked with";
constexpr std::string_view gzip_help = "Whether bodies are sent compressed. false";
constexpr std::string_view roots_help = "PEM roots of that server, in place of the system's";

constexpr AttributeSpec clickhouse[] = {
    {"url", service, "Its HTTP interface, `https://ch.internal:8443`", "", true},
    {"table", text, "`table` or `database.table`. clawpatrol_records"},
    {"credential", reference, "What it is asked with, as a basic_auth; none for a server that wants none",
     "credential"},
    {"ca_file", path, roots_help},
    {"client_certificate", reference, certificate_help, "credential"},
    {"gzip", boolean, gzip_help},
    {"kinds", texts, kinds_help},
};
constexpr AttributeSpec postgres[] = {
    {"host", host, "The server, `db.internal:5432`", "", true},
    {"credential", reference, "A postgres_credential with user and database", "credential", true},
    {"table", text, "`table` or `schema.table`. clawpatrol_records"},
    {"ca_file", path, roots_help},
    {"kinds", texts, kinds_help},
};
constexpr AttributeSpec otlp[] = {
    {"url", service, "A receiver of OTLP over HTTP; without a path `/v1/logs`", "", true},
    {"credential", reference, "What it is asked with, as a bearer_token or header_token", "credential"},
    {"ca_file", path, roots_help},
    {"client_certificate", reference, certificate_help, "credential"},
    {"gzip", boolean, gzip_help},
    {"kinds", texts, kinds_help},
};
constexpr AttributeSpec ocsf_file[] = {
    {"path", path, "The file, made where it is missing; relative to the policy's folder", "", true},
};
constexpr AttributeSpec syslog[] = {
    {"url", text, "`tls://logs.internal:6514`, or on this machine `tcp://127.0.0.1:601` or `unix:///run/log`",
     "", true},
    {"facility", choice, "audit",
     "user|daemon|auth|authpriv|audit|local0|local1|local2|local3|local4|local5|local6|local7"},
    {"message_bytes", size,
     "The longest message the receiver takes; longer records come shortened, with their length. 64KiB, at "
     "least 8KiB"},
    {"ca_file", path, roots_help},
    {"client_certificate", reference, certificate_help, "credential"},
    {"kinds", texts, kinds_help},
};
constexpr AttributeSpec s3[] = {
    {"url", service, "The server, `https://s3.eu-west-1.amazonaws.com`", "", true},
    {"bucket", text, "Its bucket", "", true},
    {"prefix", text, "What the names of objects begin with. Nothing"},
    {"region", text, "Whose signatures it takes", "", true},
    {"credential", reference, "An aws_credential", "credential", true},
    {"ca_file", path, roots_help},
    {"client_certificate", reference, certificate_help, "credential"},
    {"gzip", boolean, gzip_help},
    {"kinds", texts, kinds_help},
};

struct Row {
  std::string_view kind;
  std::string_view help;
  std::span<const AttributeSpec> own;
};
constexpr Row exporter_rows[] = {
    {"clickhouse", "Rows in a table of ClickHouse", clickhouse},
    {"postgres", "Rows in a table of PostgreSQL or TimescaleDB", postgres},
    {"otlp", "Logs of OpenTelemetry, OTLP/HTTP in JSON", otlp},
    {"ocsf_file", "A file of OCSF 1.8 events, a line each", ocsf_file},
    {"syslog", "Messages of RFC 5424", syslog},
    {"s3", "Objects of JSON lines in S3, or what speaks like it", s3},
};

}  // namespace

void append_export_rows(std::vector<BlockSpec>& rows) {
  for (const Row& row : exporter_rows) {
    rows.push_back({.type = "exporter", .kind = row.kind, .labels = 2, .attributes = row.own,
                    .common = common, .help = row.help});
  }
}

}  // namespace claw::config
