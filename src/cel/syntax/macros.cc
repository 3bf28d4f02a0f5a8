#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/syntax/parser.h"

namespace claw::cel {
namespace {

// `range.name(variables…, [filter,] body)`; the number of arguments tells the forms apart.
struct Form {
  std::string_view name;
  std::size_t arguments;
  std::size_t variables;
  Macro macro;
};
constexpr std::array<Form, 20> forms{{
    {"all", 2, 1, Macro::all}, {"all", 3, 2, Macro::all},
    {"exists", 2, 1, Macro::exists}, {"exists", 3, 2, Macro::exists},
    {"exists_one", 2, 1, Macro::exists_one}, {"exists_one", 3, 2, Macro::exists_one},
    {"existsOne", 2, 1, Macro::exists_one}, {"existsOne", 3, 2, Macro::exists_one},
    {"map", 2, 1, Macro::map}, {"map", 3, 1, Macro::map},
    {"filter", 2, 1, Macro::filter},
    {"transformList", 3, 2, Macro::transform_list}, {"transformList", 4, 2, Macro::transform_list},
    {"transformMap", 3, 2, Macro::transform_map}, {"transformMap", 4, 2, Macro::transform_map},
    {"transformMapEntry", 3, 2, Macro::transform_map_entry},
    {"transformMapEntry", 4, 2, Macro::transform_map_entry},
    {"sortBy", 2, 1, Macro::sort_by},
    {"optMap", 2, 1, Macro::opt_map}, {"optFlatMap", 2, 1, Macro::opt_flat_map},
}};

constexpr std::size_t block_parts_max = 128;  // Each part is one level of nesting.

Error error_at(const Node& node, std::string what) {
  return invalid(std::move(what), fmt::format("{}:{}", node.offset, node.length));
}

Result<std::string> variable_name(const Node& node) {
  if (node.kind != NodeKind::identifier || node.name.starts_with('.'))
    return error_at(node, "a macro's variable must be a simple name");
  if (node.name == "__result__") return error_at(node, "`__result__` is taken by the macro itself");
  return node.name;
}

Result<Node> expand_form(const Ast& ast, const Form& form, Node call) {
  CLAW_TRY(call.name, variable_name(ast.at(call.children[1])));
  if (form.variables == 2) {
    CLAW_TRY(call.second, variable_name(ast.at(call.children[2])));
    if (call.name == call.second) {
      return error_at(ast.at(call.children[2]), "the two variables need two names");
    }
  }
  call.kind = NodeKind::comprehension;
  call.macro = form.macro;
  call.receiver = false;
  const auto first = call.children.begin() + 1;
  call.children.erase(first, first + static_cast<std::ptrdiff_t>(form.variables));
  return call;
}

Result<Node> expand_has(const Ast& ast, Node call) {
  const Node& operand = ast.at(call.children[0]);
  if (operand.kind != NodeKind::select || operand.optional) {
    return error_at(operand, "has() asks for a field: has(a.b)");
  }
  call.kind = NodeKind::has;
  call.name = operand.name;
  call.children = operand.children;
  return call;
}

std::optional<std::int64_t> small_number(const Ast& ast, NodeId id) {
  const auto* value = std::get_if<std::int64_t>(&ast.at(id).literal);
  if (ast.at(id).kind != NodeKind::literal || value == nullptr || *value < 0) return std::nullopt;
  return *value;
}

Node bind(NodeId init, NodeId body, std::string name, const Node& place) {
  Node node;
  node.kind = NodeKind::comprehension;
  node.macro = Macro::bind;
  node.name = std::move(name);
  node.children = {init, body};
  node.offset = place.offset;
  node.length = place.length;
  return node;
}

// cel.block([a, b], body): each element is a binding the later ones may use as cel.index(n).
Result<Node> expand_block(Ast& ast, Node call) {
  const Node& list = ast.at(call.children[1]);
  if (list.kind != NodeKind::list || list.children.empty() || list.children.size() > block_parts_max)
    return error_at(list, "cel.block() takes a list of parts first");
  const std::vector<NodeId> parts = list.children;
  NodeId body = call.children[2];
  for (std::size_t i = parts.size(); i-- > 0;) {
    Node node = bind(parts[i], body, fmt::format("@index{}", i), call);
    node.depth = static_cast<std::uint16_t>(1 + std::max(ast.at(parts[i]).depth, ast.at(body).depth));
    if (i == 0) return node;
    ast.nodes.push_back(std::move(node));
    body = static_cast<NodeId>(ast.nodes.size() - 1);
  }
  return call;
}

Result<Node> expand_placeholder(const Ast& ast, Node call) {
  std::string name = call.name == "index" ? "@index" : "@it";
  for (const NodeId id : std::span(call.children).subspan(1)) {
    const auto number = small_number(ast, id);
    if (!number) return error_at(ast.at(id), "this must be a small number");
    name += (call.name == "index" ? "" : ":") + std::to_string(*number);
  }
  call.kind = NodeKind::identifier;
  call.name = std::move(name);
  call.receiver = false;
  call.children.clear();
  return call;
}

Result<Node> expand_cel(Ast& ast, Node call) {
  const std::size_t arguments = call.children.size() - 1;
  if (call.name == "bind" && arguments == 3) {
    CLAW_TRY(std::string name, variable_name(ast.at(call.children[1])));
    return bind(call.children[2], call.children[3], std::move(name), call);
  }
  if (call.name == "block" && arguments == 2) return expand_block(ast, std::move(call));
  if ((call.name == "index" && arguments == 1) || (call.name == "iterVar" && arguments == 2))
    return expand_placeholder(ast, std::move(call));
  return call;
}

// math.greatest(a, b, c, …) takes any number: three and more become one list.
Result<Node> expand_extreme(Ast& ast, Node call) {
  if (call.children.size() == 1) return error_at(call, fmt::format("math.{}() needs an argument", call.name));
  if (call.children.size() <= 3) return call;
  Node list;
  list.kind = NodeKind::list;
  list.offset = call.offset;
  list.length = call.length;
  list.children.assign(call.children.begin() + 1, call.children.end());
  for (const NodeId id : list.children) {
    list.depth = std::max<std::uint16_t>(list.depth, ast.at(id).depth + 1);
  }
  ast.nodes.push_back(std::move(list));
  call.children = {call.children[0], static_cast<NodeId>(ast.nodes.size() - 1)};
  return call;
}

}  // namespace

Result<Node> expand_macro(Ast& ast, Node call) {
  if (!call.receiver && call.name == "has" && call.children.size() == 1) {
    return expand_has(ast, std::move(call));
  }
  if (!call.receiver) return call;
  const Node& target = ast.at(call.children[0]);
  const bool named = target.kind == NodeKind::identifier;
  if (named && target.name == "cel") return expand_cel(ast, std::move(call));
  if (named && target.name == "math" && (call.name == "greatest" || call.name == "least"))
    return expand_extreme(ast, std::move(call));
  for (const Form& form : forms)
    if (form.name == call.name && form.arguments == call.children.size() - 1)
      return expand_form(ast, form, std::move(call));
  return call;
}

}  // namespace claw::cel
