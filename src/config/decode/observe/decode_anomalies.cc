// `anomalies`: what of an agent's doings is looked for, and who is told.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/decode/decode.h"

namespace claw::config {

namespace {

constexpr std::string_view kinds[] = {"new_endpoint", "new_verb", "new_object",  "new_host",
                                      "rate",         "denials",  "destructive"};

std::string nearest_list() {
  std::vector<std::string> names;
  for (const std::string_view kind : kinds) names.push_back(quoted(kind));
  return "there are " + join(names, ", ");
}

}  // namespace

void Assembly::anomalies(const Block& block) {
  const Fields fields(block);
  AnomalySettings& anomalies = snapshot_->settings.anomalies;
  anomalies.enabled = fields.boolean("enabled", true);
  anomalies.learn_us = fields.duration_us("learn", anomalies.learn_us);
  const std::string sensitivity = fields.text("sensitivity", "normal");
  anomalies.sensitivity = sensitivity == "low"    ? Sensitivity::low
                          : sensitivity == "high" ? Sensitivity::high
                                                  : Sensitivity::normal;
  for (const Node* node : fields.list("quiet")) {
    if (std::ranges::find(kinds, node->text) != std::end(kinds)) anomalies.quiet.push_back(node->text);
    else diagnostics_.error(node->range, fmt::format("no anomaly is called {}", quoted(node->text)),
                            nearest_list());
  }
  for (const Node* node : fields.list("notify")) {
    const Symbol* symbol = symbols_.resolve(*node, "approver");
    if (symbol == nullptr) continue;
    anomalies.notify.push_back(symbol->name);
    const Approver* approver = snapshot_->approver(symbol->name);
    if (approver != nullptr && !approver->channels.empty()) continue;
    diagnostics_.warning(node->range, "this approver has no channel, so nobody is told",
                         "findings are on record and in the dashboard all the same");
  }
}

}  // namespace claw::config
