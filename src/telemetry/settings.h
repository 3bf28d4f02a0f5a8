// Where telemetry goes and as what: the configuration first, then the environment that every OpenTelemetry
// program knows. Pure but for reading the environment, which a test gives as a function.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "config/observe.h"
#include "telemetry/otlp.h"

namespace claw::telemetry {

using Environment = std::function<const char*(const char*)>;  // std::getenv, or a test's.

struct Target {
  std::string url;         // Base; `/v1/traces` is added. Empty: nothing is sent.
  std::vector<std::pair<std::string, Secret>> fields;  // OTEL_EXPORTER_OTLP_HEADERS.
  Attributes resource;
  bool metrics = true;
  bool traces = true;
  std::string why_not;     // Not empty: it was asked for, and cannot be done.
};

Target target_of(const config::TelemetrySettings& settings, const Environment& environment,
                 const std::string& instance);

}  // namespace claw::telemetry
