// From text to a value, one type per stage: parse -> Ast, check -> CheckedAst, compile -> Program, evaluate
// -> Value. Policy and config use this header; a Program is immutable and shared by all threads. It
// performs no input or output and knows nothing of actions: facts come from an Activation.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/arena.h"
#include "cel/environment.h"
#include "cel/tree.h"
#include "cel/value.h"

namespace claw::cel {

constexpr std::size_t source_bytes_max = 64 * 1024;  // Longer conditions are generated, not written.
constexpr std::uint32_t steps_max = 1'000'000;       // About 20 ms: no rule may hold up a connection longer.
constexpr std::size_t bytes_per_step = 32;           // So one evaluation makes at most 32 MB of text.

// Something wrong with the text: where, what, and the nearest name that would be right (or empty).
struct Issue {
  std::uint32_t offset = 0;  // Bytes into the source.
  std::uint32_t length = 0;
  std::string text;
  std::string suggestion;
};
using Issues = std::vector<Issue>;

struct Syntax {
  std::uint32_t depth_max = 250;    // Levels of the tree: every later stage recurses over it.
  bool optionals = true;            // a.?b  a[?b]  {?k: v}
  bool escaped_identifiers = true;  // a.`b-c`
};

// An Error is the first issue, with `where` as "OFFSET:LENGTH"; `issues`, when given, receives all of them.
Result<Ast> parse(std::string_view source, Issues* issues = nullptr, const Syntax& syntax = {});

class CheckedAst {
 public:
  const Ast& ast() const { return ast_; }
  const Type& type() const { return type_; }

 private:
  friend class Checker;
  CheckedAst(Ast ast, Type type) : ast_(std::move(ast)), type_(std::move(type)) {}
  Ast ast_;
  Type type_;
};

enum class Strictness : std::uint8_t {
  checked,    // Types must fit. What policy uses.
  unchecked,  // Names are resolved, types are left to the evaluation; for the conformance cases.
};
Result<CheckedAst> check(Ast ast, const Environment& environment, Issues* issues = nullptr,
                         Strictness strictness = Strictness::checked);

// Where the facts of one action are. fact() may compute lazily; it is asked only for slots().
class Activation {
 public:
  virtual ~Activation() = default;
  virtual Value fact(std::uint32_t slot) const = 0;
};

// Unless the fact at `slot` (a string; of `has` a list of strings) is, has or begins with one of `any_of`,
// the program is definitely false, whatever the other facts are. Says nothing about a fact that is absent
// or unknown, or holds something else than text.
struct Requirement {
  enum class How : std::uint8_t { is, has, begins };
  std::uint32_t slot = 0;
  std::vector<std::string> any_of;
  How how = How::is;
};

class Compiled;

class Program {
 public:
  // A value of type(), or unknown with its causes, or an error whose text is for the operator only.
  // What the value points to lives in `arena`, the facts and this program.
  Value evaluate(const Activation& facts, Arena& arena) const;

  const Type& type() const;
  std::span<const std::uint32_t> slots() const;  // The facts it may read, sorted.
  std::optional<bool> constant() const;          // The same answer for every action.
  std::vector<Requirement> requirements() const;

 private:
  friend Program compile(CheckedAst checked);
  explicit Program(std::shared_ptr<const Compiled> code) : code_(std::move(code)) {}
  std::shared_ptr<const Compiled> code_;
};

Program compile(CheckedAst checked);

// All stages at once.
Result<Program> build(std::string_view source, const Environment& environment, Issues* issues = nullptr);

}  // namespace claw::cel
