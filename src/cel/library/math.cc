// The math extension.
#include <array>
#include <cmath>

#include "cel/functions.h"

namespace claw::cel {
namespace {

bool is_number(const Value& value) {
  return value.is(Kind::int64) || value.is(Kind::uint64) || value.is(Kind::float64);
}

// Of equals the first is kept, as `>` and not `>=` decides.
Value extreme(const Call& call, std::partial_ordering wanted) {
  const bool listed = call[0].is(Kind::list);
  const std::size_t count = listed ? call[0].size() : call.arguments.size();
  if (count == 0) return call.error("an empty list has no greatest or least element");
  if (!call.budget.spend(count)) return too_costly();
  Value best;
  for (std::size_t i = 0; i < count; ++i) {
    const Value value = listed ? call[0].at(i) : call[i];
    if (!is_number(value)) return call.error("only numbers can be greatest or least");
    if (i == 0 || compare(value, best) == wanted) best = value;
  }
  return best;
}
Value greatest(const Call& call) { return extreme(call, std::partial_ordering::greater); }
Value least(const Call& call) { return extreme(call, std::partial_ordering::less); }
constexpr std::string_view extreme_signatures =
    "(int) int; (uint) uint; (double) double; (int, int) int; (uint, uint) uint; (double, double) double;"
    "(int, uint) dyn; (int, double) dyn; (uint, int) dyn; (uint, double) dyn; (double, int) dyn; (double, "
    "uint) dyn;"
    "(list(int)) int; (list(uint)) uint; (list(double)) double";

template <double (*function)(double)>
Value rounded(const Call& call) { return Value::float64(function(call[0].as_float64())); }
double ceiling(double value) { return std::ceil(value); }
double floor(double value) { return std::floor(value); }
double nearest_whole(double value) { return std::round(value); }
double truncated(double value) { return std::trunc(value); }
double magnitude(double value) { return std::fabs(value); }
double sign_of(double value) { return std::isnan(value) ? value : value > 0 ? 1 : value < 0 ? -1 : 0; }

Value abs_int(const Call& call) {
  if (call.integer(0) == INT64_MIN) return Value::error("the result does not fit its type");
  return Value::int64(call.integer(0) < 0 ? -call.integer(0) : call.integer(0));
}
Value same(const Call& call) { return call[0]; }
Value sign_int(const Call& call) {
  return Value::int64(call.integer(0) > 0 ? 1 : call.integer(0) < 0 ? -1 : 0);
}
Value sign_uint(const Call& call) { return Value::uint64(call[0].as_uint64() > 0 ? 1 : 0); }

Value square_root(const Call& call) {
  if (call[0].is(Kind::int64)) return Value::float64(std::sqrt(static_cast<double>(call.integer(0))));
  if (call[0].is(Kind::uint64)) return Value::float64(std::sqrt(static_cast<double>(call[0].as_uint64())));
  return Value::float64(std::sqrt(call[0].as_float64()));
}

Value is_nan(const Call& call) { return Value::boolean(std::isnan(call[0].as_float64())); }
Value is_inf(const Call& call) { return Value::boolean(std::isinf(call[0].as_float64())); }
Value is_finite(const Call& call) { return Value::boolean(std::isfinite(call[0].as_float64())); }

std::uint64_t bits_of(const Value& value) {
  return value.is(Kind::int64) ? static_cast<std::uint64_t>(value.as_int64()) : value.as_uint64();
}
Value like(const Value& model, std::uint64_t bits) {
  return model.is(Kind::int64) ? Value::int64(static_cast<std::int64_t>(bits)) : Value::uint64(bits);
}
Value bit_and(const Call& call) { return like(call[0], bits_of(call[0]) & bits_of(call[1])); }
Value bit_or(const Call& call) { return like(call[0], bits_of(call[0]) | bits_of(call[1])); }
Value bit_xor(const Call& call) { return like(call[0], bits_of(call[0]) ^ bits_of(call[1])); }
Value bit_not(const Call& call) { return like(call[0], ~bits_of(call[0])); }

template <bool left>
Value shift(const Call& call) {
  const std::int64_t by = call.integer(1);
  if (by < 0) return Value::error("bits cannot be shifted by a negative number");
  if (by >= 64) return like(call[0], 0);
  return like(call[0], left ? bits_of(call[0]) << by : bits_of(call[0]) >> by);
}

constexpr std::string_view both = "(int, int) int; (uint, uint) uint";
constexpr std::string_view shifts = "(int, int) int; (uint, int) uint";
constexpr std::array declarations = {
    Declaration{"math.greatest", extreme_signatures, greatest},
    Declaration{"math.least", extreme_signatures, least},
    Declaration{"math.ceil", "(double) double", rounded<ceiling>},
    Declaration{"math.floor", "(double) double", rounded<floor>},
    Declaration{"math.round", "(double) double", rounded<nearest_whole>},
    Declaration{"math.trunc", "(double) double", rounded<truncated>},
    Declaration{"math.abs", "(double) double", rounded<magnitude>},
    Declaration{"math.abs", "(int) int", abs_int},
    Declaration{"math.abs", "(uint) uint", same},
    Declaration{"math.sign", "(double) double", rounded<sign_of>},
    Declaration{"math.sign", "(int) int", sign_int},
    Declaration{"math.sign", "(uint) uint", sign_uint},
    Declaration{"math.sqrt", "(double) double; (int) double; (uint) double", square_root},
    Declaration{"math.isNaN", "(double) bool", is_nan},
    Declaration{"math.isInf", "(double) bool", is_inf},
    Declaration{"math.isFinite", "(double) bool", is_finite},
    Declaration{"math.bitAnd", both, bit_and},
    Declaration{"math.bitOr", both, bit_or},
    Declaration{"math.bitXor", both, bit_xor},
    Declaration{"math.bitNot", "(int) int; (uint) uint", bit_not},
    Declaration{"math.bitShiftLeft", shifts, shift<true>},
    Declaration{"math.bitShiftRight", shifts, shift<false>},
};

}  // namespace

std::span<const Declaration> math_declarations() { return declarations; }

}  // namespace claw::cel
