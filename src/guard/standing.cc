// What an agent did before, in the course of a decision: what rules are told of it, whether budgets have
// room, and what the ledger is told.
#include <fmt/format.h>

#include <algorithm>

#include "guard/finding.h"
#include "guard/guard.h"

namespace claw::guard {

action::Standing Guard::stand(const Gate& gate, const action::Action& action) const {
  action::Standing standing;
  if (!gate.endpoint().rules->reads_standing()) return standing;
  const action::Principal& principal = action.context->principal;
  standing.owner = gate.owner_of(principal.agent);
  standing.break_glass = !break_glass_.active(principal.profile).empty();
  standing.anomalies = unlike_.of(account_of(principal), clock_.monotonic_us());
  if (gate.terms().counts) ledger_.stand(principal, gate.terms(), standing);
  return standing;
}

// What policy allows is charged in one step with the question whether there is room. Beyond a budget the
// action asks, or is refused where a budget names nobody; one that asks anyhow asks the budget's people too.
// An endpoint that only observes is charged and never stopped. True: the ledger has it.
bool Guard::fit_budgets(const Gate& gate, const action::Action& action, policy::Decision& decision) {
  if (!gate.terms().counts || decision.outcome == policy::Outcome::deny) return false;
  const Ledger::Entry entry{action.id, action.context->principal, gate.terms(), charge_of(*action.subject),
                            decision.labels};
  if (decision.cause == policy::Cause::observed) return ledger_.allow_anyway(entry), true;
  const bool asks = decision.outcome == policy::Outcome::approve;
  std::optional<Over> found = asks ? ledger_.over(entry) : ledger_.allow(entry);
  if (!found) return !asks;
  if (asks) found->reason = fmt::format("{}; {}", decision.reason, found->reason);
  const auto over = std::make_shared<const Over>(std::move(*found));
  over_budget_.add();
  decision.storage = over;
  decision.budget = over->budgets;
  decision.reason = over->reason;
  decision.cause = policy::Cause::budget;
  decision.models_may_allow = false;  // Of what the rule asks, not of this.
  decision.outcome = over->is_refused ? policy::Outcome::deny : policy::Outcome::approve;
  for (const std::string& approver : over->approvers) {
    if (std::ranges::find(decision.approvers, approver) == decision.approvers.end()) {
      decision.approvers.push_back(approver);
    }
  }
  return false;
}

// Before the record: a record that is found after a restart is in the ledger that was kept, or told to it.
std::optional<audit::Charged> Guard::account(const Gate& gate, const action::Action& action,
                                             const Finding& finding) {
  if (!gate.terms().counts || !action.context->principal.preview_of.empty()) return std::nullopt;
  const bool is_allowed = finding.outcome == action::Outcome::allow;
  const Ledger::Entry entry{action.id, action.context->principal, gate.terms(), charge_of(*action.subject),
                            finding.labels};
  if (!is_allowed) {
    if (!finding.is_undecided) ledger_.deny(entry);
    return std::nullopt;
  }
  if (!finding.is_charged) ledger_.allow_anyway(entry);
  return entry.charged;
}

}  // namespace claw::guard
