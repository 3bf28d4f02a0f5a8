// What names mean while an expression is checked: the declared variables, each with its type, and the
// container in which short names are looked up. Built once by the schema of actions; it holds no values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cel/type.h"

namespace claw::cel {

struct Variable {
  std::string name;  // May be dotted (`sql.verb`): the longest declared prefix of a select chain wins.
  Type type;
  // The value (or every element of the list) is always lower case: text it is compared with is lowered
  // when the expression is checked, so that a rule cannot miss for its spelling.
  bool folded = false;
};

class Environment {
 public:
  // The index of a variable is its slot. Names must be unique.
  explicit Environment(std::vector<Variable> variables, std::string container = {});

  const std::vector<Variable>& variables() const { return variables_; }
  std::optional<std::uint32_t> find(std::string_view name) const;
  const std::string& container() const { return container_; }

 private:
  std::vector<Variable> variables_;
  std::unordered_map<std::string, std::uint32_t> slots_;
  std::string container_;
};

}  // namespace claw::cel
