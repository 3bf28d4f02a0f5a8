// The decision: policy, then a person where policy says so, then the record, and only then a verdict.
// The gateway asks it for every action and tells it how the action ended. Thread-safe. It opens no
// connection and knows no protocol; whoever built it owns the clock, the journal and the queue.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "action/verdict.h"
#include "approval/queue.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "policy/ruleset.h"

namespace claw::guard {

struct Approver {
  std::string name;            // As rules name it.
  std::uint32_t required = 1;  // Distinct people.
  std::int64_t timeout_us = 10LL * 60 * 1'000'000;
};

struct Endpoint {  // From the configuration; immutable.
  std::string name;      // `postgres.prod`
  std::string protocol;  // `postgres`
  std::string policy_version;
  std::shared_ptr<const policy::Ruleset> rules;
  std::vector<Approver> approvers;  // Every one a rule of it names.
};

// An endpoint made ready: its counters are looked up once. Made by Guard::open for every endpoint of a
// snapshot; a connection keeps the one it began with, or takes the new one at a reload.
class Gate;

using Later = std::function<void(action::Verdict)>;

struct Ruling {
  Id action;                // Given to the action if it had none; for finished().
  bool held = false;        // A person was asked: `later` is called once, from whatever thread ends the question.
  action::Verdict verdict;  // When not held.
};

enum class Ending : std::uint8_t { ok, failed, cancelled, unknown };
std::string_view name_of(Ending ending);

struct Outcome {  // How an allowed action ended.
  Id action;
  Ending ending = Ending::unknown;
  std::int64_t rows = -1;         // -1: the protocol did not say.
  std::int64_t duration_us = -1;  // From the verdict; -1: not measured.
  std::string_view detail;        // Command tag, status, error; never a secret.
};

class Guard {
 public:
  Guard(const Clock& clock, audit::Sink& sink, approval::Queue& questions, metrics::Registry& registry);
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  std::shared_ptr<const Gate> open(Endpoint endpoint);

  // `later` is kept only when held. Whatever goes wrong is a refusal, never an error.
  Ruling judge(const std::shared_ptr<const Gate>& gate, action::Action action, const Later& later);

  void withdraw(const Id& action);  // The agent has gone: nobody waits; `later` is told a refusal.
  void finished(const Gate& gate, const Outcome& outcome);
  void tick();                      // Expires questions; call it every second or at the queue's next deadline.

 private:
  struct Held;
  struct Metrics;

  Ruling hold(const std::shared_ptr<const Gate>& gate, action::Action action, const policy::Decision& decision,
              const Later& later);
  action::Verdict answered(const Held& held, const approval::Answer& answer);

  const Clock& clock_;
  audit::Sink& sink_;
  approval::Queue& questions_;
  metrics::Registry& registry_;
};

}  // namespace claw::guard
