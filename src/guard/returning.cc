// Actions that come back: agents that were sent away while a person was being asked, and what a restart
// interrupted. What comes back is judged by today's rules first; an approval is good for one run of the same
// action, and only where a person would be asked again.
#include <algorithm>

#include "approval/fingerprint.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/finding.h"
#include "guard/held.h"

namespace claw::guard {
namespace {

using Found = approval::Operations::Found;

std::shared_ptr<const action::Operation> told(action::Operation::State state, const Found& found) {
  return std::make_shared<const action::Operation>(action::Operation{state, found.id, found.token});
}

action::Verdict pending(const policy::Decision& decision, const Found& found) {
  action::Verdict verdict =
      action::refuse("held for approval: a person has been asked, and has not answered yet",
                     "send the same request again later, naming the operation");
  verdict.rule = decision.rule_name;
  verdict.operation = told(action::Operation::State::pending, found);
  return verdict;
}

}  // namespace

// Nothing: it is a new action, and a person is to be asked. What was seen with its call is none.
std::optional<Ruling> Guard::returned(const Gate& gate, const action::Action& action,
                                      const policy::Decision& decision) {
  if (const auto people = calls_.take(action, decision)) {
    Finding seen(decision);
    seen.outcome = action::Outcome::allow;
    seen.reason = "a person allowed the call that this is";
    seen.approver = *people;
    return Ruling{action.id, false, release(gate, action, seen)};
  }
  const bool names_one = !action.operation.empty();
  if (!names_one && (operations_ == nullptr || !action.can_return)) return std::nullopt;
  Found found;
  if (operations_ != nullptr) {
    const std::string print = approval::fingerprint(action, gate.endpoint().policy_version);
    found = operations_->take(action.operation, action.context->principal.agent, print, clock_.wall_us());
  }
  using Kind = Found::Kind;
  if (found.kind == Kind::none && !names_one) return std::nullopt;
  if (found.kind == Kind::pending) return Ruling{action.id, false, pending(decision, found)};
  if (found.kind == Kind::allowed) return Ruling{action.id, false, run_again(gate, action, decision, found)};

  Finding finding(decision);
  finding.outcome = action::Outcome::deny;
  finding.operation = action.operation;
  auto state = action::Operation::State::unknown;
  std::string reason = "there is no such operation";
  if (found.kind == Kind::other_action) {
    state = action::Operation::State::another_action;
    reason = "this is not what was asked about: another request, or the policy has changed since";
  } else if (found.kind == Kind::spent) {
    state = action::Operation::State::spent;
    reason = "this operation has had its one run: " + found.reason;
  } else if (found.kind == Kind::denied) {
    reason = found.reason;
  }
  finding.reason = reason;
  action::Verdict verdict = release(gate, action, finding);
  if (found.kind != Kind::denied) verdict.operation = told(state, found);
  return Ruling{action.id, false, std::move(verdict)};
}

action::Verdict Guard::run_again(const Gate& gate, const action::Action& action,
                                 const policy::Decision& decision, const Found& found) {
  const std::string people = join(found.answer.people, ", ");
  Finding finding(decision);
  finding.outcome = action::Outcome::allow;
  finding.reason = "a person allowed it";
  finding.operation = found.id;
  finding.approver = people;
  finding.comment = found.answer.comment;
  finding.asked_us = found.asked_us;
  finding.decided_us = found.decided_us;
  finding.evidence = shown_of(found.id);
  {
    const std::lock_guard lock(kept_mutex_);
    running_.emplace(action.id.view(), found.id);
    running_count_ = running_.size();
  }
  action::Verdict verdict = release(gate, action, finding);
  if (verdict.allowed()) calls_.allowed(action.id, action.covers, decision, people);
  else end_operation({action.id, Ending::failed, -1, -1, verdict.reason}, nullptr);
  return verdict;
}

void Guard::end_operation(const Finished& finished, const audit::Redaction* redaction) {
  if (operations_ == nullptr || running_count_ == 0) return;
  std::string operation;
  {
    const std::lock_guard lock(kept_mutex_);
    const auto at = running_.find(std::string(finished.action.view()));
    if (at == running_.end()) return;
    operation = std::move(at->second);
    running_.erase(at);
    running_count_ = running_.size();
  }
  const std::string detail = redaction == nullptr ? std::string(finished.detail)
                                                  : redaction->clean_text(finished.detail, random_hex(32));
  operations_->ended(operation, finished.ending == Ending::ok, detail, clock_.wall_us());
}

// What was held and will not run: the record says so too.
void Guard::end_unrun(std::string_view id, std::string_view why) {
  Id action;
  std::copy_n(id.begin(), std::min(id.size(), action.text.size()), action.text.begin());
  write(audit::Ended{.action = action, .ending = name_of(Ending::cancelled), .detail = why}, false);
}

// Connections that have waited long enough are told where to look and how to come back. One whose operation
// cannot be written down goes on waiting.
void Guard::send_away() {
  std::vector<std::shared_ptr<Held>> due;
  {
    const std::lock_guard lock(kept_mutex_);
    for (const auto& [id, held] : kept_) {
      if (held->away_us != 0 && clock_.monotonic_us() >= held->away_us) due.push_back(held);
    }
  }
  for (const std::shared_ptr<Held>& held : due) {
    const std::string id(held->action.id.view());
    // kubectl and client libraries of Kubernetes repeat what is refused for now, and can name nothing.
    const bool tells_id = held->action.subject->family != action::Family::k8s;
    const auto token = operations_->send_away(id, tells_id);
    if (!token || !*token) {
      if (!token) log::warning("an agent could not be sent away", {{"why", token.error().text()}});
      continue;
    }
    {
      const std::lock_guard lock(kept_mutex_);
      if (held->is_over) continue;  // Answered just now: its connection is being told.
      held->is_away = true;
      kept_.erase(id);
    }
    questions_.wait_for_retry(id);
    Found found;
    found.id = id;
    found.token = **token;
    if (held->later) held->later(pending(held->decision, found));
  }
}

Status Guard::restore() {
  if (operations_ == nullptr) return Done{};
  CLAW_TRY(std::vector<approval::Operation> open, operations_->restore(clock_.wall_us()));
  for (approval::Operation& operation : open) {
    const std::string id = operation.question.id;
    const std::int64_t left_us = operation.deadline_us - clock_.wall_us();
    operation.question.asked_monotonic_us =
        clock_.monotonic_us() - (clock_.wall_us() - operation.question.asked_us);
    operation.question.deadline_us = clock_.monotonic_us() + left_us;
    const auto settled = [this, id](const approval::Answer& answer) {
      approvals_pending_.add(-1);
      if (answer.state == approval::State::shutdown) return;
      const std::string reason = reason_of(answer);
      operations_->answered(id, answer, reason, clock_.wall_us());
      if (answer.state == approval::State::allowed) return;
      end_unrun(id, reason);
    };
    approvals_pending_.add(1);
    if (const Status asked = questions_.ask(std::move(operation.question), settled); !asked) {
      approvals_pending_.add(-1);
      approval::Answer nobody;
      nobody.state = approval::State::expired;
      operations_->answered(id, nobody, asked.error().what, clock_.wall_us());
    }
  }
  return Done{};
}

}  // namespace claw::guard
