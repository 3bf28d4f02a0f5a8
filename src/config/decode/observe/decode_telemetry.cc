// `telemetry`: where metrics and traces go.
#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/kinds/kinds.h"

namespace claw::config {

void Assembly::telemetry(const Block& block) {
  const Fields fields(block);
  TelemetrySettings& telemetry = snapshot_->settings.telemetry;
  telemetry.url = fields.text("endpoint");
  while (telemetry.url.ends_with('/')) telemetry.url.pop_back();
  if (telemetry.url.find('?') != std::string::npos) {
    diagnostics_.error(fields.range("endpoint"), "the base of a receiver has no query",
                       "`/v1/metrics` and `/v1/traces` are added to it");
  }
  telemetry.ca_file = path(fields, "ca_file");
  telemetry.service_name = fields.text("service_name");
  telemetry.metrics = fields.boolean("metrics", true);
  telemetry.traces = fields.boolean("traces", true);
  telemetry.metrics_every_us = fields.duration_us("metrics_interval", telemetry.metrics_every_us);
  telemetry.sample_percent = static_cast<std::uint32_t>(fields.integer("sample", 100));
  constexpr std::int64_t second_us = 1'000'000;
  if (telemetry.metrics_every_us < second_us) {
    diagnostics_.error(fields.range("metrics_interval"), "more often than once a second",
                       "a receiver expects metrics every ten seconds to every minute");
  }
  const Node* node = fields.find("credential");
  const Symbol* symbol = node ? symbols_.resolve(*node, "credential") : nullptr;
  if (!symbol) return;
  const std::string kind = symbol->typed.substr(0, symbol->typed.find('.'));
  if (kind == "bearer_token" || kind == "header_token" || kind == "basic_auth") {
    telemetry.credential = symbol->name;
  } else {
    diagnostics_.error(node->range, fmt::format("telemetry cannot be sent with a {}", kind),
                       "write a bearer_token, a header_token or a basic_auth");
  }
}

}  // namespace claw::config
