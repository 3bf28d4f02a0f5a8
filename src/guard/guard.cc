#include "guard/guard.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "guard/finding.h"

namespace claw::guard {
namespace {

const std::vector<double>& waiting_bounds() {  // Seconds: people, not machines.
  static const std::vector<double> bounds{1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600};
  return bounds;
}

template <std::size_t... index>
std::array<metrics::Counter, sizeof...(index)> refusal_counters(metrics::Registry& registry,
                                                                std::index_sequence<index...>) {
  return {registry.counter("claw_policy_refusals_total", "actions refused, by why",
                           {{"cause", std::string(name_of(static_cast<policy::Cause>(index)))}})...};
}

std::array<metrics::Counter, 5> answer_counters(metrics::Registry& registry) {
  const auto counter = [&](approval::State state) {
    return registry.counter("claw_approvals_total", "questions to people that ended, by how",
                            {{"answer", std::string(approval::name_of(state))}});
  };
  using enum approval::State;
  return {counter(allowed), counter(denied), counter(expired), counter(withdrawn), counter(shutdown)};
}

}  // namespace

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::ok: return "ok";
    case Ending::failed: return "failed";
    case Ending::cancelled: return "cancelled";
    case Ending::unknown: return "unknown";
  }
  check_failed("every ending has a name", __FILE__, __LINE__);
}

Guard::Guard(const Clock& clock, audit::Sink& sink, approval::Queue& questions, metrics::Registry& registry,
             approval::Operations* operations)
    : clock_(clock), sink_(sink), questions_(questions), registry_(registry), operations_(operations),
      refusals_(refusal_counters(registry, std::make_index_sequence<policy::cause_count>())),
      decision_seconds_(registry.histogram("claw_decision_seconds", "time to judge and record one action",
                                           metrics::latency_bounds())),
      approval_seconds_(registry.histogram("claw_approval_wait_seconds", "time an action waited for a person",
                                           waiting_bounds())),
      approvals_pending_(registry.gauge("claw_approvals_pending", "actions waiting for a person")),
      approvals_oldest_(registry.gauge("claw_approval_oldest_seconds",
                                       "how long the one that waits longest has waited; 0: none waits")),
      answers_(answer_counters(registry)),
      audit_failures_(registry.counter("claw_audit_failures_total", "records that could not be written")),
      over_budget_(registry.counter("claw_over_budget_total", "actions for which a budget had no room")),
      ledger_(clock), break_glass_(clock, sink, registry) {}

Guard::~Guard() { questions_.shutdown(clock_.wall_us()); }

std::shared_ptr<const Gate> Guard::open(Endpoint endpoint) {
  return std::make_shared<const Gate>(std::move(endpoint), registry_);
}

Ruling Guard::judge(const std::shared_ptr<const Gate>& gate, action::Action action, const Later& later) {
  thread_local cel::Arena arena;
  const std::int64_t start_us = clock_.monotonic_us();
  if (action.id == Id{}) action.id = make_id(clock_.wall_us());
  if (action.reasoning.empty()) action.reasoning = calls_.reasoning_of(action);
  policy::Decision decision = gate->endpoint().rules->judge(action, arena, stand(*gate, action));
  const bool is_preview = !action.context->principal.preview_of.empty();
  if (is_preview) judge_preview(action, decision);
  const bool is_charged = !is_preview && fit_budgets(*gate, action, decision);
  const bool asks = decision.outcome == policy::Outcome::approve;
  Ruling ruling = asks ? hold(gate, std::move(action), std::move(decision), later)
                       : Ruling{action.id, false, release(*gate, action, Finding(decision, is_charged))};
  decision_seconds_.observe(static_cast<double>(clock_.monotonic_us() - start_us) * 1e-6);
  return ruling;
}

// Observed endpoints too: there is nothing that could be let through.
void Guard::refuse(const Gate& gate, action::Action action, std::string_view reason, std::uint64_t others) {
  if (action.id == Id{}) action.id = make_id(clock_.wall_us());
  policy::Decision decision;
  decision.cause = policy::Cause::backstop_unparsed;
  decision.reason = reason;
  if (others != 0) {
    decision.detail = "stands for " + std::to_string(others) + " more, refused since the last one";
  }
  release(gate, action, Finding(decision));
  if (others == 0) return;
  gate.count(decision.rule, action::Outcome::deny, others);
  refusals_.at(static_cast<std::size_t>(decision.cause)).add(static_cast<double>(others));
}

