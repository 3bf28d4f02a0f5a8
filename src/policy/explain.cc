#include <algorithm>

#include "action/call.h"
#include "base/check.h"
#include "policy/ruleset.h"

namespace claw::policy {
namespace {

bool pinned_elsewhere(const std::vector<std::string>& pins, std::string_view actual) {
  return !pins.empty() && std::find(pins.begin(), pins.end(), actual) == pins.end();
}

}  // namespace

std::string_view name_of(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::disabled: return "disabled";
    case Answer::Kind::other_credential: return "pinned to another credential";
    case Answer::Kind::other_profile: return "pinned to another profile";
    case Answer::Kind::no_break_glass: return "nobody broke the glass";
    case Answer::Kind::yes: return "true";
    case Answer::Kind::no: return "false";
    case Answer::Kind::unknown: return "unknown";
    case Answer::Kind::error: return "error";
  }
  check_failed("every answer has a name", __FILE__, __LINE__);
}

Answer Ruleset::answer(std::uint32_t number, const action::Facts& facts, const Pins& pins,
                       cel::Arena& arena) const {
  using Kind = Answer::Kind;
  const Rule& rule = rules_[number];
  if (rule.source.disabled) return {number, 0, Kind::disabled, {}};
  if (pinned_elsewhere(rule.source.credentials, pins.credential)) {
    return {number, 0, Kind::other_credential, {}};
  }
  if (pinned_elsewhere(rule.source.profiles, pins.profile)) return {number, 0, Kind::other_profile, {}};
  if (rule.source.break_glass && !pins.break_glass) return {number, 0, Kind::no_break_glass, {}};
  if (!rule.program) return {number, 0, Kind::yes, {}};
  const cel::Value value = rule.program->evaluate(facts, arena);
  if (value.is(cel::Kind::boolean)) return {number, 0, value.is_true() ? Kind::yes : Kind::no, {}};
  const Kind failed = value.is(cel::Kind::unknown) ? Kind::unknown : Kind::error;
  return {number, 0, failed, detail_of(number, facts, value)};
}

// Asks every rule, also those the index leaves out and those after the one that decided: who explains
// wants to see what else would have matched.
Explanation Ruleset::explain(const action::Action& action, const action::Standing& standing) const {
  const action::Call call(action, standing);
  const Pins pins{action.context->credential, action.context->principal.profile, standing.break_glass};
  cel::Arena arena;
  Explanation explanation;
  for (std::uint32_t part = 0; part < action.subject->parts.size(); ++part) {
    const action::Facts facts(action.subject->parts[part].facts, action.context->facts, call.facts(family_));
    for (std::uint32_t number = 0; number < rules_.size(); ++number) {
      arena.reset();
      explanation.answers.push_back(answer(number, facts, pins, arena));
      explanation.answers.back().part = part;
    }
  }
  explanation.decision = judge(action, arena, standing);
  return explanation;
}

}  // namespace claw::policy
