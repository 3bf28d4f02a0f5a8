#include "config/hcl/evaluate.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "config/hcl/evaluator.h"
#include "config/number.h"

namespace claw::config {

Value evaluate(const Expression& expression, const Scope& scope, Diagnostics& diagnostics) {
  return Evaluator(scope, diagnostics).evaluate(expression);
}

Value Evaluator::evaluate(const Expression& expression) {
  if (cost_ > evaluation_cost_max) return {};
  Value value = std::visit([&](const auto& form) { return of(expression, form); }, expression.form);
  cost_ += value.weight();
  if (cost_ > evaluation_cost_max) return fail(expression.range, "this expression becomes too large");
  return value;
}

Value Evaluator::fail(const Range& range, std::string text, std::string hint) {
  diagnostics_->error(range, std::move(text), std::move(hint));
  return {};
}

Value Evaluator::of(const Expression&, const BrokenExpression&) { return {}; }
Value Evaluator::of(const Expression&, const NullLiteral&) { return Value::null(); }
Value Evaluator::of(const Expression&, const BooleanLiteral& form) { return Value::of(form.value); }
Value Evaluator::of(const Expression&, const StringLiteral& form) { return Value::string(form.value.text); }
Value Evaluator::of(const Expression&, const SplatItem&) { return splat_items_.back(); }
Value Evaluator::of(const Expression&, const TemplateWrap& form) { return evaluate(*form.inner); }
Value Evaluator::of(const Expression&, const Parentheses& form) { return evaluate(*form.inner); }

Value Evaluator::of(const Expression& at, const NumberLiteral& form) {
  auto decimal = parse_decimal(form.text);
  if (!decimal) return fail(at.range, decimal.error().what);
  return Value::number(std::move(*decimal));
}

Value Evaluator::of(const Expression& at, const Variable& form) {
  const auto local = std::find_if(locals_.rbegin(), locals_.rend(),
                                  [&](const Local& each) { return each.name == form.name; });
  if (local != locals_.rend()) return local->value;
  const auto found = scope_.variables.find(form.name);
  if (found != scope_.variables.end()) return found->second;
  return fail(at.range, fmt::format("there is no variable {}", quoted(form.name)),
              "a configuration has no variables; in a string write `$${` for a literal `${`");
}

Value Evaluator::of(const Expression& at, const Call& form) {
  const auto function = scope_.functions.find(form.name);
  if (function == scope_.functions.end()) {
    return fail(at.range, fmt::format("there is no function {}", quoted(form.name)),
                "a configuration has no functions");
  }
  std::vector<Value> arguments;
  for (const ExpressionPtr& argument : form.arguments) arguments.push_back(evaluate(*argument));
  if (form.expands) {
    Value last = std::move(arguments.back());
    arguments.pop_back();
    if (last.is_unknown()) return {};
    if (!last.is_sequence())
      return fail(form.arguments.back()->range, "only a list can be spread with `...`");
    arguments.insert(arguments.end(), last.items.begin(), last.items.end());
  }
  auto result = function->second(arguments);
  if (!result) return fail(at.range, result.error().what);
  return std::move(*result);
}

Value Evaluator::of(const Expression&, const Tuple& form) {
  std::vector<Value> items;
  for (const ExpressionPtr& item : form.items) items.push_back(evaluate(*item));
  return Value::tuple(std::move(items));
}

Value Evaluator::of(const Expression&, const Object& form) {
  Value out = Value::make(ValueKind::object);
  bool unknown = false;
  for (const ObjectItem& item : form.items) {
    auto key = object_key(*item.key, unknown);
    Value value = evaluate(*item.value);
    if (key) out.set(std::move(*key), std::move(value));
  }
  return unknown ? Value{} : out;
}

std::optional<std::string> Evaluator::object_key(const Expression& key, bool& unknown) {
  const Value value = evaluate(key);
  const auto text = convert_to_string(value);
  if (text && text->kind == ValueKind::string) return text->text;
  unknown = true;
  if (!value.is_unknown())
    fail(key.range, fmt::format("a key must be a string, not {}", name_of(value.kind)));
  return std::nullopt;
}

Value Evaluator::of(const Expression& at, const GetAttribute& form) {
  const Value object = evaluate(*form.object);
  if (object.is_unknown()) return {};
  if (object.is_null()) return fail(at.range, fmt::format("null has no attribute {}", quoted(form.name)));
  if (!object.is_mapping()) {
    return fail(form.name_range, fmt::format("{} has no attributes", name_of(object.kind)));
  }
  return member(at, object, Value::string(form.name), form.name_range);
}

Value Evaluator::of(const Expression& at, const Index& form) {
  const Value collection = evaluate(*form.collection);
  const Value key = evaluate(*form.key);
  return index(at, collection, key, form.key->range);
}

Value Evaluator::index(const Expression& at, const Value& collection, const Value& key,
                       const Range& key_range) {
  if (collection.is_null()) return fail(at.range, "null cannot be indexed");
  if (key.is_null()) return fail(key_range, "an index cannot be null");
  if (collection.is_unknown() || key.is_unknown()) return {};
  if (collection.is_mapping()) return member(at, collection, key, key_range);
  if (collection.is_sequence() && collection.kind != ValueKind::set) return element(at, collection, key);
  return fail(at.range, fmt::format("{} cannot be indexed", name_of(collection.kind)));
}

Value Evaluator::member(const Expression& at, const Value& object, const Value& key, const Range& key_range) {
  const auto name = convert_to_string(key);
  if (!name) return fail(key_range, fmt::format("a key must be a string, not {}", name_of(key.kind)));
  if (const Value* found = object.find(name->text)) return *found;
  return fail(at.range, fmt::format("there is no attribute {}", quoted(name->text)),
              did_you_mean(name->text, object.keys));
}

Value Evaluator::element(const Expression& at, const Value& list, const Value& key) {
  const auto number = convert_to_number(key);
  if (!number) return fail(at.range, fmt::format("an index must be a number, not {}", name_of(key.kind)));
  std::size_t place = 0;
  const char* const end = number->text.data() + number->text.size();
  const auto read = std::from_chars(number->text.data(), end, place);
  if (read.ec != std::errc() || read.ptr != end || place >= list.items.size()) {
    return fail(at.range, fmt::format("there is no item {} in a list of {}", printable(number->text, 30),
                                      list.items.size()));
  }
  return list.items[place];
}

// A single value is a list of one, null a list of none.
Value Evaluator::of(const Expression& at, const Splat& form) {
  Value source = evaluate(*form.source);
  if (source.is_unknown()) return {};
  if (source.is_null()) {
    const bool of_list = source.null_of == ValueKind::list || source.null_of == ValueKind::set ||
                         source.null_of == ValueKind::tuple;
    return of_list ? fail(at.range, "a null list has no items") : Value::tuple({});
  }
  const bool typed = source.kind == ValueKind::list || source.kind == ValueKind::set;
  Value out = Value::make(typed ? ValueKind::list : ValueKind::tuple);
  if (!source.is_sequence()) source = Value::tuple({std::move(source)});
  for (Value& item : source.items) {
    splat_items_.push_back(std::move(item));
    out.items.push_back(evaluate(*form.each));
    splat_items_.pop_back();
  }
  return out;
}

Value Evaluator::of(const Expression&, const Template& form) {
  std::string out;
  bool known = true;
  for (const ExpressionPtr& part : form.parts) known = join(out, evaluate(*part), part->range) && known;
  return known ? Value::string(std::move(out)) : Value{};
}

Value Evaluator::of(const Expression& at, const TemplateJoin& form) {
  const Value list = evaluate(*form.list);
  if (list.is_unknown()) return {};
  std::string out;
  bool known = true;
  for (const Value& item : list.items) known = join(out, item, at.range) && known;
  return known ? Value::string(std::move(out)) : Value{};
}

bool Evaluator::join(std::string& out, const Value& part, const Range& range) {
  const auto text = convert_to_string(part);
  if (text && text->kind == ValueKind::string) {
    out += text->text;
    return true;
  }
  if (!part.is_unknown()) fail(range, fmt::format("{} cannot become part of a string", name_of(part.kind)));
  return false;
}

Value Evaluator::of(const Expression&, const For& form) {
  const Value collection = evaluate(*form.collection);
  if (collection.is_unknown()) return {};
  if (!collection.is_sequence() && !collection.is_mapping()) {
    return fail(form.collection->range,
                fmt::format("{} has no items to go through", name_of(collection.kind)));
  }
  return form.key ? for_object(form, collection) : for_list(form, collection);
}

void Evaluator::each(const For& form, const Value& collection, const Visit& visit, bool& unknown) {
  for (std::size_t i = 0; i < collection.items.size() && cost_ <= evaluation_cost_max; ++i) {
    const Value& item = collection.items[i];
    Value key = collection.is_mapping() ? Value::string(collection.keys[i])
                : collection.kind == ValueKind::set ? item : Value::number(std::to_string(i));
    const std::size_t outer = locals_.size();
    if (!form.key_name.empty()) locals_.push_back({form.key_name, std::move(key)});
    locals_.push_back({form.value_name, item});
    const std::optional<bool> chosen = wanted(form);
    if (!chosen) unknown = true;
    if (chosen.value_or(false)) visit();
    locals_.erase(locals_.begin() + static_cast<std::ptrdiff_t>(outer), locals_.end());
  }
}

std::optional<bool> Evaluator::wanted(const For& form) {
  if (!form.condition) return true;
  const Value value = evaluate(*form.condition);
  if (value.is_unknown()) return std::nullopt;
  const auto answer = convert_to_boolean(value);
  if (answer && answer->kind == ValueKind::boolean) return answer->boolean;
  fail(form.condition->range,
       fmt::format("the condition must be true or false, not {}", name_of(value.kind)));
  return std::nullopt;
}

Value Evaluator::for_list(const For& form, const Value& collection) {
  std::vector<Value> items;
  bool unknown = false;
  each(form, collection, [&] { items.push_back(evaluate(*form.value)); }, unknown);
  return unknown ? Value{} : Value::tuple(std::move(items));
}

Value Evaluator::for_object(const For& form, const Value& collection) {
  Value out = Value::make(ValueKind::object);
  bool unknown = false;
  each(form, collection, [&] {
    auto key = object_key(*form.key, unknown);
    Value value = evaluate(*form.value);
    if (!key) return;
    const Value* before = out.find(*key);
    if (form.groups) {
      Value group = before ? *before : Value::tuple({});
      group.items.push_back(std::move(value));
      value = std::move(group);
    } else if (before) {
      fail(form.key->range, fmt::format("two items have the key {}", quoted(*key)),
           "use `...` to group them");
    }
    out.set(std::move(*key), std::move(value));
  }, unknown);
  return unknown ? Value{} : out;
}

}  // namespace claw::config
