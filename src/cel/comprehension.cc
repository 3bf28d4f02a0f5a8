#include <algorithm>
#include <numeric>
#include <vector>

#include "cel/code.h"

namespace claw::cel {

// One run of a macro: what it ranges over and where its variables live.
struct Evaluation::Loop {
  const Instruction& instruction;
  Value range;
  std::size_t size;
  bool filters;         // Has a filter before its body.
  std::uint32_t filter;
  std::uint32_t body;

  Value key(std::size_t i) const {
    return range.is(Kind::map) ? range.as_map().key_at(i) : Value::int64(static_cast<std::int64_t>(i));
  }
};

void Evaluation::assign(const Loop& loop, std::size_t i) {
  const std::uint32_t local = loop.instruction.index;
  const bool is_map = loop.range.is(Kind::map);
  const Value key = loop.key(i);
  if (loop.instruction.negated) {
    locals_[local] = key;
    locals_[local + 1] = is_map ? loop.range.as_map().find(key).value_or(Value::null()) : loop.range.at(i);
  } else {
    locals_[local] = is_map ? key : loop.range.at(i);
  }
}

Value Evaluation::comprehension(const Instruction& instruction) {
  const auto parts = code_.children_of(instruction);
  const Value range = run(parts[0]);
  if (instruction.macro == Macro::bind) {
    locals_[instruction.index] = range;  // A failure too: it counts only where the name is used.
    return run(parts[1]);
  }
  if (range.is_failure()) return range;
  const bool iterable = range.is(Kind::list) || range.is(Kind::map);
  const Loop loop{instruction, range, iterable ? range.size() : 0, parts.size() == 3, parts[1], parts.back()};
  if (instruction.macro == Macro::opt_map || instruction.macro == Macro::opt_flat_map) {
    return over_optional(loop);
  }
  if (!iterable) return mismatch("comprehension", {&range, 1});
  if (!budget_.spend(loop.size)) return too_costly();
  switch (instruction.macro) {
    case Macro::all:
    case Macro::exists: return quantified(loop);
    case Macro::exists_one: return exactly_one(loop);
    case Macro::map:
    case Macro::filter:
    case Macro::transform_list: return collected(loop);
    case Macro::transform_map:
    case Macro::transform_map_entry: return mapped(loop);
    case Macro::sort_by: return sorted(loop);
    case Macro::bind:
    case Macro::opt_map:
    case Macro::opt_flat_map:
    case Macro::none: break;
  }
  return Value::error("unreachable");
}

// exists is a long ||, all a long &&: failures count only if no element absorbs them.
Value Evaluation::quantified(const Loop& loop) {
  const bool absorbing = loop.instruction.macro == Macro::exists;
  Value failure;
  for (std::size_t i = 0; i < loop.size && !budget_.spent(); ++i) {
    assign(loop, i);
    Value value = run(loop.body);
    if (value.is(Kind::boolean)) {
      if (value.as_boolean() == absorbing) return value;
      continue;
    }
    if (!value.is_failure() || value.is(Kind::absent)) {
      value = mismatch(absorbing ? "exists" : "all", {&value, 1});
    }
    failure = worse(failure, value);
  }
  return failure.is(Kind::absent) ? Value::boolean(!absorbing) : failure;
}

Value Evaluation::exactly_one(const Loop& loop) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < loop.size; ++i) {
    assign(loop, i);
    const Value value = run(loop.body);
    if (value.is_failure()) return value;
    if (!value.is(Kind::boolean)) return mismatch("exists_one", {&value, 1});
    if (value.as_boolean()) ++found;
  }
  return Value::boolean(found == 1);
}

// Nothing: the element stays. A value: true if it is filtered out, or the filter's failure.
std::optional<Value> Evaluation::filtered_out(const Loop& loop) {
  if (!loop.filters) return std::nullopt;
  const Value value = run(loop.filter);
  if (value.is_true()) return std::nullopt;
  if (value.is_false()) return Value::boolean(true);
  return value.is_failure() ? value : mismatch("filter", {&value, 1});
}

Value Evaluation::collected(const Loop& loop) {
  const std::span<Value> made = arena_.array<Value>(loop.size);
  std::size_t count = 0;
  for (std::size_t i = 0; i < loop.size; ++i) {
    assign(loop, i);
    if (const auto out = filtered_out(loop)) {
      if (out->is_failure()) return *out;
      continue;
    }
    const Value value = run(loop.body);
    if (value.is_failure()) return value;
    if (loop.instruction.macro != Macro::filter) {
      made[count++] = value;
    } else if (!value.is(Kind::boolean)) {
      return mismatch("filter", {&value, 1});
    } else if (value.as_boolean()) {
      made[count++] = locals_[loop.instruction.index];
    }
  }
  return Value::list(made.first(count));
}

Value Evaluation::mapped(const Loop& loop) {
  std::vector<Value> entries;
  for (std::size_t i = 0; i < loop.size; ++i) {
    assign(loop, i);
    if (const auto out = filtered_out(loop)) {
      if (out->is_failure()) return *out;
      continue;
    }
    const Value value = run(loop.body);
    if (value.is_failure()) return value;
    if (loop.instruction.macro == Macro::transform_map) {
      entries.insert(entries.end(), {loop.key(i), value});
      continue;
    }
    if (!value.is(Kind::map)) return mismatch("transformMapEntry", {&value, 1});
    const Map& made = value.as_map();
    if (!budget_.spend(made.size())) return too_costly();
    for (std::size_t k = 0; k < made.size(); ++k)
      entries.insert(entries.end(), {made.key_at(k), made.find(made.key_at(k)).value_or(Value::null())});
  }
  const auto made = make_map(entries, arena_);
  return made ? *made : Value::error("two entries have the same key");
}

Value Evaluation::sorted(const Loop& loop) {
  if (!loop.range.is(Kind::list)) return mismatch("sortBy", {&loop.range, 1});
  std::vector<Value> keys(loop.size);
  for (std::size_t i = 0; i < loop.size; ++i) {
    assign(loop, i);
    keys[i] = run(loop.body);
    if (keys[i].is_failure()) return keys[i];
    if (keys[i].kind() != keys[0].kind() || compare(keys[i], keys[i]) != std::partial_ordering::equivalent) {
      return mismatch("sortBy", std::array{keys[0], keys[i]});
    }
  }
  std::vector<std::size_t> order(loop.size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&keys](std::size_t a, std::size_t b) {
    const auto by = compare(keys[a], keys[b]).value_or(std::partial_ordering::unordered);
    return by == std::partial_ordering::less || (by == std::partial_ordering::equivalent && a < b);
  });
  const std::span<Value> made = arena_.array<Value>(loop.size);
  std::ranges::transform(order, made.begin(), [&loop](std::size_t i) { return loop.range.at(i); });
  return Value::list(made);
}

Value Evaluation::over_optional(const Loop& loop) {
  if (!loop.range.is(Kind::optional)) return mismatch("optMap", {&loop.range, 1});
  if (loop.range.as_optional() == nullptr) return loop.range;
  locals_[loop.instruction.index] = *loop.range.as_optional();
  const Value value = run(loop.body);
  if (value.is_failure()) return value;
  if (loop.instruction.macro == Macro::opt_map) return Value::optional(arena_.make<Value>(value));
  return value.is(Kind::optional) ? value : mismatch("optFlatMap", {&value, 1});
}

}  // namespace claw::cel
