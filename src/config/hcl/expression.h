// The syntax tree of one HCL expression: the parser makes it, the evaluator and read_hcl walk it. Every node
// knows where it was written; nothing is resolved or checked yet.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "config/hcl/text.h"

namespace claw::config {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

// What the parser leaves where it already reported an error; evaluates to unknown, silently.
struct BrokenExpression {};

struct NullLiteral {};
struct BooleanLiteral { bool value; };
struct NumberLiteral { std::string text; };
struct StringLiteral { LiteralText value; };

struct Variable { std::string name; };
struct SplatItem {};  // Within Splat::each: the item at hand.

struct GetAttribute { ExpressionPtr object; std::string name; Range name_range; };
struct Index { ExpressionPtr collection; ExpressionPtr key; };
struct Splat { ExpressionPtr source; ExpressionPtr each; };

struct Unary { std::string_view symbol; ExpressionPtr operand; };
struct Binary { std::string_view symbol; ExpressionPtr left; ExpressionPtr right; };
struct Conditional { ExpressionPtr condition; ExpressionPtr when_true; ExpressionPtr when_false; };

struct Call {
  std::string name;
  std::vector<ExpressionPtr> arguments;
  bool expands = false;  // `f(list...)`: the last argument is spread.
};

struct Tuple { std::vector<ExpressionPtr> items; };
struct ObjectItem { ExpressionPtr key; ExpressionPtr value; };  // A bare word as key is a StringLiteral.
struct Object { std::vector<ObjectItem> items; };

struct For {
  std::string key_name;  // Empty when only the value is named.
  std::string value_name;
  ExpressionPtr collection;
  ExpressionPtr key;     // Null for a list.
  ExpressionPtr value;
  ExpressionPtr condition;  // May be null.
  bool groups = false;   // `k => v...`
};

struct Template { std::vector<ExpressionPtr> parts; };  // Joined to one string.
struct TemplateWrap { ExpressionPtr inner; };           // `"${x}"` alone: the value itself.
struct TemplateJoin { ExpressionPtr list; };            // What a `%{for}` gives, joined.
struct Parentheses { ExpressionPtr inner; };

struct Expression {
  Range range;
  std::variant<BrokenExpression, NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, Variable,
               SplatItem, GetAttribute, Index, Splat, Unary, Binary, Conditional, Call, Tuple, Object, For,
               Template, TemplateWrap, TemplateJoin, Parentheses>
      form;

  template <class Form>
  const Form* as() const { return std::get_if<Form>(&form); }
};

template <class Form>
ExpressionPtr make_expression(const Range& range, Form form) {
  return std::make_unique<Expression>(Expression{range, std::move(form)});
}

}  // namespace claw::config
