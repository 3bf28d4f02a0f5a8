// What was found out about one action: all that its verdict and its record say. Views into the decision,
// the rules and the answer it was made from. Only guard/ makes and reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "action/verdict.h"
#include "audit/record.h"
#include "policy/ruleset.h"

namespace claw::guard {

struct Finding {
  explicit Finding(const policy::Decision& decision, bool charged = false)
      : outcome(decision.outcome == policy::Outcome::allow ? action::Outcome::allow : action::Outcome::deny),
        cause(decision.cause), rule(decision.rule), rule_name(decision.rule_name), reason(decision.reason),
        hint(decision.hint), detail(decision.detail), shadows(decision.shadows), labels(decision.labels),
        budget(decision.budget), rows_max(decision.rows_max), is_charged(charged) {}

  action::Outcome outcome;  // Deny where a person must be asked first.
  policy::Cause cause;
  std::uint32_t rule;
  std::string_view rule_name;
  std::string_view reason;
  std::string_view hint;
  std::string_view detail;
  std::span<const policy::Shadow> shadows;
  std::span<const std::string_view> labels;
  std::string_view budget;         // Which had no room.
  std::uint64_t rows_max;          // It may change so many; 0: any number.
  bool is_undecided = false;       // Nobody answered before the agent or the gateway left.
  bool is_charged;                 // The ledger has it already: it was asked whether there is room.
  std::string_view approver = {};  // Who answered,
  std::string_view comment = {};   // what they wrote,
  std::string_view operation = {}; // for which held operation this came back,
  std::int64_t asked_us = 0;       // and when, in wall time.
  std::int64_t decided_us = 0;
  std::vector<audit::Evidence> evidence = {};  // What they saw.
};

}  // namespace claw::guard
