#include "guard/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "approval/fingerprint.h"
#include "base/text.h"
#include "guard/finding.h"

namespace claw::guard {
namespace {

// Who is asked, and how long they have.
struct Plan {
  std::vector<approval::Approver> approvers;
  std::vector<std::string> names;
  std::int64_t timeout_us = std::numeric_limits<std::int64_t>::max();
};

std::optional<Plan> plan_of(const Gate& gate, const policy::Decision& decision) {
  Plan plan;
  for (const std::string_view name : decision.approvers) {
    const Approver* approver = gate.approver(name);
    if (approver == nullptr) return std::nullopt;
    plan.approvers.push_back(approver->asked);
    plan.names.push_back(approver->asked.name);
    plan.timeout_us = std::min(plan.timeout_us, approver->timeout_us);
  }
  return plan;
}

approval::Question question_of(const action::Action& action, const Gate& gate,
                               const policy::Decision& decision) {
  const action::Subject& subject = *action.subject;
  const action::Context& context = *action.context;
  approval::Question question;
  question.id = action.id.view();
  question.fingerprint = approval::fingerprint(action, gate.endpoint().policy_version);
  question.endpoint = context.endpoint;
  question.agent = context.principal.agent;
  question.profile = context.principal.profile;
  question.rule = decision.rule_name;
  question.reason = decision.reason;
  question.family = action::name_of(subject.family);
  question.summary = subject.summary;
  question.text = subject.text;
  question.parameters = action.parameters;
  question.session = action::state_of(subject.family, context);
  question.reasoning = action.reasoning;
  question.destructive = subject.destructive;
  return question;
}

// What the agent is told when a question has ended.
std::string reason_of(const approval::Answer& answer) {
  switch (answer.state) {
    case approval::State::allowed: return "a person allowed it";
    case approval::State::denied:
      return "a person was asked and said no" + (answer.comment.empty() ? "" : ": " + answer.comment);
    case approval::State::expired: return "a person was asked and did not answer in time";
    case approval::State::withdrawn: return "the agent took it back before a person had answered";
    case approval::State::shutdown: return "the gateway stopped before a person had answered";
    case approval::State::open: break;
  }
  check_failed("an answer ends its question", __FILE__, __LINE__);
}

}  // namespace

// An action that waits. It keeps the gate, because its decision views the rules there.
struct Guard::Held {
  std::shared_ptr<const Gate> gate;
  action::Action action;
  policy::Decision decision;
  std::string fingerprint;
  std::int64_t asked_us = 0;  // Wall time.
  std::int64_t asked_monotonic_us = 0;
  Later later;
};

Ruling Guard::hold(const std::shared_ptr<const Gate>& gate, action::Action action, policy::Decision decision,
                   const Later& later) {
  const Id id = action.id;
  const auto refuse = [&](const action::Action& refused, std::string_view reason) {
    Finding finding(decision);
    finding.reason = reason;
    return Ruling{id, false, release(*gate, refused, finding)};
  };
  const std::optional<Plan> plan = plan_of(*gate, decision);
  if (!plan) return refuse(action, "this needs a person, and nobody is configured to be asked");

  approval::Question question = question_of(action, *gate, decision);
  const auto held = std::make_shared<const Held>(Held{gate, std::move(action), decision, question.fingerprint,
                                                      clock_.wall_us(), clock_.monotonic_us(), later});
  question.asked_us = held->asked_us;
  question.deadline_us = held->asked_monotonic_us + plan->timeout_us;
  question.approvers = plan->approvers;

  const audit::Held record{
      .action = held->action,
      .question = id.view(),
      .rule = decision.rule_name,
      .reason = decision.reason,
      .policy = gate->endpoint().policy_version,
      .approvers = plan->names,
      .deadline_us = held->asked_us + plan->timeout_us,
      .parameters = gate->endpoint().parameters,
  };
  if (!write(record, false)) return refuse(held->action, not_recorded_reason);

  approvals_pending_.add(1);
  const Status asked = questions_.ask(std::move(question), [this, held](const approval::Answer& answer) {
    approvals_pending_.add(-1);
    action::Verdict verdict = answered(*held, answer);
    if (held->later) held->later(std::move(verdict));
  });
  if (asked) return {id, true, {}};
  approvals_pending_.add(-1);
  return refuse(held->action, asked.error().what);
}

action::Verdict Guard::answered(const Held& held, const approval::Answer& answer) {
  const std::string people = join(answer.people, ", ");
  // The question carried the digest out and back; anything else than a match is not leave for this action.
  const bool same = answer.fingerprint == held.fingerprint;
  const std::string reason = same ? reason_of(answer) : "the approval was for another action";
  Finding finding(held.decision);
  if (same && answer.state == approval::State::allowed) finding.outcome = action::Outcome::allow;
  finding.reason = reason;
  finding.approver = people;
  finding.comment = answer.comment;
  finding.asked_us = held.asked_us;
  finding.decided_us = clock_.wall_us();
  approval_seconds_.observe(static_cast<double>(clock_.monotonic_us() - held.asked_monotonic_us) * 1e-6);
  action::Verdict verdict = release(*held.gate, held.action, finding);
  verdict.taken_back = answer.state == approval::State::withdrawn;
  return verdict;
}

}  // namespace claw::guard
