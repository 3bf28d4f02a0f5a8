#include "policy/ruleset.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "action/call.h"
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
    case Cause::backstop_unparsed: case Cause::observed: case Cause::budget: break;
  }
  check_failed("only these causes are a rule's failure", __FILE__, __LINE__);
}

// The action is understood, and one fact of it is not known: to say more would be to say what the rule reads.
constexpr std::string_view unread_words = "a part of the action that it reads is not known";

constexpr std::size_t first_failure = static_cast<std::size_t>(Cause::truncated_and_unparsed);

std::string undecided(std::string_view why) {
  return fmt::format("this rule could not be decided, so it refuses: {}", why);
}

Cause cause_of(const Value& value) {
  if (!value.is(cel::Kind::unknown)) return Cause::evaluation_error;
  const cel::Causes causes = value.causes();
  const bool truncated = causes.has(cel::Cause::truncated);
  const bool unparsed = causes.has(cel::Cause::unparsed);
  if (truncated && unparsed) return Cause::truncated_and_unparsed;
  return truncated ? Cause::truncated : Cause::unparsed;
}

Pins pins_of(const action::Action& action, const action::Standing& standing) {
  return {action.context->credential, action.context->principal.profile, standing.break_glass};
}

Reading reading_of(const action::Action& action) {
  return {action.subject->truncated, action.subject->understood};
}

void add_new(std::vector<std::string_view>& all, std::span<const std::string_view> more) {
  for (const std::string_view each : more) {
    if (std::find(all.begin(), all.end(), each) == all.end()) all.push_back(each);
  }
}

// Of two caps; 0 is none.
std::uint64_t stricter(std::uint64_t a, std::uint64_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

// The stricter of two parts; what both found out is kept.
void unite(Decision& whole, Decision&& part) {
  for (const Shadow& shadow : part.shadows) whole.shadows.push_back(shadow);
  add_new(whole.labels, part.labels);
  part.behind_glass = whole.behind_glass = whole.behind_glass || part.behind_glass;
  part.rows_max = whole.rows_max = stricter(whole.rows_max, part.rows_max);
  if (part.outcome > whole.outcome) {
    std::swap(whole.shadows, part.shadows);
    std::swap(whole.labels, part.labels);
    whole = std::move(part);
  } else if (part.outcome == Outcome::approve && whole.outcome == Outcome::approve) {
    add_new(whole.approvers, part.approvers);
    whole.needs_passkey |= part.needs_passkey;
    whole.models_may_allow &= part.models_may_allow;
    whole.preview |= part.preview;
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
    case Cause::budget: return "budget";
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
      words.unevaluable[i] = undecided(words_for(static_cast<Cause>(first_failure + i)));
    }
    words.unread = undecided(unread_words);
    if (rule.source.disabled) continue;
    keep_apart(number);
    if (!rule.program) continue;
    for (const std::uint32_t slot : rule.program->slots()) {
      slots_read_.at(slot) = true;
      inspects_truncatable_ = inspects_truncatable_ || action::schema(family)[slot].truncatable;
    }
  }
  index_.build();
  const action::Runs runs = action::runs(family);
  for (std::uint32_t slot = runs.own + runs.context; slot < slots_read_.size(); ++slot) {
    reads_standing_ = reads_standing_ || (slots_read_[slot] && action::is_standing(family, slot));
  }
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
  out.behind_glass = rule.source.break_glass;
  out.reason = words_[number].reason;
  out.labels.assign(rule.source.labels.begin(), rule.source.labels.end());
  if (out.outcome == Outcome::approve) {
    out.approvers.assign(rule.source.approvers.begin(), rule.source.approvers.end());
    out.needs_passkey = rule.source.needs_passkey;
    out.models_may_allow = rule.source.llm_may_allow;
    out.preview = rule.source.preview;
  }
  return true;
}

void Ruleset::refuse_unevaluable(const action::Facts& facts, const Value& value, Decision& out) const {
  out.outcome = Outcome::deny;
  out.cause = cause_of(value);
  out.reason = words_[out.rule].unevaluable.at(static_cast<std::size_t>(out.cause) - first_failure);
  out.detail = detail_of(out.rule, facts, value);
}

