#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/code.h"

namespace claw::cel {

Value worse(const Value& a, const Value& b) {
  if (a.is(Kind::unknown) && b.is(Kind::unknown)) return Value::unknown(a.causes() | b.causes());
  if (a.is(Kind::absent) || (b.is(Kind::unknown) && !a.is(Kind::unknown))) return b;
  return a;
}

Value Program::evaluate(const Activation& facts, Arena& arena) const {
  Evaluation evaluation(*code_, facts, arena, steps_max);
  const Value value = evaluation.run(code_->root);
  // An error from a spent budget might have been absorbed by || on the way: the whole is void.
  return evaluation.spent() ? too_costly() : value;
}

Value Evaluation::run(std::uint32_t at) {
  if (!budget_.spend(1)) return too_costly();
  const Instruction& instruction = code_.instructions[at];
  switch (instruction.op) {
    case Op::constant:
    case Op::unresolved: return instruction.value;
    case Op::slot: return fact(instruction.index);
    case Op::local: return locals_[instruction.index];
    case Op::call: return call(instruction);
    case Op::conditional: return conditional(instruction);
    case Op::all_of: return joined(instruction, false);
    case Op::any_of: return joined(instruction, true);
    case Op::equals: return equals(instruction);
    case Op::among: return among(instruction);
    case Op::holds: return holds(instruction);
    case Op::matches: return matches(instruction);
    case Op::select: return select(instruction);
    case Op::has_slot: return has_slot(instruction);
    case Op::has_field: return has_field(instruction);
    case Op::list: return list(instruction);
    case Op::map: return map(instruction);
    case Op::comprehension: return comprehension(instruction);
  }
  return Value::error("unreachable");
}

Value Evaluation::fact(std::uint32_t slot) const {
  const Value value = facts_.fact(slot);
  return value.is(Kind::absent) ? Value::error("this action has no such fact") : value;
}

Value Evaluation::mismatch(std::string_view function, std::span<const Value> arguments) {
  std::string types;
  for (const Value& argument : arguments) {
    types += (types.empty() ? "" : ", ") + std::string(type_name(argument));
  }
  return error(fmt::format("no such overload: {}({})", function, types));
}

Value Evaluation::call(const Instruction& instruction) {
  std::array<Value, parameters_max> values;
  Value failure;
  for (std::uint32_t i = 0; i < instruction.children; ++i) {
    values.at(i) = child(instruction, i);
    if (values.at(i).is_failure()) failure = worse(failure, values.at(i));
  }
  if (!failure.is(Kind::absent)) return failure;
  const auto arguments = std::span<const Value>(values).first(instruction.children);
  for (std::uint32_t i = 0; i < instruction.overloads; ++i) {
    const Overload& overload = *code_.overloads[instruction.first_overload + i];
    bool fits = true;
    for (std::size_t a = 0; a < arguments.size(); ++a)
      fits = fits && (overload.kinds.at(a) >> static_cast<unsigned>(arguments[a].kind()) & 1U) != 0;
    if (fits) return overload.function({arguments, arena_, budget_});
  }
  return mismatch(instruction.value.as_text(), arguments);
}

Value Evaluation::conditional(const Instruction& instruction) {
  const Value condition = child(instruction);
  if (condition.is_failure()) return condition;
  if (!condition.is(Kind::boolean)) return mismatch("_?_:_", {&condition, 1});
  return child(instruction, condition.as_boolean() ? 1 : 2);
}

// && is false as soon as one side is (absorbing: false), || true; failures count only if nothing absorbs
// them.
Value Evaluation::joined(const Instruction& instruction, bool absorbing) {
  Value failure;
  for (std::uint32_t i = 0; i < instruction.children; ++i) {
    Value value = child(instruction, i);
    if (value.is(Kind::boolean)) {
      if (value.as_boolean() == absorbing) return value;
      continue;
    }
    if (!value.is_failure() || value.is(Kind::absent)) {
      value = mismatch(absorbing ? "_||_" : "_&&_", {&value, 1});
    }
    failure = worse(failure, value);
  }
  return failure.is(Kind::absent) ? Value::boolean(!absorbing) : failure;
}

Value Evaluation::equals(const Instruction& instruction) {
  const Value value = child(instruction);
  if (value.is_failure()) return value;
  const bool same = value.is(Kind::string) && value.as_text() == instruction.value.as_text();
  return Value::boolean(same != instruction.negated);
}

Value Evaluation::among(const Instruction& instruction) {
  const Value value = child(instruction);
  if (value.is_failure()) return value;
  if (!value.is(Kind::string)) return Value::boolean(false);
  const std::string_view text = value.as_text();
  std::size_t low = 0;
  std::size_t high = instruction.value.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (instruction.value.at(middle).as_text() < text) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Value::boolean(low < instruction.value.size() && instruction.value.at(low).as_text() == text);
}

Value Evaluation::holds(const Instruction& instruction) {
  const Value container = child(instruction);
  if (container.is_failure()) return container;
  if (container.is(Kind::map)) return Value::boolean(container.as_map().find(instruction.value).has_value());
  if (!container.is(Kind::list)) return mismatch("in", std::array{instruction.value, container});
  const std::size_t size = container.size();
  if (!budget_.spend(size)) return too_costly();
  const std::string_view text = instruction.value.as_text();
  for (std::size_t i = 0; i < size; ++i) {
    const Value element = container.at(i);
    if (element.is(Kind::string) && element.as_text() == text) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value match_text(const Call& call, const Pattern& pattern);  // library/regex.cc

Value Evaluation::matches(const Instruction& instruction) {
  const Value text = child(instruction);
  if (text.is_failure()) return text;
  if (!text.is(Kind::string)) return mismatch("matches", {&text, 1});
  return match_text({{&text, 1}, arena_, budget_}, code_.patterns[instruction.index]);
}

Value Evaluation::select(const Instruction& instruction) {
  Value operand = child(instruction);
  if (operand.is_failure()) return operand;
  const bool optional = instruction.negated || operand.is(Kind::optional);
  if (operand.is(Kind::optional)) {
    if (operand.as_optional() == nullptr) return operand;
    operand = *operand.as_optional();
  }
  if (!operand.is(Kind::map))
    return error(
        fmt::format("a {} has no field {}", type_name(operand), quoted(instruction.value.as_text())));
  const auto field = operand.as_map().find(instruction.value);
  if (!optional) return field ? *field : no_such_key(instruction.value, arena_);
  return Value::optional(field ? arena_.make<Value>(*field) : nullptr);
}

Value Evaluation::has_slot(const Instruction& instruction) {
  const Value value = facts_.fact(instruction.index);
  if (value.is(Kind::unknown) || value.is(Kind::error)) return value;
  return Value::boolean(!value.is(Kind::absent));
}

Value Evaluation::has_field(const Instruction& instruction) {
  Value operand = child(instruction);
  if (operand.is_failure()) return operand;
  if (operand.is(Kind::optional)) {
    if (operand.as_optional() == nullptr) return Value::boolean(false);
    operand = *operand.as_optional();
  }
  if (!operand.is(Kind::map)) return mismatch("has", {&operand, 1});
  return Value::boolean(operand.as_map().find(instruction.value).has_value());
}

Value Evaluation::list(const Instruction& instruction) {
  const std::span<Value> elements = arena_.array<Value>(instruction.children);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < instruction.children; ++i) {
    const Value value = child(instruction, i);
    if (value.is_failure()) return value;
    if (!instruction.negated || !code_.optional_marks[instruction.first_child + i]) {
      elements[count++] = value;
      continue;
    }
    if (!value.is(Kind::optional)) return mismatch("[?]", {&value, 1});
    if (value.as_optional() != nullptr) elements[count++] = *value.as_optional();
  }
  return Value::list(elements.first(count));
}

Value Evaluation::map(const Instruction& instruction) {
  const std::span<Value> entries = arena_.array<Value>(instruction.children);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < instruction.children; i += 2) {
    const Value key = child(instruction, i);
    if (key.is_failure()) return key;
    Value value = child(instruction, i + 1);
    if (value.is_failure()) return value;
    if (instruction.negated && code_.optional_marks[instruction.first_child + i]) {
      if (!value.is(Kind::optional)) return mismatch("{?}", {&value, 1});
      if (value.as_optional() == nullptr) continue;
      value = *value.as_optional();
    }
    entries[count++] = key;
    entries[count++] = value;
  }
  const auto made = make_map(entries.first(count), arena_);
  return made ? *made : Value::error("a map's keys are texts, bools or whole numbers, each once");
}

}  // namespace claw::cel
