#include <array>
#include <cmath>

#include <fmt/format.h>

#include "cel/functions.h"
#include "cel/library/time.h"

namespace claw::cel {
namespace {

Value overflow() { return Value::error("the result does not fit its type"); }
Value by_zero() { return Value::error("division by zero"); }

Value equals(const Call& call) { return Value::boolean(equal(call[0], call[1])); }
Value differs(const Call& call) { return Value::boolean(!equal(call[0], call[1])); }
Value negate(const Call& call) { return Value::boolean(!call[0].as_boolean()); }

template <bool less, bool same>
Value ordered(const Call& call) {
  const auto order = compare(call[0], call[1]);
  if (!order) return call.error("these two have no order");
  if (*order == std::partial_ordering::equivalent) return Value::boolean(same);
  return Value::boolean(*order == (less ? std::partial_ordering::less : std::partial_ordering::greater));
}
constexpr std::string_view order_signatures =
    "(bool, bool) bool; (int, int) bool; (int, uint) bool; (int, double) bool; (uint, uint) bool; (uint, "
    "int) bool;"
    "(uint, double) bool; (double, double) bool; (double, int) bool; (double, uint) bool; (string, string) "
    "bool;"
    "(bytes, bytes) bool; (timestamp, timestamp) bool; (duration, duration) bool";

// Every integer operator is done by the compiler's checked arithmetic: wrapping round is never right here.
template <class T, bool (*op)(T, T, T*), Value (*make)(T), T (Value::*read)() const>
Value checked(const Call& call) {
  T result = 0;
  return op((call[0].*read)(), (call[1].*read)(), &result) ? overflow() : make(result);
}
template <class T> bool add_overflows(T a, T b, T* out) { return __builtin_add_overflow(a, b, out); }
template <class T> bool subtract_overflows(T a, T b, T* out) { return __builtin_sub_overflow(a, b, out); }
template <class T> bool multiply_overflows(T a, T b, T* out) { return __builtin_mul_overflow(a, b, out); }

template <bool (*op)(std::int64_t, std::int64_t, std::int64_t*)>
constexpr Function on_int = checked<std::int64_t, op, Value::int64, &Value::as_int64>;
template <bool (*op)(std::uint64_t, std::uint64_t, std::uint64_t*)>
constexpr Function on_uint = checked<std::uint64_t, op, Value::uint64, &Value::as_uint64>;

Value add_float(const Call& call) { return Value::float64(call[0].as_float64() + call[1].as_float64()); }
Value subtract_float(const Call& call) { return Value::float64(call[0].as_float64() - call[1].as_float64()); }
Value multiply_float(const Call& call) { return Value::float64(call[0].as_float64() * call[1].as_float64()); }
Value divide_float(const Call& call) {
  const double by = call[1].as_float64();
  const double value = call[0].as_float64();
  if (by != 0) return Value::float64(value / by);
  if (value == 0 || std::isnan(value)) return Value::float64(std::nan(""));
  return Value::float64(std::copysign(HUGE_VAL, value) * std::copysign(1.0, by));
}

constexpr std::int64_t int_min = INT64_MIN;
Value divide_int(const Call& call) {
  if (call.integer(1) == 0) return by_zero();
  if (call.integer(0) == int_min && call.integer(1) == -1) return overflow();
  return Value::int64(call.integer(0) / call.integer(1));
}
Value modulo_int(const Call& call) {
  if (call.integer(1) == 0) return by_zero();
  if (call.integer(0) == int_min && call.integer(1) == -1) return overflow();
  return Value::int64(call.integer(0) % call.integer(1));
}
Value divide_uint(const Call& call) {
  return call[1].as_uint64() == 0 ? by_zero() : Value::uint64(call[0].as_uint64() / call[1].as_uint64());
}
Value modulo_uint(const Call& call) {
  return call[1].as_uint64() == 0 ? by_zero() : Value::uint64(call[0].as_uint64() % call[1].as_uint64());
}
Value minus_int(const Call& call) {
  return call.integer(0) == int_min ? overflow() : Value::int64(-call.integer(0));
}
Value minus_float(const Call& call) { return Value::float64(-call[0].as_float64()); }

Value add_text(const Call& call) { return concatenate(call, call.text(0), call.text(1), call[0].kind()); }
Value add_lists(const Call& call) {
  const std::size_t first = call[0].size();
  const std::size_t size = first + call[1].size();
  if (!call.budget.spend(size)) return too_costly();
  const std::span<Value> made = call.arena.array<Value>(size);
  for (std::size_t i = 0; i < size; ++i) made[i] = i < first ? call[0].at(i) : call[1].at(i - first);
  return Value::list(made);
}

Value in_list(const Call& call) {
  const std::size_t size = call[1].size();
  if (!call.budget.spend(size)) return too_costly();
  for (std::size_t i = 0; i < size; ++i)
    if (equal(call[0], call[1].at(i))) return Value::boolean(true);
  return Value::boolean(false);
}
Value in_map(const Call& call) { return Value::boolean(call[1].as_map().find(call[0]).has_value()); }

Value index(const Call& call) { return index_value(call[0], call[1], call.arena); }
Value index_if_any(const Call& call) {
  const auto found = find_value(call[0], call[1]);
  return found ? call.optional(*found) : Value::optional(nullptr);
}
Value index_optional(const Call& call) {
  const Value* inner = call[0].as_optional();
  if (inner == nullptr) return call[0];
  if (!inner->is(Kind::list) && !inner->is(Kind::map)) return call.error("only a list or map can be indexed");
  const auto found = find_value(*inner, call[1]);
  return found ? call.optional(*found) : Value::optional(nullptr);
}

// A whole number, whatever its kind, as a place in a list.
std::optional<std::uint64_t> as_place(const Value& key) {
  if (key.is(Kind::uint64)) return key.as_uint64();
  if (key.is(Kind::int64)) {
    return key.as_int64() < 0 ? std::nullopt : std::optional<std::uint64_t>(key.as_int64());
  }
  if (!key.is(Kind::float64)) return std::nullopt;
  const double number = key.as_float64();
  if (!(number >= 0 && number < 4294967296.0) || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

constexpr std::array declarations = {
    Declaration{"_==_", "(A, A) bool", equals},
    Declaration{"_!=_", "(A, A) bool", differs},
    Declaration{"!_", "(bool) bool", negate},
    Declaration{"_?_:_", "(bool, A, A) A", nullptr},  // The evaluator's own, as are && and ||.
    Declaration{"_<_", order_signatures, ordered<true, false>},
    Declaration{"_<=_", order_signatures, ordered<true, true>},
    Declaration{"_>_", order_signatures, ordered<false, false>},
    Declaration{"_>=_", order_signatures, ordered<false, true>},
    Declaration{"_+_", "(int, int) int", on_int<add_overflows<std::int64_t>>},
    Declaration{"_+_", "(uint, uint) uint", on_uint<add_overflows<std::uint64_t>>},
    Declaration{"_+_", "(double, double) double", add_float},
    Declaration{"_+_", "(string, string) string; (bytes, bytes) bytes", add_text},
    Declaration{"_+_", "(list(A), list(A)) list(A)", add_lists},
    Declaration{
        "_+_",
        "(timestamp, duration) timestamp; (duration, timestamp) timestamp; (duration, duration) duration",
        add_times},
    Declaration{"_-_", "(int, int) int", on_int<subtract_overflows<std::int64_t>>},
    Declaration{"_-_", "(uint, uint) uint", on_uint<subtract_overflows<std::uint64_t>>},
    Declaration{"_-_", "(double, double) double", subtract_float},
    Declaration{
        "_-_",
        "(timestamp, timestamp) duration; (timestamp, duration) timestamp; (duration, duration) duration",
        subtract_times},
    Declaration{"_*_", "(int, int) int", on_int<multiply_overflows<std::int64_t>>},
    Declaration{"_*_", "(uint, uint) uint", on_uint<multiply_overflows<std::uint64_t>>},
    Declaration{"_*_", "(double, double) double", multiply_float},
    Declaration{"_/_", "(int, int) int", divide_int},
    Declaration{"_/_", "(uint, uint) uint", divide_uint},
    Declaration{"_/_", "(double, double) double", divide_float},
    Declaration{"_%_", "(int, int) int", modulo_int},
    Declaration{"_%_", "(uint, uint) uint", modulo_uint},
    Declaration{"-_", "(int) int", minus_int},
    Declaration{"-_", "(double) double", minus_float},
    Declaration{"@in", "(A, list(A)) bool", in_list},
    Declaration{"@in", "(A, map(A, B)) bool", in_map},
    Declaration{"_[_]", "(list(A), int) A; (map(A, B), A) B", index},
    Declaration{"_[_]", "(optional(list(A)), int) optional(A); (optional(map(A, B)), A) optional(B)",
                index_optional},
    Declaration{"_[?_]", "(list(A), int) optional(A); (map(A, B), A) optional(B)", index_if_any},
    Declaration{"_[?_]", "(optional(list(A)), int) optional(A); (optional(map(A, B)), A) optional(B)",
                index_optional},
};

}  // namespace

std::span<const Declaration> operator_declarations() { return declarations; }

std::optional<Value> find_value(const Value& container, const Value& key) {
  if (container.is(Kind::map)) return container.as_map().find(key);
  const auto place = as_place(key);
  if (!place || *place >= container.size()) return std::nullopt;
  return container.at(static_cast<std::size_t>(*place));
}

Value no_such_key(const Value& key, Arena& arena) {
  return Value::error(arena.copy(fmt::format("no such key: {}", format_value(key))));
}

Value index_value(const Value& container, const Value& key, Arena& arena) {
  if (const auto found = find_value(container, key)) return *found;
  if (container.is(Kind::map)) return no_such_key(key, arena);
  return Value::error(
      arena.copy(fmt::format("no element {} in a list of {}", format_value(key), container.size())));
}

}  // namespace claw::cel
