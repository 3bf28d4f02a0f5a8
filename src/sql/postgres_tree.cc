#include "sql/postgres_walk.h"

#include <algorithm>
#include <unordered_map>

namespace claw::sql::postgres {
namespace {

using enum Effect;

const std::unordered_map<std::string_view, Row>& rows() {
  static const std::unordered_map<std::string_view, Row> table = {
#define CLAW_NODE(kind, method) {#kind, {#kind, &Walk::method}},
#define CLAW_STATEMENT(kind, verb, method, ...) {#kind, {#kind, &Walk::method, verb, {__VA_ARGS__}}},
#define CLAW_FIELD(parent, field, kind)
#include "sql/postgres_nodes_table.inc"
#undef CLAW_NODE
#undef CLAW_STATEMENT
#undef CLAW_FIELD
  };
  return table;
}

struct Field {
  std::string_view parent;
  std::string_view name;
  std::string_view kind;

  bool operator<(const Field& other) const {
    return parent != other.parent ? parent < other.parent : name < other.name;
  }
};

const std::vector<Field>& fields() {
  static const std::vector<Field> sorted = [] {
    std::vector<Field> table = {
#define CLAW_NODE(kind, method)
#define CLAW_STATEMENT(kind, verb, method, ...)
#define CLAW_FIELD(parent, field, kind) {#parent, #field, #kind},
#include "sql/postgres_nodes_table.inc"
#undef CLAW_NODE
#undef CLAW_STATEMENT
#undef CLAW_FIELD
    };
    std::sort(table.begin(), table.end());
    return table;
  }();
  return sorted;
}

// An Array that was only constructed may not be iterated.
Array no_items() {
  static simdjson::dom::parser parser;
  static const Array none = parser.parse(std::string_view("[]")).get_array().value();
  return none;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

void append_parts(std::vector<std::string>& parts, Tree tree) {
  if (tree.is_array()) {
    for (const Tree item : Array(tree)) append_parts(parts, item);
    return;
  }
  const std::optional<Node> node = node_of(tree);
  if (!node) return;
  if (node->kind == "String") parts.emplace_back(text_of(node->object, "sval"));
  for (const std::string_view field : {"items", "names", "objname"})
    for (const Tree item : items_of(node->object, field)) append_parts(parts, item);
}

}  // namespace

const Row* row_of(std::string_view kind) {
  const auto found = rows().find(kind);
  return found == rows().end() ? nullptr : &found->second;
}

const Row* row_of(std::string_view parent, std::string_view field) {
  const Field wanted = {parent, field, {}};
  const auto found = std::lower_bound(fields().begin(), fields().end(), wanted);
  if (found == fields().end() || wanted < *found) return nullptr;
  return row_of(found->kind);
}

Array items_of(Object node, std::string_view field) {
  Array items;
  return node[field].get(items) == simdjson::SUCCESS ? items : no_items();
}

std::string_view text_of(Object node, std::string_view field) {
  std::string_view text;
  return node[field].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::int64_t number_of(Object node, std::string_view field) {
  std::int64_t number = 0;
  return node[field].get(number) == simdjson::SUCCESS ? number : 0;
}

bool flag_of(Object node, std::string_view field) {
  bool flag = false;
  return node[field].get(flag) == simdjson::SUCCESS && flag;
}

std::optional<Object> object_of(Object node, std::string_view field) {
  Object object;
  if (node[field].get(object) != simdjson::SUCCESS) return std::nullopt;
  return object;
}

// Kinds begin with a capital and fields never do; a test holds the grammar's table against that.
std::optional<Node> node_of(Tree tree) {
  Object object;
  if (tree.get(object) != simdjson::SUCCESS) return std::nullopt;
  const auto first = object.begin();
  if (first == object.end() || first.key().empty() || !is_upper(first.key().front())) return std::nullopt;
  Object inside;
  if (first.value().get(inside) != simdjson::SUCCESS) return std::nullopt;
  return Node{first.key(), inside};
}

std::optional<Node> node_of(Object node, std::string_view field) {
  Tree child;
  if (node[field].get(child) != simdjson::SUCCESS) return std::nullopt;
  return node_of(child);
}

std::optional<std::string> literal_of(Tree tree) {
  std::optional<Node> node = node_of(tree);
  while (node && node->kind == "TypeCast") node = node_of(node->object, "arg");
  if (!node) return std::nullopt;
  const auto text = [](Object object, std::string_view field) { return std::string(text_of(object, field)); };
  if (node->kind == "String") return text(node->object, "sval");
  if (node->kind == "Integer") return std::to_string(number_of(node->object, "ival"));
  if (node->kind != "A_Const") return std::nullopt;
  if (const auto sval = object_of(node->object, "sval")) return text(*sval, "sval");
  if (const auto fval = object_of(node->object, "fval")) return text(*fval, "fval");
  if (const auto ival = object_of(node->object, "ival")) return std::to_string(number_of(*ival, "ival"));
  if (const auto boolval = object_of(node->object, "boolval"))
    return flag_of(*boolval, "boolval") ? "true" : "false";
  return std::nullopt;
}

std::vector<std::string> parts_of(Tree tree) {
  std::vector<std::string> parts;
  append_parts(parts, tree);
  return parts;
}

Name name_of(std::vector<std::string> parts) {
  Name name;
  if (parts.empty()) return name;
  name.name = std::move(parts.back());
  if (parts.size() > 1) name.schema = std::move(parts[parts.size() - 2]);
  if (parts.size() > 2) name.catalog = std::move(parts[parts.size() - 3]);
  return name;
}

}  // namespace claw::sql::postgres
