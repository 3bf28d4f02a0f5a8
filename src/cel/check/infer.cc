#include "cel/check/infer.h"

namespace claw::cel {
namespace {

bool is_variable(const Type& type) { return type.kind() == TypeKind::variable; }

// Null may stand for the types that a message field could leave out.
bool is_nullable(const Type& type) {
  switch (type.kind()) {
    case TypeKind::null:
    case TypeKind::timestamp:
    case TypeKind::duration:
    case TypeKind::optional:
    case TypeKind::ip:
    case TypeKind::cidr: return true;
    case TypeKind::dyn:
    case TypeKind::error:
    case TypeKind::variable:
    case TypeKind::boolean:
    case TypeKind::int64:
    case TypeKind::uint64:
    case TypeKind::float64:
    case TypeKind::string:
    case TypeKind::bytes:
    case TypeKind::type:
    case TypeKind::list:
    case TypeKind::map: return false;
  }
  return false;
}

bool at_least_as_general(const Type& a, const Type& b) {
  if (a.is_dyn() || is_variable(a) || b.kind() == TypeKind::null) return true;
  if (b.is_dyn() || is_variable(b) || a.kind() != b.kind()) return false;
  for (std::size_t i = 0; i < a.parameters().size(); ++i)
    if (!at_least_as_general(a.parameter(i), b.parameter(i))) return false;
  return true;
}

Type most_general(const Type& a, const Type& b) { return at_least_as_general(a, b) ? a : b; }

Type rebuilt(const Type& type, std::vector<Type> parameters) {
  if (type.kind() == TypeKind::list) return Type::list(std::move(parameters[0]));
  if (type.kind() == TypeKind::optional) return Type::optional(std::move(parameters[0]));
  return Type::map(std::move(parameters[0]), std::move(parameters[1]));
}

Type renumbered(const Type& type, std::uint32_t by) {
  if (is_variable(type)) return Type::variable(type.number() + by);
  if (type.parameters().empty()) return type;
  std::vector<Type> parameters;
  for (const Type& parameter : type.parameters()) parameters.push_back(renumbered(parameter, by));
  return rebuilt(type, std::move(parameters));
}

}  // namespace

Type Inference::fresh() {
  bound_.emplace_back();
  return Type::variable(static_cast<std::uint32_t>(bound_.size() - 1));
}

std::vector<Type> Inference::instantiate(std::span<const Type> types, std::uint32_t count) {
  std::vector<Type> made(types.begin(), types.end());
  if (count == 0) return made;
  const auto by = static_cast<std::uint32_t>(bound_.size());
  bound_.resize(bound_.size() + count);
  for (Type& type : made) type = renumbered(type, by);
  return made;
}

// The last variable of a chain of variables; chains can be as long as the expression, so no recursion.
const Type& Inference::root(const Type& type) const {
  const Type* at = &type;
  while (is_variable(*at)) {
    const auto& to = bound_.at(at->number());
    if (!to || !is_variable(*to)) break;
    at = &*to;
  }
  return *at;
}

Type Inference::resolve(const Type& unresolved, bool free_is_dyn) const {
  const Type& type = root(unresolved);
  if (is_variable(type)) {
    if (const auto& to = bound_.at(type.number())) return resolve(*to, free_is_dyn);
    return free_is_dyn ? Type::dyn() : type;
  }
  if (type.parameters().empty()) return type;
  std::vector<Type> parameters;
  for (const Type& parameter : type.parameters()) parameters.push_back(resolve(parameter, free_is_dyn));
  return rebuilt(type, std::move(parameters));
}

void Inference::bind(std::uint32_t number, Type type) {
  trail_.emplace_back(number, bound_.at(number));
  bound_.at(number) = std::move(type);
}

void Inference::undo(std::size_t mark) {
  for (; trail_.size() > mark; trail_.pop_back()) {
    bound_.at(trail_.back().first) = std::move(trail_.back().second);
  }
}

bool Inference::assignable(const Type& wanted, const Type& actual) {
  return assignable({&wanted, 1}, {&actual, 1});
}

bool Inference::assignable(std::span<const Type> wanted, std::span<const Type> actual) {
  const std::size_t mark = trail_.size();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (fits(actual[i], wanted[i])) continue;
    undo(mark);
    return false;
  }
  return true;
}

Type Inference::join(const Type& a, const Type& b) {
  return assignable(a, b) ? most_general(a, b) : Type::dyn();
}

bool Inference::mentions(const Type& start, std::uint32_t number) const {
  const Type& type = root(start);
  if (is_variable(type)) {
    if (type.number() == number) return true;
    const auto& to = bound_.at(type.number());
    return to && mentions(*to, number);
  }
  for (const Type& parameter : type.parameters())
    if (mentions(parameter, number)) return true;
  return false;
}

bool Inference::substitutes(const Type& type, const Type& variable, bool& was_bound) {
  if (type == variable) return was_bound = true;
  const std::optional<Type> before = bound_.at(variable.number());
  was_bound = before.has_value();
  if (before && !fits(type, *before)) return false;
  const Type to = before ? most_general(type, *before) : type;
  if (mentions(to, variable.number())) return before.has_value();
  bind(variable.number(), to);
  return true;
}

bool Inference::fits(const Type& first, const Type& second) {
  const Type a = root(first);  // Copies: binding moves what root() points into.
  const Type b = root(second);
  bool was_bound = false;
  if (is_variable(b)) {
    if (substitutes(a, b, was_bound)) return true;
    if (was_bound) return false;
  }
  if (is_variable(a)) return substitutes(b, a, was_bound);
  if (a.is_dyn() || b.is_dyn()) return true;
  if (a.kind() == TypeKind::null) return is_nullable(b);
  if (b.kind() == TypeKind::null) return is_nullable(a);
  return a.kind() == b.kind() && fits_parameters(a, b);
}

bool Inference::fits_parameters(const Type& a, const Type& b) {
  for (std::size_t i = 0; i < a.parameters().size(); ++i)
    if (!fits(a.parameter(i), b.parameter(i))) return false;
  return true;
}

}  // namespace claw::cel
