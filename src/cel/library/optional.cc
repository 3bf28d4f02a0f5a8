// Optional values.
#include <array>

#include "cel/functions.h"

namespace claw::cel {
namespace {

Value of(const Call& call) { return call.optional(call[0]); }
Value of_non_zero(const Call& call) {
  return is_zero_value(call[0]) ? Value::optional(nullptr) : call.optional(call[0]);
}
Value none(const Call&) { return Value::optional(nullptr); }
Value has_value(const Call& call) { return Value::boolean(call[0].as_optional() != nullptr); }
Value value(const Call& call) {
  return call[0].as_optional() == nullptr ? Value::error("optional.none() has no value")
                                          : *call[0].as_optional();
}
Value either(const Call& call) { return call[0].as_optional() == nullptr ? call[1] : call[0]; }
Value value_or(const Call& call) {
  return call[0].as_optional() == nullptr ? call[1] : *call[0].as_optional();
}

Value unwrap(const Call& call) {
  std::vector<Value> made;
  for (std::size_t i = 0; i < call[0].size(); ++i) {
    const Value each = call[0].at(i);
    if (!each.is(Kind::optional)) return Value::error("only a list of optionals can be unwrapped");
    if (each.as_optional() != nullptr) made.push_back(*each.as_optional());
  }
  return call.list(made);
}

constexpr std::array declarations = {
    Declaration{"optional.of", "(A) optional(A)", of},
    Declaration{"optional.ofNonZeroValue", "(A) optional(A)", of_non_zero},
    Declaration{"optional.none", "() optional(A)", none},
    Declaration{"optional.unwrap", "(list(optional(A))) list(A)", unwrap},
    Declaration{"unwrapOpt", "list(optional(A)).() list(A)", unwrap},
    Declaration{"hasValue", "optional(A).() bool", has_value},
    Declaration{"value", "optional(A).() A", value},
    Declaration{"or", "optional(A).(optional(A)) optional(A)", either},
    Declaration{"orValue", "optional(A).(A) A", value_or},
};

}  // namespace

std::span<const Declaration> optional_declarations() { return declarations; }

bool is_zero_value(const Value& value) {
  switch (value.kind()) {
    case Kind::absent:
    case Kind::unknown:
    case Kind::error:
    case Kind::type:
    case Kind::ip:
    case Kind::cidr: return false;
    case Kind::null: return true;
    case Kind::boolean: return !value.as_boolean();
    case Kind::int64: return value.as_int64() == 0;
    case Kind::uint64: return value.as_uint64() == 0;
    case Kind::float64: return value.as_float64() == 0;
    case Kind::string:
    case Kind::bytes: return value.as_text().empty();
    case Kind::list:
    case Kind::map: return value.size() == 0;
    case Kind::timestamp:
    case Kind::duration: return value.seconds() == 0 && value.nanos() == 0;
    case Kind::optional: return value.as_optional() == nullptr;
  }
  return false;
}

}  // namespace claw::cel