// The action is understood but for a fact that the rule reads: what is known of that, and what can be done
// about it where the rule does not say so itself.
void Ruleset::tell_unread(const action::Subject& subject, Decision& decision) const {
  decision.reason = words_[decision.rule].unread;
  if (subject.unread.empty()) return;
  decision.detail.append(": ").append(subject.unread);
  if (decision.hint.empty()) decision.hint = subject.unread_hint;
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

// Marks and rules behind the glass are asked for apart, and only where there are any.
void Ruleset::keep_apart(std::uint32_t number) {
  const RuleSource& source = rules_[number].source;
  sets_labels_ = sets_labels_ || (!source.labels.empty() && !source.shadow);
  reads_standing_ = reads_standing_ || source.break_glass;
  const std::size_t words = (rules_.size() + 63) / 64;
  const auto set = [&](std::vector<std::uint64_t>& bits) {
    bits.resize(words);
    bits[number / 64] |= std::uint64_t{1} << (number % 64);
  };
  if (source.marks) set(marks_);
  if (source.break_glass) set(break_glass_);
}

std::uint64_t Ruleset::left_out(std::size_t word, bool break_glass) const {
  return break_glass || break_glass_.empty() ? 0 : break_glass_[word];
}

Decision Ruleset::judge(const action::Facts& facts, const Pins& pins, Reading reading,
                        cel::Arena& arena) const {
  const std::span<const std::uint64_t> candidates = index_.candidates(facts, pins, arena);
  Decision decision = decide(facts, pins, reading, arena, candidates);
  if (!marks_.empty() && decision.outcome != Outcome::deny) mark(candidates, facts, pins, arena, decision);
  return settings_.mode == Mode::observe ? observed(std::move(decision)) : decision;
}

Decision Ruleset::decide(const action::Facts& facts, const Pins& pins, Reading reading, cel::Arena& arena,
                         std::span<const std::uint64_t> candidates) const {
  Decision decision;
  std::vector<Shadow> shadows;
  for (std::size_t word = 0; word < candidates.size(); ++word) {
    const std::uint64_t apart = left_out(word, pins.break_glass) | (marks_.empty() ? 0 : marks_[word]);
    for (std::uint64_t bits = candidates[word] & ~apart; bits != 0; bits &= bits - 1) {
      const auto number =
          static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
      if (!ask(number, facts, arena, decision)) continue;
      if (!rules_[number].source.shadow) {
        decision.shadows = std::move(shadows);
        return decision;
      }
      shadows.push_back({decision.rule_name, decision.outcome, 0});
      decision = {};
    }
  }
  decision = otherwise(reading);
  decision.shadows = std::move(shadows);
  return decision;
}

// Every mark is asked of an action that may yet run, whichever rule decided: what an agent has read is not to
// go unmarked because somebody wrote the rule that allows it further up. One that cannot be evaluated refuses
// like any other rule.
void Ruleset::mark(std::span<const std::uint64_t> candidates, const action::Facts& facts, const Pins& pins,
                   cel::Arena& arena, Decision& decision) const {
  for (std::size_t word = 0; word < candidates.size(); ++word) {
    std::uint64_t bits = candidates[word] & marks_[word] & ~left_out(word, pins.break_glass);
    for (; bits != 0; bits &= bits - 1) {
      const auto number =
          static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
      Decision found;
      if (!ask(number, facts, arena, found)) continue;
      const bool is_true = found.cause == Cause::rule;
      if (rules_[number].source.shadow) {
        decision.shadows.push_back({found.rule_name, is_true ? Outcome::allow : Outcome::deny, 0});
      } else if (is_true) {
        add_new(decision.labels, found.labels);
      } else {
        found.shadows = std::move(decision.shadows);
        decision = std::move(found);
        return;
      }
    }
  }
}

Decision Ruleset::judge(const action::Action& action, cel::Arena& arena,
                        const action::Standing& standing) const {
  const action::Subject& subject = *action.subject;
  CLAW_CHECK(subject.family == family_ && !subject.parts.empty());
  const action::Call call(action, standing);
  const Pins pins = pins_of(action, standing);
  const Reading reading = reading_of(action);
  Decision whole;
  for (std::uint32_t number = 0; number < subject.parts.size(); ++number) {
    arena.reset();
    const action::Facts facts(subject.parts[number].facts, action.context->facts, call.facts(family_));
    Decision part = judge(facts, pins, reading, arena);
    part.part = number;
    if (part.cause == Cause::unparsed && subject.understood) tell_unread(subject, part);
    for (Shadow& shadow : part.shadows) shadow.part = number;
    cap(action, part);
    if (number == 0) {
      whole = std::move(part);
    } else {
      unite(whole, std::move(part));
    }
  }
  if (whole.outcome == Outcome::deny) whole.rows_max = 0;
  return whole;
}

}  // namespace claw::policy
