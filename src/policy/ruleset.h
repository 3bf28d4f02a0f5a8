// The rules of one endpoint, compiled: judges actions. Immutable and shared by all threads; one lives as
// long as anybody holds a decision it made. Pure: no clock, no person, no record; guard/ puts those
// around it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "action/call.h"
#include "action/facts.h"
#include "cel/program.h"
#include "policy/index.h"
#include "policy/rule.h"

namespace claw::policy {

enum class Cause : std::uint8_t {  // Why a decision is what it is.
  rule,                    // A rule's condition was true.
  truncated_and_unparsed,  // A rule could not be evaluated, and for this reason denies.
  truncated,
  unparsed,
  evaluation_error,
  default_allow,           // No rule matched.
  default_deny,
  backstop_truncated,      // No rule matched, and nothing is let through half seen.
  backstop_unparsed,
  observed,                // The endpoint only observes.
  budget,                  // A rule allows it; guard found a budget without room. No ruleset says so.
};
constexpr std::size_t cause_count = 11;
std::string_view name_of(Cause cause);  // `evaluation_error`: a label for metrics and records.

struct Rule {
  RuleSource source;
  std::optional<cel::Program> program;  // Nothing: always true.
};

struct Shadow {  // A rule that would have decided, had it been obeyed.
  std::string_view rule;
  Outcome would = Outcome::deny;
  std::uint32_t part = 0;
};

// Views are into the Ruleset, or of constant text. Nothing is allocated for an action that a rule allows.
struct Decision {
  static constexpr std::uint32_t no_rule = UINT32_MAX;

  Outcome outcome = Outcome::deny;
  Cause cause = Cause::default_deny;
  std::uint32_t rule = no_rule;             // Index into Ruleset::rules().
  std::uint32_t part = 0;                   // Of the action, the one that decided.
  std::string_view rule_name;               // Empty where the default did.
  std::string_view reason;                  // For the agent.
  std::string_view hint;
  std::string detail;                       // For the operator only: what exactly could not be evaluated.
  std::vector<std::string_view> approvers;  // Of every part that asks, each once.
  std::vector<Shadow> shadows;
  std::vector<std::string_view> labels;     // To be set if it is allowed: of every part, and of marks.
  bool behind_glass = false;                // Some part was judged by a rule that break_glass let in.
  bool needs_passkey = false;               // Some part that asks wants one of who allows;
  bool models_may_allow = false;            // every part that asks lets a model's yes be one;
  bool preview = false;                     // some part that asks wants to be looked into before.
  std::uint64_t rows_max = 0;  // Allowed up to so many rows, counted while it runs; 0: any number.
  std::string_view budget;                  // Which had no room: guard says so, no ruleset does.
  std::shared_ptr<const void> storage;      // Keeps alive what whoever changed it made its views point to.
};

struct Reading {  // How far the action could be read.
  bool truncated = false;
  bool understood = true;
};

// One rule's answer, for `clawpatrol explain`.
struct Answer {
  enum class Kind : std::uint8_t {
    disabled, other_credential, other_profile, no_break_glass, yes, no, unknown, error
  };
  std::uint32_t rule = 0;
  std::uint32_t part = 0;
  Kind kind = Kind::no;
  std::string detail;
};
std::string_view name_of(Answer::Kind kind);

struct Explanation {
  std::vector<Answer> answers;  // Every rule for every part, in the order they are asked.
  Decision decision;
};

class Ruleset {
 public:
  Ruleset(action::Family family, std::vector<Rule> rules, Settings settings);

  // The whole action: every part is judged, the strictest decides, approvers are united. Resets the arena.
  Decision judge(const action::Action& action, cel::Arena& arena,
                 const action::Standing& standing = {}) const;
  // One part alone.
  Decision judge(const action::Facts& facts, const Pins& pins, Reading reading, cel::Arena& arena) const;
  Explanation explain(const action::Action& action, const action::Standing& standing = {}) const;

  action::Family family() const { return family_; }
  const Settings& settings() const { return settings_; }
  const std::vector<Rule>& rules() const { return rules_; }  // In the order they are asked.
  bool reads(std::uint32_t slot) const;                                // Does some rule read this fact?
  bool inspects_truncatable() const { return inspects_truncatable_; }  // One that may be cut?
  bool reads_standing() const { return reads_standing_; }  // Does the agent's Standing matter to some rule?
  bool sets_labels() const { return sets_labels_; }

 private:
  struct Words {  // What the agent is told, made at load so that refusing costs no more than allowing.
    std::string reason;
    std::array<std::string, 4> unevaluable;  // By Cause, from truncated_and_unparsed on.
    std::string unread;                      // Understood, but of one fact.
  };

  bool ask(std::uint32_t number, const action::Facts& facts, cel::Arena& arena, Decision& out) const;
  void keep_apart(std::uint32_t number);
  std::uint64_t left_out(std::size_t word, bool break_glass) const;
  void mark(std::span<const std::uint64_t> candidates, const action::Facts& facts, const Pins& pins,
            cel::Arena& arena, Decision& decision) const;
  Decision decide(const action::Facts& facts, const Pins& pins, Reading reading, cel::Arena& arena,
                  std::span<const std::uint64_t> candidates) const;
  void refuse_unevaluable(const action::Facts& facts, const cel::Value& value, Decision& out) const;
  void tell_unread(const action::Subject& subject, Decision& decision) const;
  std::string detail_of(std::uint32_t number, const action::Facts& facts, const cel::Value& value) const;
  Answer answer(std::uint32_t number, const action::Facts& facts, const Pins& pins, cel::Arena& arena) const;
  void cap(const action::Action& action, Decision& part) const;
  Decision otherwise(Reading reading) const;
  Decision observed(Decision decision) const;

  action::Family family_;
  Settings settings_;
  std::vector<Rule> rules_;
  std::vector<Words> words_;
  Index index_;
  std::vector<bool> slots_read_;
  std::vector<std::uint64_t> marks_;  // One bit per rule, like the index's; empty where there is none.
  std::vector<std::uint64_t> break_glass_;
  bool inspects_truncatable_ = false;
  bool reads_standing_ = false;
  bool sets_labels_ = false;
};

}  // namespace claw::policy
