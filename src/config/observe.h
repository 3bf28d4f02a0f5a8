// What a configuration says of watching the gateway: telemetry that is sent elsewhere, and what of agents'
// doings is found unlike them. Plain structs of the Snapshot's settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace claw::config {

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

}  // namespace claw::config
