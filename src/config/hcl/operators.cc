#include <fmt/format.h>

#include "base/text.h"
#include "config/hcl/evaluator.h"
#include "config/number.h"

namespace claw::config {

Value Evaluator::of(const Expression&, const Unary& form) {
  if (form.symbol == "-") {
    auto number = number_operand(*form.operand);
    return !number || number->is_unknown() ? Value{} : Value::number(negate_decimal(number->text));
  }
  Operand operand = logical_operand(*form.operand, "the");
  merge(operand.diagnostics);
  return operand.value ? Value::of(!*operand.value) : Value{};
}

Value Evaluator::of(const Expression& at, const Binary& form) {
  if (form.symbol == "&&" || form.symbol == "||") return logical(form);
  if (form.symbol != "==" && form.symbol != "!=") return arithmetic(at, form);
  const Value left = evaluate(*form.left);
  const Value right = evaluate(*form.right);
  const auto same = equal(left, right);
  return same ? Value::of(*same == (form.symbol == "==")) : Value{};
}

// A side that settles the question by itself makes what is wrong with the other side irrelevant.
Value Evaluator::logical(const Binary& form) {
  const bool settles = form.symbol == "||";
  Operand left = logical_operand(*form.left, "the left");
  Operand right = logical_operand(*form.right, "the right");
  if (left.wrong_type || right.wrong_type || left.value == !settles) {
    merge(left.diagnostics);
    merge(right.diagnostics);
  } else if (left.value != settles && right.value != settles) {
    merge(left.diagnostics);
  }
  if (left.wrong_type || right.wrong_type) return {};
  if (left.value == settles || right.value == settles) return Value::of(settles);
  return left.value && right.value ? Value::of(!settles) : Value{};
}

Evaluator::Operand Evaluator::logical_operand(const Expression& expression, std::string_view side) {
  Operand operand;
  Diagnostics* const outer = std::exchange(diagnostics_, &operand.diagnostics);
  const Value value = evaluate(expression);
  const auto converted = convert_to_boolean(value);
  if (converted && converted->kind == ValueKind::boolean) {
    operand.value = converted->boolean;
  } else if (!value.is_unknown()) {
    operand.wrong_type = true;
    fail(expression.range,
         fmt::format("{} operand must be true or false, not {}", side, name_of(value.kind)));
  }
  diagnostics_ = outer;
  return operand;
}

void Evaluator::merge(const Diagnostics& found) {
  for (const Diagnostic& each : found.all()) diagnostics_->error(each.range, each.text, each.hint);
}

std::optional<Value> Evaluator::number_operand(const Expression& operand) {
  const Value value = evaluate(operand);
  auto number = convert_to_number(value);
  if (number && !number->is_null()) return number;
  fail(operand.range, fmt::format("a number is needed here, not {}", name_of(value.kind)));
  return std::nullopt;
}

Value Evaluator::arithmetic(const Expression& at, const Binary& form) {
  const auto left = number_operand(*form.left);
  const auto right = number_operand(*form.right);
  if (!left || !right || left->is_unknown() || right->is_unknown()) return {};
  if (form.symbol.starts_with('<') || form.symbol.starts_with('>')) {
    const int order = compare_decimals(left->text, right->text);
    if (form.symbol == "<") return Value::of(order < 0);
    if (form.symbol == "<=") return Value::of(order <= 0);
    return Value::of(form.symbol == ">" ? order > 0 : order >= 0);
  }
  auto result = calculate(form.symbol, left->text, right->text);
  if (!result) return fail(at.range, result.error().what);
  return Value::number(std::move(*result));
}

Value Evaluator::of(const Expression& at, const Conditional& form) {
  const Value condition = evaluate(*form.condition);
  Value sides[2];
  Diagnostics found[2];
  Diagnostics* const outer = diagnostics_;
  for (const int side : {0, 1}) {
    diagnostics_ = &found[side];
    sides[side] = evaluate(side == 0 ? *form.when_true : *form.when_false);
  }
  diagnostics_ = outer;
  if (!unify(sides[0], sides[1])) {
    return fail(at.range, fmt::format("the two results have different types: {} and {}",
                                      name_of(sides[0].kind), name_of(sides[1].kind)));
  }
  const auto answer = convert_to_boolean(condition);
  if (condition.is_null() || !answer) {
    return fail(form.condition->range,
                fmt::format("the condition must be true or false, not {}", name_of(condition.kind)));
  }
  if (answer->is_unknown()) {
    const bool alike = (sides[0].is_null() && sides[1].is_null()) ||
                       (sides[0].kind == ValueKind::list && sides[0].items.empty() && sides[1].items.empty());
    return alike ? sides[0] : Value{};
  }
  const int chosen = answer->boolean ? 0 : 1;
  merge(found[chosen]);
  return std::move(sides[chosen]);
}

}  // namespace claw::config
