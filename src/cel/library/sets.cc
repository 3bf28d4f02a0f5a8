// Lists taken as sets.
#include <array>

#include "cel/functions.h"

namespace claw::cel {
namespace {

bool holds(const Value& list, const Value& element) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (equal(list.at(i), element)) return true;
  return false;
}
bool holds_all(const Value& list, const Value& elements) {
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (!holds(list, elements.at(i))) return false;
  return true;
}
bool pays(const Call& call) { return call.budget.spend(1 + call[0].size() * call[1].size()); }

Value contains(const Call& call) {
  return pays(call) ? Value::boolean(holds_all(call[0], call[1])) : too_costly();
}
Value equivalent(const Call& call) {
  return pays(call) ? Value::boolean(holds_all(call[0], call[1]) && holds_all(call[1], call[0]))
                    : too_costly();
}
Value intersects(const Call& call) {
  if (!pays(call)) return too_costly();
  for (std::size_t i = 0; i < call[1].size(); ++i)
    if (holds(call[0], call[1].at(i))) return Value::boolean(true);
  return Value::boolean(false);
}

constexpr std::array declarations = {
    Declaration{"sets.contains", "(list(A), list(A)) bool", contains},
    Declaration{"sets.equivalent", "(list(A), list(A)) bool", equivalent},
    Declaration{"sets.intersects", "(list(A), list(A)) bool", intersects},
};

}  // namespace

std::span<const Declaration> set_declarations() { return declarations; }

}  // namespace claw::cel
