#include "policy/ruleset.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "action/sql.h"
#include "base/check.h"
#include "base/text.h"

namespace claw::policy {
namespace {

using cel::Value;

constexpr std::string_view no_rule_reason = "no rule allows this";
constexpr std::string_view cut_reason =
    "longer than the gateway inspects, and no rule allows it without looking at the rest";
constexpr std::string_view not_understood_reason =
    "the gateway could not understand this, and no rule allows it unread";

std::string_view words_for(Cause cause) {
  switch (cause) {
    case Cause::truncated_and_unparsed:
      return "the action is longer than the gateway inspects and was not understood";
    case Cause::truncated: return "the action is longer than the gateway inspects";
    case Cause::unparsed: return "the action was not understood";
    case Cause::evaluation_error: return "its condition failed";
    case Cause::rule: case Cause::default_allow: case Cause::default_deny: case Cause::backstop_truncated:
    case Cause::backstop_unparsed: case Cause::observed: break;
  }
  check_failed("only these causes are a rule's failure", __FILE__, __LINE__);
}

constexpr std::size_t first_failure = static_cast<std::size_t>(Cause::truncated_and_unparsed);

Cause cause_of(const Value& value) {
  if (!value.is(cel::Kind::unknown)) return Cause::evaluation_error;
  const cel::Causes causes = value.causes();
  const bool truncated = causes.has(cel::Cause::truncated);
  const bool unparsed = causes.has(cel::Cause::unparsed);
  if (truncated && unparsed) return Cause::truncated_and_unparsed;
  return truncated ? Cause::truncated : Cause::unparsed;
}

Pins pins_of(const action::Action& action) {
  return {action.context->credential, action.context->principal.profile};
}

Reading reading_of(const action::Action& action) {
  return {action.subject->truncated, action.subject->understood};
}

// The stricter of two parts; what both found out is kept.
void unite(Decision& whole, Decision&& part) {
  for (const Shadow& shadow : part.shadows) whole.shadows.push_back(shadow);
  if (part.outcome > whole.outcome) {
    std::swap(whole.shadows, part.shadows);
    whole = std::move(part);
  } else if (part.outcome == Outcome::approve && whole.outcome == Outcome::approve) {
    for (const std::string_view approver : part.approvers) {
      const bool known =
          std::find(whole.approvers.begin(), whole.approvers.end(), approver) != whole.approvers.end();
      if (!known) whole.approvers.push_back(approver);
    }
  }
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::allow: return "allow";
    case Outcome::approve: return "approve";
    case Outcome::deny: return "deny";
  }
  check_failed("every outcome has a name", __FILE__, __LINE__);
}

std::string_view name_of(Cause cause) {
  switch (cause) {
    case Cause::rule: return "rule";
    case Cause::truncated_and_unparsed: return "truncated_and_unparsed";
    case Cause::truncated: return "truncated";
    case Cause::unparsed: return "unparsed";
    case Cause::evaluation_error: return "evaluation_error";
    case Cause::default_allow: return "default_allow";
    case Cause::default_deny: return "default_deny";
    case Cause::backstop_truncated: return "backstop_truncated";
    case Cause::backstop_unparsed: return "backstop_unparsed";
    case Cause::observed: return "observed";
  }
  check_failed("every cause has a name", __FILE__, __LINE__);
}

Ruleset::Ruleset(action::Family family, std::vector<Rule> rules, Settings settings)
    : family_(family), settings_(settings), rules_(std::move(rules)), index_(rules_.size()),
      slots_read_(action::schema(family).size()) {
  for (std::uint32_t number = 0; number < rules_.size(); ++number) {
    const Rule& rule = rules_[number];
    index_.add(number, rule.source,
               rule.program ? rule.program->requirements() : std::vector<cel::Requirement>());
    Words& words = words_.emplace_back();
    words.reason = rule.source.reason;
    if (words.reason.empty() && rule.source.verdict == Outcome::deny) {
      words.reason = "not permitted by policy";
    }
    if (words.reason.empty() && rule.source.verdict == Outcome::approve) {
      words.reason = "a person must allow it";
    }
    for (std::size_t i = 0; i < words.unevaluable.size(); ++i) {
      words.unevaluable[i] = fmt::format("this rule could not be decided, so it refuses: {}",
                                         words_for(static_cast<Cause>(first_failure + i)));
    }
    if (!rule.program || rule.source.disabled) continue;
    for (const std::uint32_t slot : rule.program->slots()) {
      slots_read_.at(slot) = true;
      inspects_truncatable_ = inspects_truncatable_ || action::schema(family)[slot].truncatable;
    }
  }
  index_.build();
}

bool Ruleset::reads(std::uint32_t slot) const { return slot < slots_read_.size() && slots_read_[slot]; }

// Does this rule decide? A condition that is neither true nor false decides too, against the agent: a
// lower rule must not be reached by making a higher one fail.
bool Ruleset::ask(std::uint32_t number, const action::Facts& facts, cel::Arena& arena, Decision& out) const {
  const Rule& rule = rules_[number];
  const Value value = rule.program ? rule.program->evaluate(facts, arena) : Value::boolean(true);
  if (value.is_false()) return false;
  out.rule = number;
  out.rule_name = rule.source.name;
  out.hint = rule.source.hint;
  if (!value.is_true()) {
    refuse_unevaluable(facts, value, out);
    return true;
  }
  out.cause = Cause::rule;
  out.outcome = rule.source.verdict;
  out.reason = words_[number].reason;
  if (out.outcome == Outcome::approve) {
    out.approvers.assign(rule.source.approvers.begin(), rule.source.approvers.end());
  }
  return true;
}

void Ruleset::refuse_unevaluable(const action::Facts& facts, const Value& value, Decision& out) const {
  out.outcome = Outcome::deny;
  out.cause = cause_of(value);
  out.reason = words_[out.rule].unevaluable.at(static_cast<std::size_t>(out.cause) - first_failure);
  out.detail = detail_of(out.rule, facts, value);
}

// What the operator is told: the facts that were missing, or the error.
std::string Ruleset::detail_of(std::uint32_t number, const action::Facts& facts, const Value& value) const {
  if (value.is(cel::Kind::error)) return std::string(value.as_text());
  if (!value.is(cel::Kind::unknown)) return "the condition gave neither true nor false";
  std::string names;
  for (const std::uint32_t slot : rules_[number].program->slots()) {
    if (!facts.fact(slot).is(cel::Kind::unknown)) continue;
    if (!names.empty()) names += ", ";
    names += action::schema(family_)[slot].name;
  }
  return names + " could not be read";
}

Decision Ruleset::otherwise(Reading reading) const {
  Decision decision;
  if (reading.truncated || !reading.understood) {
    decision.cause = reading.truncated ? Cause::backstop_truncated : Cause::backstop_unparsed;
    decision.reason = reading.truncated ? cut_reason : not_understood_reason;
  } else if (settings_.otherwise == Outcome::allow) {
    decision.outcome = Outcome::allow;
    decision.cause = Cause::default_allow;
  } else {
    decision.reason = no_rule_reason;
  }
  return decision;
}

// On an endpoint that only observes nothing is refused, not even what was not understood: a trial must
// not be the outage. What would have been is a shadow.
Decision Ruleset::observed(Decision decision) const {
  Decision allowed;
  allowed.outcome = Outcome::allow;
  allowed.cause = Cause::observed;
  allowed.rule = decision.rule;
  allowed.detail = std::move(decision.detail);
  allowed.shadows = std::move(decision.shadows);
  allowed.shadows.push_back({decision.rule_name, decision.outcome, decision.part});
  return allowed;
}

Decision Ruleset::judge(const action::Facts& facts, const Pins& pins, Reading reading,
                        cel::Arena& arena) const {
  const std::span<const std::uint64_t> candidates = index_.candidates(facts, pins, arena);
  Decision decision;
  std::vector<Shadow> shadows;
  for (std::size_t word = 0; word < candidates.size(); ++word) {
    for (std::uint64_t bits = candidates[word]; bits != 0; bits &= bits - 1) {
      const auto number =
          static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
      if (!ask(number, facts, arena, decision)) continue;
      if (!rules_[number].source.shadow) {
        decision.shadows = std::move(shadows);
        return settings_.mode == Mode::observe ? observed(std::move(decision)) : decision;
      }
      shadows.push_back({decision.rule_name, decision.outcome, 0});
      decision = {};
    }
  }
  decision = otherwise(reading);
  decision.shadows = std::move(shadows);
  return settings_.mode == Mode::observe ? observed(std::move(decision)) : decision;
}

Decision Ruleset::judge(const action::Action& action, cel::Arena& arena) const {
  const action::Subject& subject = *action.subject;
  CLAW_CHECK(subject.family == family_ && !subject.parts.empty());
  const action::Call call(action.parameters);
  const Pins pins = pins_of(action);
  const Reading reading = reading_of(action);
  Decision whole;
  for (std::uint32_t number = 0; number < subject.parts.size(); ++number) {
    arena.reset();
    const action::Facts facts(subject.parts[number].facts, action.context->facts, call.facts());
    Decision part = judge(facts, pins, reading, arena);
    part.part = number;
    for (Shadow& shadow : part.shadows) shadow.part = number;
    if (number == 0) {
      whole = std::move(part);
    } else {
      unite(whole, std::move(part));
    }
  }
  return whole;
}

}  // namespace claw::policy
