// A rule's `max_rows`: up to so many rows nobody is asked, and what changes more, or cannot be counted, is
// not what the rule lets pass.
#include <fmt/format.h>

#include <algorithm>

#include "policy/ruleset.h"

namespace claw::policy {
namespace {

constexpr std::string_view nobody_counts =
    "nothing counts the rows this changes and takes them back if they are more than";

// Up to the cap a rule that asks is one that allows.
void let_pass(std::uint64_t rows_max, const RuleSource& source, Decision& part) {
  part.rows_max = rows_max;
  if (part.outcome != Outcome::approve) return;
  part.outcome = Outcome::allow;
  part.reason = source.reason;
  part.approvers.clear();
  part.needs_passkey = part.models_may_allow = part.preview = false;
}

}  // namespace

// The cap stays with what runs. Once a person has seen the number, the number is the cap.
void Ruleset::cap(const action::Action& action, Decision& part) const {
  if (part.rule == Decision::no_rule || part.cause != Cause::rule || part.outcome == Outcome::deny) return;
  const RuleSource& source = rules_[part.rule].source;
  if (source.rows_max == 0) return;
  const action::Rows rows = action.subject->rows;
  const auto counted = static_cast<std::uint64_t>(std::max<std::int64_t>(action.rows_counted, 0));
  if (rows == action::Rows::none) return let_pass(0, source, part);
  if (rows == action::Rows::counted && counted <= source.rows_max) {
    return let_pass(source.rows_max, source, part);
  }
  const auto words = std::make_shared<const std::string>(
      rows == action::Rows::counted
          ? fmt::format("{}: it changes {} rows, more than {}", part.reason, counted, source.rows_max)
          : fmt::format("{}: {} {}", part.reason, nobody_counts, source.rows_max));
  part.storage = words;
  part.reason = std::string_view(*words).substr(part.reason.empty() ? 2 : 0);
  if (part.outcome == Outcome::allow) {
    part.outcome = Outcome::deny;
    part.labels.clear();
  } else if (rows == action::Rows::counted) {
    part.rows_max = counted;
  }
}

}  // namespace claw::policy
