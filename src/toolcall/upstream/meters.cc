#include "toolcall/upstream/meters.h"

namespace claw::toolcall::upstream {
namespace {

constexpr double value_of_gone = -1;

metrics::Labels with(metrics::Labels labels, const std::string& name, std::string_view value) {
  labels.emplace(name, value);
  return labels;
}

metrics::Gauge definitions(metrics::Registry& registry, const metrics::Labels& labels,
                           std::string_view state) {
  return registry.gauge("claw_mcp_definitions",
                        "Tools, prompts and templates that an MCP server offers, by what became of them.",
                        with(labels, "state", state));
}

}  // namespace

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::answered: return "ok";
    case Ending::failed: return "failed";
    case Ending::timed_out: return "timeout";
    case Ending::refused: return "refused";
    case Ending::lost: return "lost";
    case Ending::given_up: return "cancelled";
  }
  return "";
}

Meters::Meters(metrics::Registry& registry, const std::string& endpoint, const std::string& credential)
    : registry_(registry),
      labels_{{"endpoint", endpoint}, {"credential", credential}},
      up_(registry.gauge("claw_mcp_server_up",
                         "1: an MCP server answers; 0: it does not; -1: the policy has it no more.",
                         labels_)),
      starts_(registry.counter("claw_mcp_server_starts_total", "Conversations begun with an MCP server.",
                               labels_)),
      open_(definitions(registry, labels_, "open")),
      held_(definitions(registry, labels_, "held")),
      refused_(definitions(registry, labels_, "refused")),
      seconds_(registry.histogram("claw_mcp_request_seconds", "How long an MCP server took to answer.",
                                  metrics::latency_bounds(), labels_)) {
  up_.set(0);
}

void Meters::begun() {
  starts_.add();
  up_.set(0);
}

void Meters::up(bool is_up) {
  up_.set(is_up ? 1 : 0);
  if (!is_up) offered(0, 0, 0);
}

void Meters::gone() {
  up(false);
  up_.set(value_of_gone);
}

void Meters::offered(std::size_t open, std::size_t held, std::size_t refused) {
  open_.set(static_cast<double>(open));
  held_.set(static_cast<double>(held));
  refused_.set(static_cast<double>(refused));
}

void Meters::ended(std::string_view method, Ending ending, std::int64_t took_us) {
  metrics::Labels labels = with(labels_, "method", method);
  labels.emplace("outcome", name_of(ending));
  registry_.counter("claw_mcp_requests_total", "Requests to MCP servers by what came of them.", labels).add();
  if (ending == Ending::answered || ending == Ending::failed) {
    seconds_.observe(static_cast<double>(took_us) / 1e6);
  }
}

}  // namespace claw::toolcall::upstream
