// The decision: policy, then a person where policy says so, then the record, and only then a verdict.
// The gateway asks it for every action and tells it how the action ended. Thread-safe. It opens no
// connection and knows no protocol; whoever built it owns the clock, the journal and the queue, which
// outlive it.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

#include "action/action.h"
#include "action/verdict.h"
#include "approval/operations.h"
#include "approval/queue.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "guard/break_glass.h"
#include "guard/calls.h"
#include "guard/gate.h"
#include "guard/ledger.h"
#include "guard/unlike.h"
#include "policy/ruleset.h"

namespace claw::guard {

struct Finding;  // finding.h

constexpr std::string_view not_recorded_reason =
    "not recorded: nothing runs without a record, and none can be written";

using Later = std::function<void(action::Verdict)>;

struct Ruling {
  Id action;                // Given to the action if it had none; for finished() and withdraw().
  bool held = false;        // A person is asked; `later` is called once, from whatever thread ends it.
  action::Verdict verdict;  // When not held.
  // When held, and the rule wants it: what is to be looked up for approval::Queue::attach. Else null.
  std::shared_ptr<const action::Action> preview = nullptr;
};

enum class Ending : std::uint8_t { ok, failed, cancelled, unknown };
std::string_view name_of(Ending ending);

struct Finished {  // How an allowed action ended.
  Id action;
  Ending ending = Ending::unknown;
  std::int64_t rows = -1;         // -1: the protocol did not say.
  std::int64_t duration_us = -1;  // Since the verdict; -1: not measured.
  std::string_view detail;        // Command tag, status, error; never a secret.
  std::int64_t connect_us = -1;   // Of the duration, connecting upstream; -1: nothing was connected for it.
};

class Guard {
 public:
  // Without operations every action waits on its connection, and a restart forgets what was asked.
  Guard(const Clock& clock, audit::Sink& sink, approval::Queue& questions, metrics::Registry& registry,
        approval::Operations* operations = nullptr);
  ~Guard();  // Ends what is still open: nobody could be told any more.
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  std::shared_ptr<const Gate> open(Endpoint endpoint);  // Once per endpoint and snapshot.

  // `later` is kept only when held, and may be called before judge() has returned. Whatever goes wrong is a
  // refusal, never an error.
  Ruling judge(const std::shared_ptr<const Gate>& gate, action::Action action, const Later& later);

  // What was asked for as an action and is none that could be judged: on record as a refusal, which stands
  // for `others` more like it. Nothing ran.
  void refuse(const Gate& gate, action::Action action, std::string_view reason, std::uint64_t others = 0);

  void withdraw(const Id& action);  // The agent has gone: `later` is told a refusal.
  void finished(const Gate& gate, const Finished& finished);
  void tick();      // Expires questions, and sends agents away: call it about once a second.
  Status restore();  // Before the first agent comes: asks again what an earlier gateway was asking.

  Ledger& ledger() { return ledger_; }
  Unlike& unlike() { return unlike_; }
  BreakGlass& break_glass() { return break_glass_; }
  Calls& calls() { return calls_; }
  std::uint64_t recorded() const { return recorded_; }  // Through which record the ledger has everything.

 private:
  struct Held;

  Ruling hold(const std::shared_ptr<const Gate>& gate, action::Action action, policy::Decision decision,
              const Later& later);
  void settle(Held& held, const approval::Answer& answer);
  action::Verdict answered(const Held& held, const approval::Answer& answer);
  std::vector<audit::Evidence> shown_of(std::string_view question) const;  // While the queue remembers it.
  action::Verdict release(const Gate& gate, const action::Action& action, const Finding& finding);

  // standing.cc
  action::Standing stand(const Gate& gate, const action::Action& action) const;
  bool fit_budgets(const Gate& gate, const action::Action& action, policy::Decision& decision);
  std::optional<audit::Charged> account(const Gate& gate, const action::Action& action,
                                        const Finding& finding);
  bool write(const audit::Entry& entry, bool durable);
  static void judge_preview(const action::Action& action, policy::Decision& decision);

  // returning.cc
  std::optional<Ruling> returned(const Gate& gate, const action::Action& action,
                                 const policy::Decision& decision);
  action::Verdict run_again(const Gate& gate, const action::Action& action, const policy::Decision& decision,
                            const approval::Operations::Found& found);
  void send_away();
  void end_operation(const Finished& finished, const audit::Redaction* redaction);
  void end_unrun(std::string_view id, std::string_view why);

  const Clock& clock_;
  audit::Sink& sink_;
  approval::Queue& questions_;
  metrics::Registry& registry_;
  approval::Operations* operations_;  // May be null.
  std::array<metrics::Counter, policy::cause_count> refusals_;
  metrics::Histogram decision_seconds_;
  metrics::Histogram approval_seconds_;
  metrics::Gauge approvals_pending_;
  metrics::Gauge approvals_oldest_;
  std::array<metrics::Counter, 5> answers_;  // By how questions end; hold.cc.
  metrics::Counter audit_failures_;
  std::mutex kept_mutex_;                              // Guards the next two, and who of Held is away.
  std::map<std::string, std::shared_ptr<Held>> kept_;  // Whose connections wait, of those that may come back.
  std::map<std::string, std::string> running_;         // Retries: the operation of an action.
  std::atomic<std::size_t> running_count_ = 0;         // So that what is no retry takes no lock.
  metrics::Counter over_budget_;
  Ledger ledger_;
  Unlike unlike_;
  BreakGlass break_glass_;
  Calls calls_;
  std::atomic<std::uint64_t> recorded_ = 0;
  std::atomic<bool> recording_ = true;  // So that a full disk is logged twice, not per action.
};

}  // namespace claw::guard
