// Type variables and what they stand for, while one expression is checked. Follows the algorithm of the
// reference checker: a variable is bound to the most general type it met; anything may stand for dyn.
// Only the checker uses it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "cel/type.h"

namespace claw::cel {

class Inference {
 public:
  Type fresh();

  // Replaces variables by what they stand for; `free_is_dyn` makes the unbound ones dyn.
  Type resolve(const Type& unresolved, bool free_is_dyn = false) const;
  // Gives a declaration's variables (numbered 0..count-1) new names of their own.
  std::vector<Type> instantiate(std::span<const Type> types, std::uint32_t count);

  // May `actual` stand where `wanted` is? Binds variables if so, and none if not.
  bool assignable(const Type& wanted, const Type& actual);
  bool assignable(std::span<const Type> wanted, std::span<const Type> actual);
  Type join(const Type& a, const Type& b);  // The type of a list that holds both.

 private:
  const Type& root(const Type& type) const;
  bool fits(const Type& first, const Type& second);
  bool fits_parameters(const Type& a, const Type& b);
  bool substitutes(const Type& type, const Type& variable, bool& was_bound);
  bool mentions(const Type& start, std::uint32_t number) const;
  void bind(std::uint32_t number, Type type);
  void undo(std::size_t mark);

  std::vector<std::optional<Type>> bound_;
  std::vector<std::pair<std::uint32_t, std::optional<Type>>> trail_;
};

}  // namespace claw::cel
