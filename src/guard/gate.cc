#include "guard/gate.h"

#include <algorithm>

#include "base/check.h"

namespace claw::guard {
namespace {

metrics::Counter counter(metrics::Registry& registry, const Endpoint& endpoint, const std::string& rule,
                         const std::string& verdict) {
  return registry.counter("claw_actions_total", "actions judged, by what became of them",
                          {{"protocol", endpoint.protocol}, {"endpoint", endpoint.name}, {"rule", rule},
                           {"verdict", verdict}});
}

metrics::Counter destructive(metrics::Registry& registry, const Endpoint& endpoint, const char* verdict) {
  return registry.counter("claw_destructive_actions_total", "destructive actions, by what became of them",
                          {{"protocol", endpoint.protocol}, {"endpoint", endpoint.name},
                           {"verdict", verdict}});
}

// In the order of Ending.
constexpr const char* endings[] = {"ok", "failed", "cancelled", "unknown"};

}  // namespace

Gate::Gate(Endpoint endpoint, metrics::Registry& registry)
    : endpoint_(std::move(endpoint)),
      destructive_{destructive(registry, endpoint_, "allow"), destructive(registry, endpoint_, "deny")},
      execution_(registry.histogram(
          "claw_execution_seconds", "time from the verdict to the end of the action",
          metrics::latency_bounds(), {{"protocol", endpoint_.protocol}, {"endpoint", endpoint_.name}})) {
  CLAW_CHECK(endpoint_.rules != nullptr);
  if (endpoint_.terms == nullptr) endpoint_.terms = std::make_shared<const Terms>();
  const auto add = [&](const std::string& rule) {
    actions_.push_back(
        {counter(registry, endpoint_, rule, "allow"), counter(registry, endpoint_, rule, "deny")});
  };
  for (const policy::Rule& rule : endpoint_.rules->rules()) add(rule.source.name);
  add("");
  for (const char* ending : endings) {
    endings_.push_back(registry.counter("claw_endings_total", "how allowed actions ended",
                                        {{"protocol", endpoint_.protocol}, {"endpoint", endpoint_.name},
                                         {"ending", ending}}));
  }
}

const Approver* Gate::approver(std::string_view name) const {
  const auto same = [name](const Approver& each) { return each.asked.name == name; };
  const auto found = std::find_if(endpoint_.approvers.begin(), endpoint_.approvers.end(), same);
  return found == endpoint_.approvers.end() ? nullptr : &*found;
}

std::string_view Gate::owner_of(std::string_view agent) const {
  const auto found = terms().owners.find(agent);
  return found == terms().owners.end() ? std::string_view() : found->second;
}

void Gate::count(std::uint32_t rule, action::Outcome outcome, std::uint64_t times) const {
  Counters& counters = rule == policy::Decision::no_rule ? actions_.back() : actions_.at(rule);
  (outcome == action::Outcome::allow ? counters.allowed : counters.denied).add(static_cast<double>(times));
}

void Gate::count_destructive(action::Outcome outcome) const {
  (outcome == action::Outcome::allow ? destructive_.allowed : destructive_.denied).add();
}

void Gate::count_ending(std::size_t ending) const { endings_.at(ending).add(); }

void Gate::observe_execution(double seconds) const { execution_.observe(seconds); }

}  // namespace claw::guard
