// Builds the tree of an expression: precedence climbing for operators, recursive descent for the rest, macros
// turned into comprehension nodes as they are met. Used through parse() in program.h; it resolves no
// names and knows no types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cel/syntax/lexer.h"
#include "cel/program.h"
#include "cel/tree.h"

namespace claw::cel {

class Parser {
 public:
  Parser(std::string_view source, const Syntax& syntax) : lexer_(source), syntax_(syntax) {
    ast_.source = std::string(source);
  }
  Result<Ast> parse();

 private:
  friend class MacroExpander;
  using Parsed = Result<NodeId>;

  Parsed expression();
  Parsed binary(int precedence);
  Parsed joined(NodeId left, std::string_view symbol, int precedence);
  Parsed unary();
  Parsed postfix();
  Parsed selection(NodeId operand);
  Parsed indexing(NodeId operand);
  Parsed call(std::uint32_t start, std::string name, std::optional<NodeId> target);
  Parsed primary();
  Parsed parenthesised();
  Parsed name();
  Parsed number(bool negative);
  Parsed text();
  Parsed list();
  Parsed map();
  Parsed structure(NodeId named);

  Status advance();
  Status expect(std::string_view symbol);
  Result<bool> take(std::string_view symbol);
  Result<bool> take_optional_mark();
  Parsed add(Node node, std::uint32_t start);
  Parsed add_call(std::string name, std::vector<NodeId> children, std::uint32_t start);
  Error unexpected(std::string_view wanted) const;
  Error error_at(NodeId id, std::string what) const;
  Error error_at(const Token& token, std::string what) const;
  bool is_plain_name(NodeId id) const;

  Lexer lexer_;
  Syntax syntax_;
  Token token_;
  std::uint32_t end_ = 0;  // Where the last taken token ended.
  std::uint32_t level_ = 0;
  Ast ast_;
};

// What a call becomes if it is a macro: `x.exists(v, p)`, `has(a.b)`, `cel.bind(v, e, b)`. Returns the call
// itself if it is none, an Error if it is a macro with the wrong arguments.
Result<Node> expand_macro(Ast& ast, Node call);

}  // namespace claw::cel
