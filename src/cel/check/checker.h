// Gives every node its type and every name its meaning, and complains with the place and the nearest name
// that would be right. Used through check() in program.h. What the names of folded variables are
// compared with is lowered here, so that later stages need not know of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/functions.h"
#include "cel/check/infer.h"
#include "cel/program.h"
#include "cel/tree.h"

namespace claw::cel {

constexpr std::size_t locals_max = 64;   // Variables of macros in scope at once.
constexpr std::size_t issues_max = 20;   // Nobody reads more.

class Checker {
 public:
  Checker(Ast ast, const Environment& environment, Strictness strictness)
      : ast_(std::move(ast)), environment_(environment), strictness_(strictness) {}

  Result<CheckedAst> check(Issues* issues);

 private:
  struct Local {
    std::string name;
    Type type;
    bool folded;
  };
  struct Element {  // What a comprehension's variables range over.
    Type first;
    Type second;
  };

  Type check_node(NodeId id);
  Type check_kind(NodeId id);
  Type check_identifier(NodeId id);
  Type check_select(NodeId id);
  Type select_from(NodeId id, const Type& operand);
  Type check_has(NodeId id);
  Type check_call(NodeId id);
  Type check_joined(NodeId id);
  Type resolve_call(NodeId id, const std::vector<Type>& arguments);
  Type check_list(NodeId id);
  Type check_map(NodeId id);
  Type unwrap_optional(NodeId id, const Type& type);
  Type check_comprehension(NodeId id);
  Type check_bind(NodeId id);
  Element element_of(NodeId id, const Node& comprehension);
  Type check_body(NodeId id);
  Type comprehension_type(NodeId id, const Type& range, const Type& body);

  // Names (names.cc).
  std::vector<std::string> candidates(std::string_view name) const;
  bool resolve_name(NodeId id, std::string_view name);
  std::string dotted_name(NodeId id) const;  // Of a chain of plain selects; empty if it is none.
  const Local* find_local(std::string_view name) const;
  bool starts_with_local(std::string_view dotted) const;
  bool resolve_prefix(NodeId id);
  void undeclared(NodeId id, const std::string& name);
  void qualify_call(NodeId id);
  std::string suggest_call(const Node& call) const;
  std::optional<std::string> misspelled_call(NodeId id) const;
  std::string describe(const Node& call, const std::vector<Type>& arguments) const;

  // Folding (fold.cc).
  void fold_call(NodeId id);
  void lower_operand(NodeId parent, std::size_t child);
  void check_pattern(NodeId id);

  Node& node(NodeId id) { return ast_.at(id); }
  const Node& node(NodeId id) const { return ast_.at(id); }
  Type complain(NodeId id, std::string text, std::string suggestion = {});

  Ast ast_;
  const Environment& environment_;
  Strictness strictness_;
  Inference inference_;
  std::vector<Local> locals_;
  Issues issues_;
};

}  // namespace claw::cel
