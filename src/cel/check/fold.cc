#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/check/checker.h"
#include "cel/pattern.h"

namespace claw::cel {
namespace {

// Functions of two operands that compare text: if one side is always lower case, the other is lowered.
constexpr std::array<std::string_view, 9> comparing = {
    "_==_",           "_!=_", "@in", "startsWith", "endsWith", "contains", "sets.contains", "sets.equivalent",
    "sets.intersects"};

// Where a pattern stands among the children.
struct PatternPlace {
  std::string_view name;
  std::size_t child;
};
constexpr std::array<PatternPlace, 4> patterns{{
    {"matches", 1}, {"regex.replace", 1}, {"regex.extract", 1}, {"regex.extractAll", 1}}};

}  // namespace

void Checker::fold_call(NodeId id) {
  const Node& call = node(id);
  if (call.name == "_[_]") {
    node(id).folded = node(call.children[0]).folded;
    return;
  }
  if (call.children.size() != 2 || std::ranges::find(comparing, call.name) == comparing.end()) return;
  const bool left = node(call.children[0]).folded;
  const bool right = node(call.children[1]).folded;
  if (left && !right) lower_operand(id, 1);
  if (right && !left) lower_operand(id, 0);
}

// A literal is lowered here and now; any other text by a call, so that `sql.verb == http.query` compares
// alike.
void Checker::lower_operand(NodeId parent, std::size_t child) {
  const NodeId id = node(parent).children[child];
  if (auto* text = std::get_if<std::string>(&node(id).literal)) {
    *text = lower(*text);
    return;
  }
  if (node(id).kind == NodeKind::list || node(id).kind == NodeKind::map) {
    const std::size_t step = node(id).kind == NodeKind::map ? 2 : 1;  // Only the keys of a map are compared.
    for (std::size_t i = 0; i < node(id).children.size(); i += step) lower_operand(id, i);
    return;
  }
  if (node(id).folded || inference_.resolve(node(id).type).kind() != TypeKind::string) return;
  Node wrapped;
  wrapped.kind = NodeKind::call;
  wrapped.name = "lowerAscii";
  wrapped.receiver = true;
  wrapped.children = {id};
  wrapped.offset = node(id).offset;
  wrapped.length = node(id).length;
  wrapped.type = Type::string();
  ast_.nodes.push_back(std::move(wrapped));
  node(parent).children[child] = static_cast<NodeId>(ast_.nodes.size() - 1);
}

void Checker::check_pattern(NodeId id) {
  for (const auto& [name, child] : patterns) {
    if (node(id).name != name || node(id).children.size() <= child) continue;
    const NodeId pattern = node(id).children[child];
    const auto* text = std::get_if<std::string>(&node(pattern).literal);
    if (text == nullptr || node(pattern).kind != NodeKind::literal) continue;
    if (const auto compiled = Pattern::compile(*text); !compiled.ok()) {
      complain(pattern, compiled.error().what);
    }
  }
}

}  // namespace claw::cel
