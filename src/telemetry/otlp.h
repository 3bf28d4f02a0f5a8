// OpenTelemetry's protocol as JSON: what a receiver at `/v1/metrics` and `/v1/traces` takes. It follows the
// JSON mapping of opentelemetry-proto 1.x: 64-bit integers are strings, enumerations numbers, ids
// hexadecimal. Pure: values in, text out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/metrics.h"

namespace claw::telemetry {

using Attribute = std::pair<std::string, std::variant<std::string, std::int64_t, bool>>;
using Attributes = std::vector<Attribute>;

enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3 };
enum class SpanStatus : std::uint8_t { unset = 0, ok = 1, error = 2 };

struct Span {
  std::string trace;   // 16 bytes, and
  std::string id;      // 8 bytes, in hexadecimal.
  std::string parent;  // Empty: it has none.
  std::string name;
  SpanKind kind = SpanKind::internal;
  std::int64_t start_us = 0;  // Wall time.
  std::int64_t end_us = 0;
  Attributes attributes;
  SpanStatus status = SpanStatus::unset;
  std::string why;     // Of an error.
};

std::string traces_json(const Attributes& resource, std::span<const Span> spans);

// Sums since `start_us`, when the process began; never since the last time.
std::string metrics_json(const Attributes& resource, const std::vector<metrics::Family>& families,
                         std::int64_t start_us, std::int64_t now_us);

// How many spans or points a receiver says it did not take, though it took the request.
std::int64_t rejected_in(std::string_view answer);

}  // namespace claw::telemetry
