#include "cel/check/checker.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::cel {
namespace {

Type literal_type(const Literal& literal) {
  static const std::array<Type, 7> types = {Type::null(), Type::boolean(), Type::int64(), Type::uint64(),
                                            Type::float64(), Type::string(), Type::bytes()};
  return types.at(literal.index());
}

bool may_be_key(const Type& type) {
  return type.is_dyn() || type == Type::boolean() || type == Type::int64() || type == Type::uint64() ||
         type == Type::string();
}

}  // namespace

Type Checker::complain(NodeId id, std::string text, std::string suggestion) {
  if (strictness_ == Strictness::unchecked) return Type::dyn();
  if (issues_.size() < issues_max)
    issues_.push_back({node(id).offset, node(id).length, std::move(text), std::move(suggestion)});
  return Type::error();
}

Result<CheckedAst> Checker::check(Issues* issues) {
  const Type type = check_node(ast_.root);
  if (!issues_.empty()) {
    const Issue& first = issues_.front();
    std::string text = first.text;
    if (!first.suggestion.empty()) text += fmt::format(", did you mean `{}`?", first.suggestion);
    Error error = invalid(std::move(text), fmt::format("{}:{}", first.offset, first.length));
    if (issues != nullptr) issues->insert(issues->end(), issues_.begin(), issues_.end());
    return error;
  }
  for (Node& each : ast_.nodes) each.type = inference_.resolve(each.type, true);
  const Type whole = inference_.resolve(type, true);
  return CheckedAst(std::move(ast_), whole);
}

Type Checker::check_node(NodeId id) {
  const Type type = check_kind(id);
  node(id).type = type;
  return type;
}

Type Checker::check_kind(NodeId id) {
  switch (node(id).kind) {
    case NodeKind::literal: return literal_type(node(id).literal);
    case NodeKind::identifier: return check_identifier(id);
    case NodeKind::select: return check_select(id);
    case NodeKind::has: return check_has(id);
    case NodeKind::call: return check_call(id);
    case NodeKind::list: return check_list(id);
    case NodeKind::map: return check_map(id);
    case NodeKind::structure: return complain(id, "there are no message types here");
    case NodeKind::comprehension:
      return node(id).macro == Macro::bind ? check_bind(id) : check_comprehension(id);
  }
  return Type::error();
}

Type Checker::check_identifier(NodeId id) {
  const std::string name = node(id).name;
  if (const Local* local = find_local(name)) {
    node(id).target = Target::local;
    node(id).index = static_cast<std::uint32_t>(local - locals_.data());
    node(id).folded = local->folded;
    return local->type;
  }
  if (resolve_name(id, name)) return node(id).type;
  undeclared(id, name);
  return strictness_ == Strictness::unchecked ? Type::dyn() : Type::error();
}

Type Checker::check_select(NodeId id) {
  if (resolve_prefix(id)) return node(id).type;
  const std::string dotted = dotted_name(id);
  const NodeId operand = node(id).children[0];
  if (!dotted.empty() && !starts_with_local(dotted)) {
    // If not even the shortest prefix is declared, the whole name is what the author meant.
    NodeId first = operand;
    bool known = resolve_prefix(first);
    while (!known && node(first).kind == NodeKind::select) {
      known = resolve_prefix(first = node(first).children[0]);
    }
    if (!known) {
      undeclared(id, dotted);
      return strictness_ == Strictness::unchecked ? Type::dyn() : Type::error();
    }
  }
  const Type type = check_node(operand);
  return select_from(id, type);
}

Type Checker::select_from(NodeId id, const Type& operand) {
  Type type = inference_.resolve(operand);
  const bool optional = node(id).optional || type.kind() == TypeKind::optional;
  if (type.kind() == TypeKind::optional) type = type.parameter(0);
  Type field = Type::dyn();
  if (type.kind() == TypeKind::map) {
    field = type.parameter(1);
  } else if (type.kind() == TypeKind::variable) {
    inference_.assignable(Type::dyn(), type);
  } else if (!type.is_dyn()) {
    return complain(id,
                    fmt::format("`{}` has no fields, so none called {}", type.name(), quoted(node(id).name)));
  }
  return optional ? Type::optional(field) : field;
}

