#include "config/hcl/node.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/hcl/evaluate.h"
#include "config/number.h"

namespace claw::config {

namespace {

const Scope& no_scope() {
  static const Scope scope;
  return scope;
}

// `a.b.c` as its parts; empty for anything else.
std::vector<std::string> dotted_parts(const Expression& expression) {
  if (const auto* variable = expression.as<Variable>()) return {variable->name};
  const auto* attribute = expression.as<GetAttribute>();
  if (!attribute) return {};
  std::vector<std::string> parts = dotted_parts(*attribute->object);
  if (!parts.empty()) parts.push_back(attribute->name);
  return parts;
}

Node node_of(const Range& range, Kind kind) {
  Node node;
  node.range = range;
  node.kind = kind;
  return node;
}

Node node_of(const Value& value, const Range& range) {
  Node node = node_of(range, Kind::null);
  switch (value.kind) {
    case ValueKind::unknown: node.broken = true; break;
    case ValueKind::null: break;
    case ValueKind::boolean:
      node.kind = Kind::boolean;
      node.boolean = value.boolean;
      break;
    case ValueKind::number:
      node.kind = Kind::number;
      node.number = to_number(value.text, value.text);
      break;
    case ValueKind::string:
      node.kind = Kind::string;
      node.text = value.text;
      break;
    case ValueKind::list:
    case ValueKind::tuple:
    case ValueKind::set:
      node.kind = Kind::list;
      for (const Value& item : value.items) node.items.push_back(node_of(item, range));
      break;
    case ValueKind::map:
    case ValueKind::object:
      node.kind = Kind::object;
      for (std::size_t i = 0; i < value.keys.size(); ++i) {
        node.members.push_back({value.keys[i], range, node_of(value.items[i], range)});
      }
      break;
  }
  return node;
}

Node evaluated(const Expression& expression, Diagnostics& diagnostics) {
  return node_of(evaluate(expression, no_scope(), diagnostics), expression.range);
}

Node string_node(const Range& range, const StringLiteral& literal) {
  Node node = node_of(range, Kind::string);
  node.text = literal.value.text;
  node.anchors = literal.value.anchors;
  return node;
}

Node list_node(const Range& range, const Tuple& tuple, Diagnostics& diagnostics) {
  Node node = node_of(range, Kind::list);
  for (const ExpressionPtr& item : tuple.items) node.items.push_back(make_node(*item, diagnostics));
  return node;
}

Node object_node(const Range& range, const Object& object, Diagnostics& diagnostics) {
  Node node = node_of(range, Kind::object);
  std::map<std::string, Range> seen;
  for (const ObjectItem& item : object.items) {
    const Value key = evaluate(*item.key, no_scope(), diagnostics);
    const auto name = convert_to_string(key);
    if (key.is_unknown()) continue;
    if (!name || name->is_null()) {
      diagnostics.error(item.key->range, fmt::format("a key must be a string, not {}", name_of(key.kind)));
      continue;
    }
    if (!seen.emplace(name->text, item.key->range).second) {
      diagnostics.error(item.key->range, fmt::format("{} is set twice", quoted(name->text)));
      continue;
    }
    node.members.push_back({name->text, item.key->range, make_node(*item.value, diagnostics)});
  }
  return node;
}

}  // namespace

Node make_node(const Expression& expression, Diagnostics& diagnostics) {
  const Range& range = expression.range;
  if (const auto* literal = expression.as<StringLiteral>()) return string_node(range, *literal);
  if (const auto* tuple = expression.as<Tuple>()) return list_node(range, *tuple, diagnostics);
  if (const auto* object = expression.as<Object>()) return object_node(range, *object, diagnostics);
  if (const auto* inner = expression.as<Parentheses>()) return make_node(*inner->inner, diagnostics);
  Node reference = node_of(range, Kind::reference);
  reference.parts = dotted_parts(expression);
  if (!reference.parts.empty()) return reference;
  Node node = evaluated(expression, diagnostics);
  if (const auto* number = expression.as<NumberLiteral>()) node.number.text = number->text;
  return node;
}

}  // namespace claw::config
