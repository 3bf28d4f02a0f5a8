#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/check/checker.h"

namespace claw::cel {
namespace {

// Names that stand for a type: `type(x) == int`.
bool is_type_name(std::string_view name) {
  for (auto kind = TypeKind::boolean; kind != TypeKind::variable;
       kind = static_cast<TypeKind>(static_cast<int>(kind) + 1)) {
    if (name_of(kind) == name) return true;
  }
  return false;
}

}  // namespace

Environment::Environment(std::vector<Variable> variables, std::string container)
    : variables_(std::move(variables)), container_(std::move(container)) {
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const bool is_new = slots_.emplace(variables_[i].name, static_cast<std::uint32_t>(i)).second;
    CLAW_CHECK(is_new);
  }
}

std::optional<std::uint32_t> Environment::find(std::string_view name) const {
  const auto found = slots_.find(std::string(name));
  if (found == slots_.end()) return std::nullopt;
  return found->second;
}

// In container `a.b` the name `x` is looked up as `a.b.x`, `a.x`, `x`; the name `.x` only as `x`.
std::vector<std::string> Checker::candidates(std::string_view name) const {
  if (name.starts_with('.')) return {std::string(name.substr(1))};
  std::vector<std::string> names;
  std::string_view container = environment_.container();
  while (!container.empty()) {
    names.push_back(fmt::format("{}.{}", container, name));
    const std::size_t dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view() : container.substr(0, dot);
  }
  names.emplace_back(name);
  return names;
}

bool Checker::resolve_name(NodeId id, std::string_view name) {
  for (const std::string& candidate : candidates(name)) {
    if (const auto slot = environment_.find(candidate)) {
      const Variable& variable = environment_.variables()[*slot];
      node(id).target = Target::slot;
      node(id).index = *slot;
      node(id).folded = variable.folded;
      node(id).type = variable.type;
      return true;
    }
    if (is_type_name(candidate)) {
      node(id).target = Target::type;
      node(id).name = candidate;
      node(id).type = Type::type();
      return true;
    }
  }
  return false;
}

std::string Checker::dotted_name(NodeId id) const {
  std::vector<std::string_view> parts;
  const Node* at = &node(id);
  for (; at->kind == NodeKind::select && !at->optional; at = &node(at->children[0])) {
    parts.push_back(at->name);
  }
  if (at->kind != NodeKind::identifier) return {};
  std::string name = at->name;
  for (std::size_t i = parts.size(); i-- > 0;) name += '.' + std::string(parts[i]);
  return name;
}

const Checker::Local* Checker::find_local(std::string_view name) const {
  const auto found =
      std::find_if(locals_.rbegin(), locals_.rend(), [&](const Local& l) { return l.name == name; });
  return found == locals_.rend() ? nullptr : &*found;
}

bool Checker::starts_with_local(std::string_view dotted) const {
  return find_local(dotted.substr(0, dotted.find('.', 1))) != nullptr;
}

// Makes a select (or identifier) that spells a declared name that name.
bool Checker::resolve_prefix(NodeId id) {
  const std::string dotted = dotted_name(id);
  return !dotted.empty() && !starts_with_local(dotted) && resolve_name(id, dotted);
}

void Checker::undeclared(NodeId id, const std::string& name) {
  std::vector<std::string> known;
  for (const Variable& variable : environment_.variables()) known.push_back(variable.name);
  auto suggestion = nearest(name, known);
  // `sql.tabels.size`: the part that was meant to be a variable may be shorter than what was written.
  for (std::size_t dot = name.rfind('.'); !suggestion && dot != std::string::npos && dot > 0;
       dot = name.rfind('.', dot - 1)) {
    suggestion = nearest(name.substr(0, dot), known);
  }
  complain(id, fmt::format("nothing is called {} here", quoted(name)), suggestion.value_or(""));
}

// `math.greatest(a)` is parsed as a method of `math`; here it becomes a function of that name.
void Checker::qualify_call(NodeId id) {
  Node& call = node(id);
  if (call.name.starts_with('.')) call.name.erase(0, 1);
  if (!call.receiver) return;
  std::string target = dotted_name(call.children[0]);
  if (target.empty() || starts_with_local(target)) return;
  if (target.starts_with('.')) target.erase(0, 1);
  const std::string qualified = target + "." + call.name;
  if (overloads_of(qualified).empty()) return;
  call.name = qualified;
  call.receiver = false;
  call.children.erase(call.children.begin());
}

std::string Checker::suggest_call(const Node& call) const {
  return nearest(call.name, function_names()).value_or("");
}

// `sets.intersect(a, b)`: without this the complaint would be that nothing is called `sets`.
std::optional<std::string> Checker::misspelled_call(NodeId id) const {
  const Node& call = node(id);
  if (!call.receiver || !overloads_of(call.name).empty()) return std::nullopt;
  const std::string target = dotted_name(call.children[0]);
  if (target.empty() || starts_with_local(target) || environment_.find(target)) return std::nullopt;
  auto meant = nearest(target + "." + call.name, function_names());
  return meant && meant->find('.') != std::string::npos ? meant : std::nullopt;
}

std::string Checker::describe(const Node& call, const std::vector<Type>& arguments) const {
  std::string types;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    types += (i == 0 ? "" : ", ") + inference_.resolve(arguments[i], true).name();
  std::string name = call.name;
  if (name.starts_with('_') || name.ends_with('_') || name.starts_with('@'))
    std::erase_if(name, [](char c) { return c == '_' || c == '@'; });
  if (call.receiver && !arguments.empty()) {
    const std::size_t comma = std::min(types.find(", "), types.size());
    return fmt::format("`{}` has no {}({})",
                       types.substr(0, inference_.resolve(arguments[0], true).name().size()), name,
                       types.substr(std::min(comma + 2, types.size())));
  }
  return fmt::format("`{}` does not take ({})", name, types);
}

}  // namespace claw::cel