Type Checker::check_has(NodeId id) {
  const std::string operand = dotted_name(node(id).children[0]);
  const std::string whole = operand + "." + node(id).name;
  if (!operand.empty() && !starts_with_local(operand) && resolve_name(id, whole) &&
      node(id).target == Target::slot) {
    return Type::boolean();
  }
  node(id).target = Target::none;
  select_from(id, check_node(node(id).children[0]));
  return Type::boolean();
}

Type Checker::check_call(NodeId id) {
  qualify_call(id);
  if (const auto meant = misspelled_call(id)) return complain(id, "there is no such function", *meant);
  if (!node(id).receiver && (node(id).name == "_&&_" || node(id).name == "_||_")) return check_joined(id);
  const std::vector<NodeId> children = node(id).children;
  std::vector<Type> arguments;
  for (const NodeId child : children) arguments.push_back(check_node(child));
  const Type type = resolve_call(id, arguments);
  if (type.kind() != TypeKind::error) fold_call(id);
  check_pattern(id);
  return type;
}

Type Checker::check_joined(NodeId id) {
  const std::vector<NodeId> children = node(id).children;
  for (const NodeId child : children) {
    const Type type = check_node(child);
    if (!inference_.assignable(Type::boolean(), type))
      complain(child, fmt::format("`{}` takes bool, not {}", node(id).name.substr(1, 2),
                                  inference_.resolve(type, true).name()));
  }
  return Type::boolean();
}

Type Checker::resolve_call(NodeId id, const std::vector<Type>& arguments) {
  std::optional<Type> result;
  const auto overloads = overloads_of(node(id).name);
  for (const Overload& overload : overloads) {
    if (overload.receiver != node(id).receiver || overload.parameters.size() != arguments.size()) continue;
    std::vector<Type> types = overload.parameters;
    types.push_back(overload.result);
    types = inference_.instantiate(types, overload.variables);
    if (!inference_.assignable(std::span(types).first(arguments.size()), arguments)) continue;
    const Type type = inference_.resolve(types.back());
    if (!result) {
      result = type;
    } else if (!(*result == type)) {
      result = Type::dyn();
    }
  }
  if (result) return *result;
  for (const Type& argument : arguments)
    if (argument.kind() == TypeKind::error) return Type::error();
  if (overloads.empty())
    return complain(id, fmt::format("there is no function {}", quoted(node(id).name)),
                    suggest_call(node(id)));
  return complain(id, describe(node(id), arguments));
}

Type Checker::unwrap_optional(NodeId id, const Type& type) {
  const Type resolved = inference_.resolve(type);
  if (resolved.kind() == TypeKind::optional) return resolved.parameter(0);
  if (resolved.is_dyn() || resolved.kind() == TypeKind::variable) return Type::dyn();
  return complain(id, fmt::format("`?` needs an optional here, not {}", resolved.name()));
}

Type Checker::check_list(NodeId id) {
  const std::vector<NodeId> children = node(id).children;
  const std::vector<bool> optionals = node(id).optionals;
  std::optional<Type> element;
  for (std::size_t i = 0; i < children.size(); ++i) {
    Type type = check_node(children[i]);
    if (i < optionals.size() && optionals[i]) type = unwrap_optional(children[i], type);
    element = element ? inference_.join(*element, type) : type;
  }
  return Type::list(element ? *element : inference_.fresh());
}

Type Checker::check_map(NodeId id) {
  const std::vector<NodeId> children = node(id).children;
  const std::vector<bool> optionals = node(id).optionals;
  std::optional<Type> key;
  std::optional<Type> value;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    Type key_type = inference_.resolve(check_node(children[i]));
    if (key_type.kind() == TypeKind::variable) key_type = Type::dyn();
    if (!may_be_key(key_type)) {
      complain(children[i],
               fmt::format("a map's key is a string, a bool or a whole number, not {}", key_type.name()));
      key_type = Type::dyn();
    }
    Type value_type = check_node(children[i + 1]);
    if (optionals.at(i / 2)) value_type = unwrap_optional(children[i + 1], value_type);
    key = key ? inference_.join(*key, key_type) : key_type;
    value = value ? inference_.join(*value, value_type) : value_type;
  }
  if (!key) return Type::map(inference_.fresh(), inference_.fresh());
  return Type::map(*key, *value);
}

