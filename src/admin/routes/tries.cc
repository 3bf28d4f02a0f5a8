#include "admin/routes/tries.h"

#include <algorithm>

#include "base/check.h"
#include "base/clock.h"
#include "config/targets.h"
#include "policy/recorded.h"

namespace claw::admin {

namespace {

Result<policy::Staged> staged(const std::string& fixture, const std::vector<policy::Target>& targets) {
  CLAW_TRY(const policy::Fixture parsed, policy::parse_fixture(fixture));
  return policy::stage(parsed, targets);
}

// As the document has it: words for programs, where name_of() has them for people.
std::string_view word_of(policy::Answer::Kind kind) {
  using Kind = policy::Answer::Kind;
  switch (kind) {
    case Kind::disabled: return "disabled";
    case Kind::other_credential: return "other_credential";
    case Kind::other_profile: return "other_profile";
    case Kind::no_break_glass: return "no_break_glass";
    case Kind::yes: return "yes";
    case Kind::no: return "no";
    case Kind::unknown: return "unknown";
    case Kind::error: return "error";
  }
  check_failed("every answer has a word", __FILE__, __LINE__);
}

void append_answers(json::Writer& out, const policy::Ruleset& rules, const policy::Explanation& explanation) {
  for (const policy::Answer& answer : explanation.answers) {
    const policy::RuleSource& rule = rules.rules()[answer.rule].source;
    out.begin_object();
    out.member("rule", rule.name);
    out.member("part", std::int64_t{answer.part} + 1);
    out.member("verdict", policy::name_of(rule.verdict));
    out.member("answer", word_of(answer.kind));
    out.member_unless_empty("detail", answer.detail);
    if (rule.shadow) out.member("shadow", true);
    out.member_unless_empty("condition", rule.condition);
    out.end_object();
  }
}

}  // namespace

Result<std::optional<std::int64_t>> moment(std::string_view text, std::int64_t now_us) {
  if (text.empty()) return std::optional<std::int64_t>();
  if (const auto duration = parse_duration_us(text)) return std::optional(now_us - *duration);
  CLAW_TRY(const std::int64_t time, parse_time(text));
  return std::optional(time);
}

void append_why(json::Writer& out, const json::Value& record, const config::Snapshot* snapshot) {
  std::string note;
  const auto fixture = policy::fixture_of(record);
  out.key("why");
  out.begin_array();
  if (!fixture) {
    note = fixture.error().text();
  } else if (snapshot == nullptr) {
    note = "no policy is in force";
  } else {
    const std::vector<policy::Target> targets = config::targets_of(*snapshot);
    const auto again = staged(*fixture, targets);
    if (!again) {
      note = "the policy in force cannot judge it again: " + again.error().text();
    } else {
      const policy::Ruleset& rules = *again->target->rules;
      append_answers(out, rules, rules.explain(again->action));
      if (!policy::is_whole(record, rules)) {
        note =
            "The record does not keep every fact these rules read (bodies, headers, what the agent did "
            "before): "
            "their answers here may differ from the ones they gave.";
      } else if (record.text_or("policy", "") != snapshot->version) {
        note = "Judged again by the policy in force now; another one decided then.";
      }
    }
  }
  out.end_array();
  out.member_unless_empty("why_note", note);
  if (fixture) out.member("fixture", *fixture);
}

}  // namespace claw::admin
