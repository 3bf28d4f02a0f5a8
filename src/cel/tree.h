// The tree of an expression. Nodes lie in one vector and name their children by index, so that no
// expression, however deep, recurses when it is destroyed. The parser builds it (macros are nodes of
// their own); the checker writes each node's type and what its name stands for into it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "cel/type.h"

namespace claw::cel {

using NodeId = std::uint32_t;

struct Bytes {
  std::string text;
};
using Literal = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Bytes>;

enum class NodeKind : std::uint8_t {
  literal,
  identifier,     // name
  select,         // children: operand; name: field
  has,            // the same, only asked for
  call,           // name; children: (target if `receiver`) arguments
  list,           // children: elements
  map,            // children: key, value, key, value, …
  structure,      // name{…}: parsed, and refused by the checker: there are no message types here
  comprehension,  // macro; variable, second; children: range, (filter,) body
};

enum class Macro : std::uint8_t {
  none, all, exists, exists_one, map, filter, transform_list, transform_map, transform_map_entry,
  sort_by, bind, opt_map, opt_flat_map,
};

// What a name stands for, once checked.
enum class Target : std::uint8_t { none, slot, local, type };

struct Node {
  NodeKind kind = NodeKind::literal;
  Macro macro = Macro::none;
  Target target = Target::none;
  bool receiver = false;             // A call `a.f(b)`: the first child is the target.
  bool optional = false;             // `a.?b`
  bool folded = false;               // A text (or a list of texts) that is always lower case.
  std::uint16_t depth = 1;           // Levels below and with this one.
  std::uint32_t index = 0;           // Of the slot or local it stands for.
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::string name;
  std::string second;                // The second variable of a comprehension.
  Literal literal;
  std::vector<NodeId> children;
  std::vector<bool> optionals;       // `[?a]` and `{?k: v}`: one per element or entry, or empty.
  Type type;
};

struct Ast {
  std::string source;
  std::vector<Node> nodes;
  NodeId root = 0;
  std::uint32_t locals_max = 0;  // Most comprehension variables in scope at once; set by the checker.

  const Node& at(NodeId id) const { return nodes.at(id); }
  Node& at(NodeId id) { return nodes.at(id); }
};

constexpr std::size_t nodes_max = 32 * 1024;

}  // namespace claw::cel
