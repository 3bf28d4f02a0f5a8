// What is counted of one MCP server with one credential, for /metrics: whether it is up, how often it was
// begun with, what came of each request and how long the answer took, and how much of what it offers may be
// had. It judges nothing. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace claw::toolcall::upstream {

enum class Ending : std::uint8_t {
  answered,
  failed,     // The server's own error.
  timed_out,
  refused,    // The credential, or none could be lent.
  lost,       // The server ended, or said what is none.
  given_up,   // By the agent.
};
std::string_view name_of(Ending ending);

class Meters {
 public:
  Meters(metrics::Registry& registry, const std::string& endpoint, const std::string& credential);

  void begun();
  void up(bool is_up);
  void gone();  // The policy has it no more: no alert is for it.
  void offered(std::size_t open, std::size_t held, std::size_t refused);
  void ended(std::string_view method, Ending ending, std::int64_t took_us);

 private:
  metrics::Registry& registry_;
  metrics::Labels labels_;
  metrics::Gauge up_;
  metrics::Counter starts_;
  metrics::Gauge open_;
  metrics::Gauge held_;
  metrics::Gauge refused_;
  metrics::Histogram seconds_;
};

}  // namespace claw::toolcall::upstream
