// What watches the gateway and its agents: telemetry, anomalies.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;

constexpr AttributeSpec telemetry[] = {
    {"endpoint", service,
     "Base URL of an OTLP receiver over HTTP, `http://127.0.0.1:4318`. The environment's "
     "OTEL_EXPORTER_OTLP_ENDPOINT; without both nothing is sent"},
    {"protocol", choice, "JSON over HTTP. http/json", "http/json"},
    {"credential", reference, "What the receiver wants to see in each request, for HTTP", "credential"},
    {"ca_file", path, "PEM roots of the receiver, in place of the system's"},
    {"service_name", text, "The environment's OTEL_SERVICE_NAME, else clawpatrol"},
    {"metrics", boolean, "Whether metrics are sent. true"},
    {"metrics_interval", duration, "How often. 60s"},
    {"traces", boolean, "Whether a span is sent for each action. true"},
    {"sample", integer,
     "Of a hundred actions that were allowed and ended well, how many are sent; others always are. 100",
     "0..100"},
};

constexpr AttributeSpec anomalies[] = {
    {"enabled", boolean, "Whether agents are compared with their own past. true"},
    {"learn", duration, "How long an agent is watched before anything it does is new. 168h"},
    {"sensitivity", choice, "How far from its past is too far. normal", "low|normal|high"},
    {"quiet", texts,
     "Kinds that are not reported: `new_endpoint`, `new_verb`, `new_object`, `new_host`, `rate`, `denials`, "
     "`destructive`"},
    {"notify", references, "Approvers whose channels are told of a finding. Nobody", "approver"},
};

}  // namespace

void append_observe_rows(std::vector<BlockSpec>& rows) {
  rows.push_back({.type = "telemetry", .once = true, .attributes = telemetry,
                  .help = "Metrics and traces as OpenTelemetry's protocol (OTLP), sent to a receiver"});
  rows.push_back({.type = "anomalies", .once = true, .attributes = anomalies,
                  .help = "What an agent does unlike itself is found, recorded and told; it stops nothing"});
}

}  // namespace claw::config
