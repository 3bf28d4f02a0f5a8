// What the gateway looks up for the person who is asked. It runs as the agent could run it, is judged and
// recorded like anything else, and can change nothing: only what reads, what sets up a session of its own, or
// what a server promises only to try.
#include <algorithm>
#include <array>

#include "guard/guard.h"

namespace claw::guard {
namespace {

constexpr std::array<std::string_view, 2> preparing_verbs = {"set", "set role"};

bool is_dry_run(const action::Part& part) {
  static const auto slot = action::slot_of(action::Family::k8s, "k8s.dry_run");
  return slot && *slot < part.facts.size() && part.facts[*slot].is_true();
}

bool changes_nothing(const action::Subject& subject) {
  if (!subject.understood || subject.truncated) return false;
  return std::ranges::all_of(subject.parts, [&subject](const action::Part& part) {
    if (part.reads_only) return true;
    if (subject.family == action::Family::k8s) return is_dry_run(part);
    return subject.family == action::Family::sql &&
           std::ranges::find(preparing_verbs, part.verb) != preparing_verbs.end();
  });
}

}  // namespace

// The rule that asks wants to see it, so nobody is asked about seeing it; what a rule denies stays denied.
void Guard::judge_preview(const action::Action& action, policy::Decision& decision) {
  const bool is_denied =
      decision.outcome == policy::Outcome::deny && decision.rule != policy::Decision::no_rule;
  if (!is_denied && changes_nothing(*action.subject)) {
    decision.outcome = policy::Outcome::allow;
    decision.reason = "looked up for the person who is asked";
    return;
  }
  decision.outcome = policy::Outcome::deny;
  if (!is_denied) decision.reason = "a preview only looks";
}

}  // namespace claw::guard