// The one place a verdict that allows comes from: it leaves only once its record is written.
action::Verdict Guard::release(const Gate& gate, const action::Action& action, const Finding& finding) {
  action::Verdict verdict{finding.outcome, std::string(finding.rule_name), std::string(finding.reason),
                          std::string(finding.hint)};
  const bool is_preview = !action.context->principal.preview_of.empty();
  verdict.rows_max = finding.rows_max;
  verdict.may_write = finding.cause == policy::Cause::rule && verdict.allowed() && !is_preview &&
                      gate.endpoint().rules->rules()[finding.rule].source.writes;
  std::vector<audit::Shadow> shadows;
  for (const policy::Shadow& each : finding.shadows) {
    shadows.push_back({std::string(each.rule), std::string(name_of(each.would))});
  }
  const std::string glass = break_glass_.active(action.context->principal.profile);
  const audit::Judged record{
      .action = action,
      .verdict = verdict,
      .policy = gate.endpoint().policy_version,
      .detail = finding.detail,
      .approver = finding.approver,
      .comment = finding.comment,
      .asked_us = finding.asked_us,
      .decided_us = finding.decided_us,
      .shadows = shadows,
      .parameters = gate.endpoint().parameters,
      .operation = finding.operation,
      .observed = finding.cause == policy::Cause::observed,
      .labels = verdict.allowed() ? finding.labels : std::span<const std::string_view>(),
      .budget = finding.budget,
      .break_glass = glass,
      .charged = account(gate, action, finding),
      .evidence = finding.evidence,
      .redaction = gate.endpoint().redaction.get(),
  };
  const bool written = write(record, verdict.allowed());
  if (verdict.allowed() && !written) {
    ledger_.finished(action.id, true, 0);
    verdict = action::refuse(std::string(not_recorded_reason));
  }
  gate.count(finding.rule, verdict.outcome);
  if (action.subject->destructive) gate.count_destructive(verdict.outcome);
  if (!verdict.allowed()) refusals_.at(static_cast<std::size_t>(finding.cause)).add();
  calls_.tell(action, false, verdict);
  return verdict;
}

bool Guard::write(const audit::Entry& entry, bool durable) {
  const auto written = sink_.append(entry);
  if (written) recorded_.store(*written, std::memory_order_relaxed);
  Status kept = Done{};
  if (!written) {
    kept = written.error();
  } else if (durable) {
    kept = sink_.wait_durable(*written);
  }
  if (!kept) audit_failures_.add();
  if (recording_.exchange(kept.ok()) != kept.ok()) {
    if (kept) {
      log::info("the journal can be written again");
    } else {
      log::error("the journal cannot be written: nothing is allowed until it can",
                 {{"why", kept.error().text()}});
    }
  }
  return kept.ok();
}

void Guard::withdraw(const Id& action) { questions_.withdraw(action.view(), clock_.wall_us()); }

void Guard::finished(const Gate& gate, const Finished& finished) {
  if (gate.terms().counts) {
    ledger_.finished(finished.action, finished.ending != Ending::unknown, finished.rows);
  }
  const audit::Ended record{
      .action = finished.action,
      .ending = name_of(finished.ending),
      .rows = finished.rows,
      .detail = finished.detail,
      .duration_us = std::max<std::int64_t>(finished.duration_us, 0),
      .connect_us = finished.connect_us,
      .redaction = gate.endpoint().redaction.get(),
      .endpoint = gate.endpoint().name,
  };
  write(record, false);
  end_operation(finished, gate.endpoint().redaction.get());
  gate.count_ending(static_cast<std::size_t>(finished.ending));
  if (finished.duration_us >= 0) gate.observe_execution(static_cast<double>(finished.duration_us) * 1e-6);
}

void Guard::tick() {
  questions_.expire(clock_.monotonic_us(), clock_.wall_us());
  const std::int64_t now_us = clock_.monotonic_us();
  const std::int64_t waited_us = now_us - questions_.oldest_us().value_or(now_us);
  approvals_oldest_.set(static_cast<double>(waited_us) * 1e-6);
  break_glass_.tick();
  if (operations_ == nullptr) return;
  for (const std::string& id : operations_->expire(clock_.wall_us())) {
    end_unrun(id, approval::unclaimed_reason);
  }
  send_away();
}

}  // namespace claw::guard
