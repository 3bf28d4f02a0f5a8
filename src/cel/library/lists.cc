// The lists extension. sortBy is a macro and lives with the others.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cel/functions.h"

namespace claw::cel {
namespace {

std::vector<Value> elements(const Value& list) {
  std::vector<Value> made(list.size());
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = list.at(i);
  return made;
}

Value slice(const Call& call) {
  const std::int64_t from = call.integer(1);
  const std::int64_t to = call.integer(2);
  if (from < 0 || to < from || static_cast<std::uint64_t>(to) > call[0].size())
    return call.error(fmt::format("cannot slice({}, {}) a list of {}", from, to, call[0].size()));
  const std::vector<Value> all = elements(call[0]);
  return call.list(
      std::span(all).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)));
}

// False when the budget is spent; `depth` is bounded by how deep a value can be nested at all.
bool flatten_into(const Call& call, const Value& list, std::int64_t depth, std::vector<Value>& made) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i);
    if (!call.budget.spend(1)) return false;
    if (depth == 0 || !element.is(Kind::list)) {
      made.push_back(element);
    } else if (!flatten_into(call, element, depth - 1, made)) {
      return false;
    }
  }
  return true;
}

Value flatten(const Call& call) {
  const std::int64_t depth = call.arguments.size() == 2 ? call.integer(1) : 1;
  if (depth < 0) return call.error("flatten() needs a level that is not negative");
  std::vector<Value> made;
  return flatten_into(call, call[0], depth, made) ? call.list(made) : too_costly();
}

Value distinct(const Call& call) {
  std::vector<Value> made;
  for (std::size_t i = 0; i < call[0].size(); ++i) {
    const Value element = call[0].at(i);
    if (!call.budget.spend(1 + made.size())) return too_costly();
    if (std::ranges::none_of(made, [&](const Value& seen) { return equal(seen, element); })) {
      made.push_back(element);
    }
  }
  return call.list(made);
}

Value range(const Call& call) {
  const std::int64_t count = call.integer(0);
  if (count < 0) return call.error("lists.range() needs a number that is not negative");
  if (!call.budget.spend(static_cast<std::uint64_t>(count))) return too_costly();
  const std::span<Value> made = call.arena.array<Value>(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = Value::int64(static_cast<std::int64_t>(i));
  return Value::list(made);
}

Value sort(const Call& call) {
  std::vector<Value> made = elements(call[0]);
  if (!call.budget.spend(made.size() * 8)) return too_costly();
  for (const Value& each : made)
    if (each.kind() != made[0].kind() || compare(each, each) != std::partial_ordering::equivalent) {
      return call.error("only elements of one ordered type can be sorted");
    }
  std::ranges::sort(
      made, [](const Value& a, const Value& b) { return compare(a, b) == std::partial_ordering::less; });
  return call.list(made);
}

Value reverse(const Call& call) {
  std::vector<Value> made = elements(call[0]);
  std::ranges::reverse(made);
  return call.list(made);
}

Value first(const Call& call) {
  return call[0].size() == 0 ? Value::optional(nullptr) : call.optional(call[0].at(0));
}
Value last(const Call& call) {
  return call[0].size() == 0 ? Value::optional(nullptr) : call.optional(call[0].at(call[0].size() - 1));
}

constexpr std::array declarations = {
    Declaration{"slice", "list(A).(int, int) list(A)", slice},
    Declaration{"flatten", "list(list(A)).() list(A); list(dyn).(int) list(dyn)", flatten},
    Declaration{"distinct", "list(A).() list(A)", distinct},
    Declaration{"lists.range", "(int) list(int)", range},
    Declaration{
        "sort",
        "list(int).() list(int); list(uint).() list(uint); list(double).() list(double); list(bool).() "
        "list(bool);"
        "list(string).() list(string); list(bytes).() list(bytes); list(timestamp).() list(timestamp);"
        "list(duration).() list(duration)",
        sort},
    Declaration{"reverse", "list(A).() list(A)", reverse},
    Declaration{"first", "list(A).() optional(A)", first},
    Declaration{"last", "list(A).() optional(A)", last},
};

}  // namespace

std::span<const Declaration> list_declarations() { return declarations; }

}  // namespace claw::cel
