// The evaluator behind evaluate(): one function per form of expression. Only hcl_evaluate.cc and
// hcl_operators.cc include it.
#pragma once

#include "config/hcl/evaluate.h"

namespace claw::config {

class Evaluator {
 public:
  Evaluator(const Scope& scope, Diagnostics& diagnostics) : scope_(scope), diagnostics_(&diagnostics) {}

  Value evaluate(const Expression& expression);

 private:
  struct Local {
    std::string_view name;
    Value value;
  };
  struct Operand {
    std::optional<bool> value;  // Nothing: unknown.
    bool wrong_type = false;
    Diagnostics diagnostics;
  };
  using Visit = std::function<void()>;  // One pass of a `for`, with its names bound.

  Value fail(const Range& range, std::string text, std::string hint = {});

  Value of(const Expression& at, const BrokenExpression& form);
  Value of(const Expression& at, const NullLiteral& form);
  Value of(const Expression& at, const BooleanLiteral& form);
  Value of(const Expression& at, const NumberLiteral& form);
  Value of(const Expression& at, const StringLiteral& form);
  Value of(const Expression& at, const Variable& form);
  Value of(const Expression& at, const SplatItem& form);
  Value of(const Expression& at, const GetAttribute& form);
  Value of(const Expression& at, const Index& form);
  Value of(const Expression& at, const Splat& form);
  Value of(const Expression& at, const Unary& form);
  Value of(const Expression& at, const Binary& form);
  Value of(const Expression& at, const Conditional& form);
  Value of(const Expression& at, const Call& form);
  Value of(const Expression& at, const Tuple& form);
  Value of(const Expression& at, const Object& form);
  Value of(const Expression& at, const For& form);
  Value of(const Expression& at, const Template& form);
  Value of(const Expression& at, const TemplateWrap& form);
  Value of(const Expression& at, const TemplateJoin& form);
  Value of(const Expression& at, const Parentheses& form);

  Value index(const Expression& at, const Value& collection, const Value& key, const Range& key_range);
  Value element(const Expression& at, const Value& list, const Value& key);
  Value member(const Expression& at, const Value& object, const Value& key, const Range& key_range);
  bool join(std::string& out, const Value& part, const Range& range);  // False: the whole is unknown.
  Value for_list(const For& form, const Value& collection);
  Value for_object(const For& form, const Value& collection);
  void each(const For& form, const Value& collection, const Visit& visit, bool& unknown);
  std::optional<bool> wanted(const For& form);  // The `if` of a `for`; nothing when it is unknown.
  std::optional<std::string> object_key(const Expression& key, bool& unknown);

  void merge(const Diagnostics& found);
  Value logical(const Binary& form);
  Operand logical_operand(const Expression& operand, std::string_view side);
  Value arithmetic(const Expression& at, const Binary& form);
  std::optional<Value> number_operand(const Expression& operand);

  const Scope& scope_;
  Diagnostics* diagnostics_;
  std::vector<Local> locals_;
  std::vector<Value> splat_items_;
  std::size_t cost_ = 0;
};

}  // namespace claw::config
