// What an HCL expression evaluates to, with the type rules of the language: which types unify, what converts
// to what. Used by the evaluator; a configuration only sees the tree's Node. `unknown` stands for a value
// that is not there, above all one whose expression was already reported as wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claw::config {

enum class ValueKind { unknown, null, boolean, number, string, list, tuple, set, map, object };

struct Value {
  ValueKind kind = ValueKind::unknown;
  ValueKind null_of = ValueKind::null;  // null: of which type it is, where that is known.
  bool boolean = false;
  std::string text;                     // string; number: decimal
  std::vector<Value> items;             // list, tuple, set; map and object: the values, in key order.
  std::vector<std::string> keys;        // map, object: sorted, unique.

  static Value make(ValueKind kind) { Value value; value.kind = kind; return value; }
  static Value null() { return make(ValueKind::null); }
  static Value of(bool boolean);
  static Value number(std::string decimal);
  static Value string(std::string text);
  static Value tuple(std::vector<Value> items);

  bool is_unknown() const { return kind == ValueKind::unknown; }
  bool is_null() const { return kind == ValueKind::null; }
  bool is_sequence() const;
  bool is_mapping() const;
  const Value* find(std::string_view key) const;
  void set(std::string key, Value value);  // object; a later value for a key replaces the earlier.
  std::size_t weight() const;              // Values and bytes in it, for the evaluator's limit.
};

std::string_view name_of(ValueKind kind);  // `a string`

// Nothing when it depends on something unknown.
std::optional<bool> equal(const Value& a, const Value& b);

// Nothing when there is no such conversion; unknown and null pass through.
std::optional<Value> convert_to_string(const Value& value);
std::optional<Value> convert_to_number(const Value& value);
std::optional<Value> convert_to_boolean(const Value& value);

// Brings two values to the one type both can have, as `?:` must; false when there is none.
bool unify(Value& a, Value& b);

}  // namespace claw::config
