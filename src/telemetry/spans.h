// Records to spans: one for each action, from the moment it came to its end, with what it waited for a
// person, for a connection and for its upstream as children. Ids are derived from the action's, so that a
// span can be found from a record and the other way round; an agent's own trace is continued. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/reader.h"
#include "telemetry/otlp.h"

namespace claw::telemetry {

struct Place {  // Where an endpoint's actions go.
  std::string kind;  // `postgres`
  std::string host;  // Empty: whatever the agent asked.
  std::int64_t port = 0;
};
using Places = std::map<std::string, Place, std::less<>>;  // By typed endpoint.

constexpr std::size_t running_max = 20'000;  // Allowed actions whose end has not come; more make no span.

class Spans {
 public:
  void use(Places places, std::uint32_t sample_percent);

  // Appends the spans that this record ends: of a refusal, or of what has run.
  void take(const audit::Record& record, std::vector<Span>& out);

  std::uint64_t take_missed() {
    return std::exchange(missed_, 0);
  }  // Actions that made none for want of room.

 private:
  struct Running {
    std::int64_t since_us = 0;  // Of the verdict.
    std::vector<Span> spans;    // The action's, and what it waited for; the last is its execution.
  };
  std::vector<Span> begun(const audit::Record& judged) const;
  Attributes execution(const json::Value& judged) const;
  bool is_sampled(std::string_view trace) const;

  Places places_;
  std::uint32_t sample_percent_ = 100;
  std::unordered_map<std::string, Running> running_;  // By action.
  std::uint64_t missed_ = 0;
};

}  // namespace claw::telemetry
