// An endpoint made ready for judging: its settings and its counters, looked up once so that counting an
// action is an addition. Made by Guard::open for every endpoint of a snapshot; immutable but for the
// counts. It decides nothing.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/verdict.h"
#include "approval/queue.h"
#include "audit/record.h"
#include "base/metrics.h"
#include "guard/budget.h"
#include "policy/ruleset.h"

namespace claw::guard {

// An agent need not wait on its connection: it is told where to look, and comes back with the operation's id.
struct AsyncGrant {
  bool enabled = false;
  std::int64_t retry_ttl_us = 5LL * 60 * 1'000'000;  // From the answer to the retry.
  std::uint64_t body_bytes_max = 1024 * 1024;        // Longer requests wait on their connection.
};

struct Approver {
  approval::Approver asked;  // As questions name it.
  std::int64_t timeout_us = 10LL * 60 * 1'000'000;
  std::int64_t sync_wait_us = 0;  // How long a connection waits before its agent is sent away; 0: to the end.
  AsyncGrant async = {};
};

struct Endpoint {  // From the configuration.
  std::string name;      // `postgres.prod`
  std::string protocol;  // `postgres`
  std::string policy_version;
  std::shared_ptr<const policy::Ruleset> rules;
  std::vector<Approver> approvers;  // Every one that a rule of it names.
  audit::Parameters parameters = audit::Parameters::shown;  // Whether bound values are recorded.
  std::shared_ptr<const audit::Redaction> redaction = {};  // What does not go on record; null: all does.
  std::shared_ptr<const Terms> terms = {};  // The same for all endpoints; null: nothing is counted.
};

class Gate {
 public:
  Gate(Endpoint endpoint, metrics::Registry& registry);

  const Endpoint& endpoint() const { return endpoint_; }
  const Approver* approver(std::string_view name) const;
  const Terms& terms() const { return *endpoint_.terms; }
  std::string_view owner_of(std::string_view agent) const;  // Empty: nobody is named.
  // Decision::no_rule: the default.
  void count(std::uint32_t rule, action::Outcome outcome, std::uint64_t times = 1) const;
  void count_destructive(action::Outcome outcome) const;
  void count_ending(std::size_t ending) const;  // By Ending's place.
  void observe_execution(double seconds) const;

 private:
  struct Counters {
    metrics::Counter allowed;
    metrics::Counter denied;
  };

  Endpoint endpoint_;
  mutable std::vector<Counters> actions_;  // One per rule, and one for the default.
  mutable Counters destructive_;
  mutable std::vector<metrics::Counter> endings_;
  mutable metrics::Histogram execution_;
};

}  // namespace claw::guard
