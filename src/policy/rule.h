// A rule as the configuration says it, and the step from many of them to one Ruleset. Used by config/ at
// load and by whoever tries a candidate policy. All that is wrong is told at once, each thing with where
// it is; nothing here reads a file or prints.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/schema.h"

namespace claw::policy {

enum class Outcome : std::uint8_t { allow, approve, deny };  // From lax to strict: the strictest part wins.
std::string_view name_of(Outcome outcome);

struct RuleSource {
  std::string name;
  std::int64_t priority = 0;             // Highest first; equal ones in the order given.
  bool disabled = false;
  bool shadow = false;                   // Evaluated and reported, never obeyed.
  std::string condition;                 // Empty or blank: always true.
  std::vector<std::string> credentials;  // Bare names it is pinned to; empty: any, also none.
  std::vector<std::string> profiles;
  Outcome verdict = Outcome::deny;
  std::string reason;                    // For the agent, in the operator's words.
  std::string hint;                      // What the agent can do instead.
  std::vector<std::string> approvers;    // Names; every one must allow. Only with `approve`.
  std::uint64_t where = 0;               // Handed back in issues; the configuration knows what it means.
  std::vector<std::string> labels =
      {};  // Set on the agent's stint when this rule decides and the action is allowed.
  bool marks = false;                    // Only sets labels: asked of every action, decides nothing.
  bool break_glass = false;              // There only while somebody broke the glass for the agent's profile.
  // What guard/ and those who ask do with `approve`; policy only carries it.
  bool needs_passkey = false;            // `assurance = "passkey"`: of an answer that allows.
  bool llm_may_allow = false;            // A model's yes is one; else it only refuses or passes on.
  bool preview = false;                  // What it would change is looked up before anybody is asked.
  std::uint64_t rows_max = 0;  // A statement that changes more is rolled back and asked; 0: any number.
  bool writes = false;                   // What it lets pass may change things: Verdict::may_write.
};

// The side of an action that pins are compared with.
struct Pins {
  std::string_view credential;
  std::string_view profile;
  bool break_glass = false;
};

constexpr std::size_t rules_max = 10'000;  // Per endpoint; what people write ends far below.

enum class Mode : std::uint8_t { enforce, observe };  // observe: every rule is a shadow.

struct Settings {
  Outcome otherwise = Outcome::deny;  // When no rule matches: allow for schema_version 0 and 1.
  Mode mode = Mode::enforce;
};

struct Issue {
  enum class Part : std::uint8_t { rule, condition };
  bool error = true;         // Else a warning: the policy loads.
  std::uint64_t where = 0;   // The RuleSource's.
  std::string rule;
  Part part = Part::rule;    // Whether offset and length point into the condition's text.
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::string text;
  std::string suggestion;    // The nearest valid name, or empty.
};

class Ruleset;

struct Compiled {
  std::shared_ptr<const Ruleset> rules;  // Null if any issue is an error.
  std::vector<Issue> issues;
};

// Errors: a condition that does not compile or is no bool, an approve rule without approvers, approvers
// without one. Warnings: a rule that can never match or is never reached, a literal that cannot be equal.
Compiled compile_rules(action::Family family, std::vector<RuleSource> sources, Settings settings = {});

}  // namespace claw::policy
