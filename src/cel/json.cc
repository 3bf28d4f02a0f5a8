#include "cel/json.h"

#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/functions.h"

namespace claw::cel {
namespace {

constexpr double exact_max = 9007199254740992.0;  // 2^53: up to here every whole number is a double.

Value from_number(const json::Number& number) {
  const double value = number.as_double();
  if (std::fabs(value) >= exact_max) {
    if (const auto whole = number.as_int64()) return Value::int64(*whole);
    if (const auto whole = number.as_uint64()) return Value::uint64(*whole);
  }
  return Value::float64(value);
}

Status append(std::string& out, const Value& value);

Status append_list(std::string& out, const Value& list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    CLAW_TRY_DONE(append(out, list.at(i)));
  }
  out += ']';
  return Done{};
}

Status append_map(std::string& out, const Map& map) {
  out += '{';
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Value key = map.key_at(i);
    if (i > 0) out += ',';
    json::append_string(out, format_value(key));
    out += ':';
    CLAW_TRY_DONE(append(out, map.find(key).value_or(Value::null())));
  }
  out += '}';
  return Done{};
}

Status append(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::absent:
    case Kind::unknown:
    case Kind::error: return invalid(fmt::format("{} has no JSON form", type_name(value)));
    case Kind::null: return out += "null", Done{};
    case Kind::boolean:
    case Kind::int64:
    case Kind::uint64: return out += format_value(value), Done{};
    case Kind::float64:
      if (!std::isfinite(value.as_float64())) return invalid("a double that is not finite has no JSON form");
      return out += format_float(value.as_float64(), true), Done{};
    case Kind::bytes: return json::append_string(out, to_base64(value.as_text())), Done{};
    case Kind::string: return json::append_string(out, value.as_text()), Done{};
    case Kind::timestamp:
    case Kind::duration:
    case Kind::type:
    case Kind::ip:
    case Kind::cidr: return json::append_string(out, format_value(value)), Done{};
    case Kind::list: return append_list(out, value);
    case Kind::map: return append_map(out, value.as_map());
    case Kind::optional:
      if (value.as_optional() == nullptr) return out += "null", Done{};
      return append(out, *value.as_optional());
  }
  return Done{};
}

}  // namespace

Value from_json(const json::Value& json, Arena& arena) {
  if (const auto* value = json.boolean()) return Value::boolean(*value);
  if (const auto* value = json.number()) return from_number(*value);
  if (const auto* value = json.string()) return Value::string(*value);
  if (const auto* array = json.array()) {
    const std::span<Value> elements = arena.array<Value>(array->size());
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = from_json((*array)[i], arena);
    return Value::list(elements);
  }
  const auto* object = json.object();
  if (object == nullptr) return Value::null();
  std::vector<Value> entries;
  for (const auto& [key, value] : *object) {
    entries.insert(entries.end(), {Value::string(key), from_json(value, arena)});
  }
  return make_map(entries, arena).value_or(Value::error("an object has a key twice"));
}

Result<std::string> to_json(const Value& value) {
  std::string out;
  CLAW_TRY_DONE(append(out, value));
  return out;
}

}  // namespace claw::cel
