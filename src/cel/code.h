// What a Program is inside: a tree of instructions in one vector, with the common comparisons as instructions
// of their own. Made by compile.cc, walked by Evaluation; nobody else looks at it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cel/arena.h"
#include "cel/functions.h"
#include "cel/pattern.h"
#include "cel/program.h"
#include "cel/tree.h"

namespace claw::cel {

enum class Op : std::uint8_t {
  constant,       // value
  slot,           // index
  local,          // index
  unresolved,     // value: an error; only of unchecked expressions
  call,           // children, overloads
  conditional,    // children: condition, yes, no
  all_of,         // &&
  any_of,         // ||
  equals,         // child == value; `negated`: !=
  among,          // child in value, a sorted list of texts
  holds,          // value in child
  matches,        // child.matches(patterns[index])
  select,         // child, value: field; `negated`: optional
  has_slot,       // index
  has_field,      // child, value: field
  list,           // children; `negated`: some are optional, as optional_marks tell
  map,            // the same
  comprehension,  // macro, index: first local, `negated`: two variables; children: range, (filter,) body
};

struct Instruction {
  Op op = Op::constant;
  Macro macro = Macro::none;
  bool negated = false;
  std::uint32_t index = 0;
  std::uint32_t first_child = 0;
  std::uint32_t children = 0;
  std::uint32_t first_overload = 0;
  std::uint32_t overloads = 0;
  Value value{};
};

class Compiled {
 public:
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> children;
  std::vector<const Overload*> overloads;
  std::vector<Pattern> patterns;
  std::vector<bool> optional_marks;  // In step with `children` (of a map: its keys).
  Arena constants;
  Type type;
  std::uint32_t root = 0;
  std::uint32_t locals = 0;
  std::vector<std::uint32_t> slots;
  std::optional<bool> constant;
  std::vector<Requirement> requirements;

  std::span<const std::uint32_t> children_of(const Instruction& instruction) const {
    return std::span(children).subspan(instruction.first_child, instruction.children);
  }
};

std::vector<Requirement> requirements_of(const Ast& ast);

class Evaluation {
 public:
  Evaluation(const Compiled& code, const Activation& facts, Arena& arena, std::uint32_t steps)
      : code_(code), facts_(facts), arena_(arena), budget_(steps), locals_(arena.array<Value>(code.locals)) {}

  Value run(std::uint32_t at);
  bool spent() const { return budget_.spent(); }

 private:
  Value fact(std::uint32_t slot) const;
  Value call(const Instruction& instruction);
  Value conditional(const Instruction& instruction);
  Value joined(const Instruction& instruction, bool absorbing);
  Value equals(const Instruction& instruction);
  Value among(const Instruction& instruction);
  Value holds(const Instruction& instruction);
  Value matches(const Instruction& instruction);
  Value select(const Instruction& instruction);
  Value has_slot(const Instruction& instruction);
  Value has_field(const Instruction& instruction);
  Value list(const Instruction& instruction);
  Value map(const Instruction& instruction);

  // comprehension.cc
  struct Loop;
  Value comprehension(const Instruction& instruction);
  Value quantified(const Loop& loop);
  Value exactly_one(const Loop& loop);
  Value collected(const Loop& loop);
  Value mapped(const Loop& loop);
  Value sorted(const Loop& loop);
  Value over_optional(const Loop& loop);
  std::optional<Value> filtered_out(const Loop& loop);
  void assign(const Loop& loop, std::size_t i);

  Value child(const Instruction& instruction, std::size_t i = 0) {
    return run(code_.children[instruction.first_child + i]);
  }
  Value error(std::string_view what) { return Value::error(arena_.copy(what)); }
  Value mismatch(std::string_view function, std::span<const Value> arguments);

  const Compiled& code_;
  const Activation& facts_;
  Arena& arena_;
  Budget budget_;
  std::span<Value> locals_;
};

// Of two failures the one to report: unknowns are joined, an unknown outweighs an error, the first error
// stays.
Value worse(const Value& a, const Value& b);

}  // namespace claw::cel
