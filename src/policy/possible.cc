#include "policy/possible.h"

#include <algorithm>

namespace claw::policy {
namespace {

bool is_elsewhere(const std::vector<std::string>& pins, std::string_view actual) {
  return !pins.empty() && std::ranges::find(pins, actual) == pins.end();
}

}  // namespace

bool may_allow(const Ruleset& rules, const action::Facts& facts, const Pins& pins) {
  if (rules.settings().mode == Mode::observe) return true;
  cel::Arena arena;
  for (const Rule& rule : rules.rules()) {
    const RuleSource& source = rule.source;
    if (source.disabled || source.shadow || source.marks) continue;
    if (is_elsewhere(source.credentials, pins.credential) || is_elsewhere(source.profiles, pins.profile)) {
      continue;
    }
    arena.reset();
    const cel::Value value = rule.program ? rule.program->evaluate(facts, arena) : cel::Value::boolean(true);
    const bool is_certain = value.is(cel::Kind::boolean) && !source.break_glass;
    if (value.is(cel::Kind::boolean) && !value.is_true()) continue;
    if (source.verdict != Outcome::deny) return true;  // It is so, or may be.
    if (is_certain) return false;
  }
  return rules.settings().otherwise != Outcome::deny;
}

}  // namespace claw::policy