Checker::Element Checker::element_of(NodeId id, const Node& comprehension) {
  const Type range = inference_.resolve(node(id).type);
  const bool two = !comprehension.second.empty();
  const bool of_optional =
      comprehension.macro == Macro::opt_map || comprehension.macro == Macro::opt_flat_map;
  if (of_optional && range.kind() == TypeKind::optional) return {range.parameter(0), {}};
  if (!of_optional && range.kind() == TypeKind::list)
    return two ? Element{Type::int64(), range.parameter(0)} : Element{range.parameter(0), {}};
  if (!of_optional && range.kind() == TypeKind::map) return {range.parameter(0), range.parameter(1)};
  if (range.kind() == TypeKind::variable) inference_.assignable(Type::dyn(), range);
  if (!range.is_dyn() && range.kind() != TypeKind::variable)
    complain(id, fmt::format("this macro works on {}, not on {}",
                             of_optional ? "an optional" : "a list or map", range.name()));
  return {};
}

Type Checker::check_body(NodeId id) {
  ast_.locals_max = std::max(ast_.locals_max, static_cast<std::uint32_t>(locals_.size()));
  if (locals_.size() > locals_max) return complain(id, "too many variables in scope");
  return check_node(id);
}

Type Checker::check_comprehension(NodeId id) {
  const Node copy = node(id);
  const NodeId range = copy.children[0];
  check_node(range);
  const Element element = element_of(range, copy);
  const bool folded = node(range).folded && node(range).type.kind() == TypeKind::list;
  const std::size_t outer = locals_.size();
  node(id).index = static_cast<std::uint32_t>(outer);
  locals_.push_back({copy.name, element.first, folded && copy.second.empty()});
  if (!copy.second.empty()) locals_.push_back({copy.second, element.second, folded});
  if (copy.children.size() == 3) {
    const Type filter = check_body(copy.children[1]);
    if (!inference_.assignable(Type::boolean(), filter)) {
      complain(copy.children[1], "a filter must be a bool");
    }
  }
  const NodeId body = copy.children.back();
  const Type type = check_body(body);
  locals_.resize(outer);
  node(id).folded = copy.macro == Macro::map ? node(body).folded : folded && copy.macro == Macro::filter;
  return comprehension_type(id, node(range).type, type);
}

Type Checker::comprehension_type(NodeId id, const Type& range, const Type& body) {
  const Type ranged = inference_.resolve(range);
  const Type made = inference_.resolve(body);
  const NodeId last = node(id).children.back();
  const auto must_be = [&](const Type& wanted) {
    if (!inference_.assignable(wanted, body))
      complain(last, fmt::format("the last argument must be {}, not {}", wanted.name(),
                                 inference_.resolve(body, true).name()));
  };
  switch (node(id).macro) {
    case Macro::all:
    case Macro::exists:
    case Macro::exists_one: return must_be(Type::boolean()), Type::boolean();
    case Macro::filter: {
      must_be(Type::boolean());
      if (ranged.kind() == TypeKind::map) return Type::list(ranged.parameter(0));
      return ranged.kind() == TypeKind::list ? ranged : Type::list(Type::dyn());
    }
    case Macro::map:
    case Macro::transform_list: return Type::list(made);
    case Macro::transform_map:
      return Type::map(ranged.kind() == TypeKind::map ? ranged.parameter(0)
                       : ranged.kind() == TypeKind::list ? Type::int64() : Type::dyn(), made);
    case Macro::transform_map_entry: return must_be(Type::map(Type::dyn(), Type::dyn())), made;
    case Macro::sort_by: return ranged.kind() == TypeKind::list ? ranged : Type::list(Type::dyn());
    case Macro::opt_map: return Type::optional(made);
    case Macro::opt_flat_map: return must_be(Type::optional(Type::dyn())), made;
    case Macro::bind:
    case Macro::none: break;
  }
  return Type::error();
}

Type Checker::check_bind(NodeId id) {
  const NodeId init = node(id).children[0];
  const NodeId body = node(id).children[1];
  const Type type = check_node(init);
  node(id).index = static_cast<std::uint32_t>(locals_.size());
  locals_.push_back({node(id).name, type, node(init).folded});
  const Type result = check_body(body);
  locals_.pop_back();
  node(id).folded = node(body).folded;
  return result;
}

Result<CheckedAst> check(Ast ast, const Environment& environment, Issues* issues, Strictness strictness) {
  return Checker(std::move(ast), environment, strictness).check(issues);
}

}  // namespace claw::cel
