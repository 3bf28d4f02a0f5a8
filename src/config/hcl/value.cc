#include "config/hcl/value.h"

#include "config/number.h"

namespace claw::config {

namespace {

// A type: the kind and, for collections, the types of what is inside: one for list, set and map, one per item
// for tuple and object. Kind `unknown` is any type.
struct Type {
  ValueKind kind = ValueKind::unknown;
  std::vector<Type> items = {};
  std::vector<std::string> keys = {};
};

bool is_collection(ValueKind kind) {
  return kind == ValueKind::list || kind == ValueKind::set || kind == ValueKind::map;
}

std::optional<Type> unify(const Type& a, const Type& b);

std::optional<Type> unify_all(std::span<const Type> types) {
  std::optional<Type> out = Type{};
  for (const Type& type : types) {
    if (out) out = unify(*out, type);
  }
  return out;
}

Type type_of(const Value& value) {
  if (value.is_null()) return {.kind = value.null_of == ValueKind::null ? ValueKind::unknown : value.null_of};
  Type type{.kind = value.kind};
  for (const Value& item : value.items) type.items.push_back(type_of(item));
  if (is_collection(type.kind)) type.items.assign(1, unify_all(type.items).value_or(Type{}));
  if (type.kind == ValueKind::object) type.keys = value.keys;
  return type;
}

// Tuples and objects that match item by item keep their form, others become a list or a map of one type.
std::optional<Type> unify_items(const Type& a, const Type& b, ValueKind collection) {
  if (a.kind == b.kind && !is_collection(a.kind) && a.items.size() == b.items.size() && a.keys == b.keys) {
    Type out{.kind = a.kind, .keys = a.keys};
    for (std::size_t i = 0; i < a.items.size(); ++i) {
      auto item = unify(a.items[i], b.items[i]);
      if (!item) return std::nullopt;
      out.items.push_back(std::move(*item));
    }
    return out;
  }
  std::vector<Type> all = a.items;
  all.insert(all.end(), b.items.begin(), b.items.end());
  auto item = unify_all(all);
  if (!item) return std::nullopt;
  return Type{.kind = collection, .items = {std::move(*item)}};
}

std::optional<Type> unify(const Type& a, const Type& b) {
  if (a.kind == ValueKind::unknown) return b;
  if (b.kind == ValueKind::unknown) return a;
  const auto is = [](const Type& type, std::initializer_list<ValueKind> kinds) {
    return std::find(kinds.begin(), kinds.end(), type.kind) != kinds.end();
  };
  const auto primitives = {ValueKind::boolean, ValueKind::number, ValueKind::string};
  const auto sequences = {ValueKind::list, ValueKind::tuple, ValueKind::set};
  const auto mappings = {ValueKind::map, ValueKind::object};
  if (is(a, primitives) && is(b, primitives)) {
    if (a.kind == b.kind) return a;
    if (is(a, {ValueKind::string}) || is(b, {ValueKind::string})) return Type{.kind = ValueKind::string};
    return std::nullopt;
  }
  if (is(a, sequences) && is(b, sequences)) {
    const bool sets = is(a, {ValueKind::set}) && is(b, {ValueKind::set});
    return unify_items(a, b, sets ? ValueKind::set : ValueKind::list);
  }
  if (is(a, mappings) && is(b, mappings)) return unify_items(a, b, ValueKind::map);
  return std::nullopt;
}

void convert(Value& value, const Type& type) {
  if (value.is_unknown() || value.is_null() || type.kind == ValueKind::unknown) return;
  if (type.kind == ValueKind::string) {
    if (auto text = convert_to_string(value)) value = std::move(*text);
    return;
  }
  value.kind = type.kind;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    convert(value.items[i], is_collection(type.kind) ? type.items.front() : type.items[i]);
  }
}

}  // namespace

Value Value::of(bool boolean) {
  Value value = make(ValueKind::boolean);
  value.boolean = boolean;
  return value;
}

Value Value::number(std::string decimal) {
  Value value = make(ValueKind::number);
  value.text = std::move(decimal);
  return value;
}

Value Value::string(std::string text) {
  Value value = make(ValueKind::string);
  value.text = std::move(text);
  return value;
}

Value Value::tuple(std::vector<Value> items) {
  Value value = make(ValueKind::tuple);
  value.items = std::move(items);
  return value;
}

bool Value::is_sequence() const {
  return kind == ValueKind::list || kind == ValueKind::tuple || kind == ValueKind::set;
}

bool Value::is_mapping() const { return kind == ValueKind::map || kind == ValueKind::object; }

const Value* Value::find(std::string_view key) const {
  const auto found = std::lower_bound(keys.begin(), keys.end(), key);
  return found == keys.end() || *found != key ? nullptr
                                              : &items[static_cast<std::size_t>(found - keys.begin())];
}

void Value::set(std::string key, Value value) {
  const auto place = std::lower_bound(keys.begin(), keys.end(), key);
  const auto index = place - keys.begin();
  if (place != keys.end() && *place == key) {
    items[static_cast<std::size_t>(index)] = std::move(value);
    return;
  }
  keys.insert(place, std::move(key));
  items.insert(items.begin() + index, std::move(value));
}

std::size_t Value::weight() const {
  std::size_t sum = 1 + text.size();
  for (const std::string& key : keys) sum += key.size();
  for (const Value& item : items) sum += item.weight();
  return sum;
}

std::string_view name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::unknown: return "an unknown value";
    case ValueKind::null: return "null";
    case ValueKind::boolean: return "a boolean";
    case ValueKind::number: return "a number";
    case ValueKind::string: return "a string";
    case ValueKind::list:
    case ValueKind::tuple: return "a list";
    case ValueKind::set: return "a set";
    case ValueKind::map:
    case ValueKind::object: return "an object";
  }
  return "nothing";
}

std::optional<bool> equal(const Value& a, const Value& b) {
  if (a.is_unknown() || b.is_unknown()) return std::nullopt;
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.kind != b.kind) return false;
  if (a.kind == ValueKind::number) return compare_decimals(a.text, b.text) == 0;
  if (a.boolean != b.boolean || a.text != b.text || a.keys != b.keys || a.items.size() != b.items.size())
    return false;
  bool all_known = true;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    const auto same = equal(a.items[i], b.items[i]);
    if (same == false) return false;
    all_known = all_known && same.has_value();
  }
  return all_known ? std::optional(true) : std::nullopt;
}

std::optional<Value> convert_to_string(const Value& value) {
  if (value.is_unknown() || value.is_null() || value.kind == ValueKind::string) return value;
  if (value.kind == ValueKind::number) return Value::string(value.text);
  if (value.kind == ValueKind::boolean) return Value::string(value.boolean ? "true" : "false");
  return std::nullopt;
}

std::optional<Value> convert_to_number(const Value& value) {
  if (value.is_unknown() || value.is_null() || value.kind == ValueKind::number) return value;
  if (value.kind != ValueKind::string) return std::nullopt;
  auto decimal = parse_decimal(value.text);
  if (!decimal) return std::nullopt;
  return Value::number(std::move(*decimal));
}

std::optional<Value> convert_to_boolean(const Value& value) {
  if (value.is_unknown() || value.is_null() || value.kind == ValueKind::boolean) return value;
  if (value.kind == ValueKind::string && value.text == "true") return Value::of(true);
  if (value.kind == ValueKind::string && value.text == "false") return Value::of(false);
  return std::nullopt;
}

bool unify(Value& a, Value& b) {
  const auto type = unify(type_of(a), type_of(b));
  if (!type) return false;
  convert(a, *type);
  convert(b, *type);
  return true;
}

}  // namespace claw::config
