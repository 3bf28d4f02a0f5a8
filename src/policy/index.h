// Finds, without evaluating any condition, the rules that can still be true of an action, so that a
// decision does not grow with the rules that cannot match. Built once per Ruleset from what conditions
// require; a rule it leaves out is definitely false, so leaving it out changes no decision.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cel/arena.h"
#include "cel/program.h"
#include "policy/rule.h"

namespace claw::policy {

class Index {
 public:
  explicit Index(std::size_t rules);
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  void add(std::uint32_t rule, const RuleSource& source, const std::vector<cel::Requirement>& requirements);
  void build();  // After the last add.

  // One bit per rule, lowest rule first; lives in the arena. Facts that are absent or unknown leave every
  // rule in.
  std::span<const std::uint64_t> candidates(const cel::Activation& facts, const Pins& pins,
                                            cel::Arena& arena) const;

 private:
  using Bits = std::vector<std::uint64_t>;
  using How = cel::Requirement::How;

  struct Rules {  // Those that one value lets through: a list while it is short, bits when it is not.
    std::vector<std::uint32_t> list;
    Bits bits;
  };

  struct Question {  // One fact, or one pin.
    Bits indifferent;  // Rules that do not ask it.
    std::unordered_map<std::string_view, Rules> by_value;  // Keys view `values_`.
  };

  struct FactQuestion {
    std::uint32_t slot = 0;
    How how = How::is;
    Question question;
    std::vector<std::size_t> lengths = {};  // Of the beginnings asked for, shortest first.
  };

  Question blank() const;
  bool ask(const FactQuestion& each, const cel::Value& fact, std::span<std::uint64_t> through) const;
  void require(Question& question, std::uint32_t rule, std::span<const std::string> any_of);
  void finish(Question& question) const;
  void let_through(const Question& question, std::string_view value, std::span<std::uint64_t> through) const;
  FactQuestion& question_for(const cel::Requirement& requirement);

  std::size_t words_;
  Bits enabled_;
  Question credential_;
  Question profile_;
  std::vector<FactQuestion> facts_;
  std::deque<std::string> values_;
};

}  // namespace claw::policy
