#include "sql/postgres_walk.h"

#include <algorithm>

#include "base/text.h"
#include "sql/functions.h"

namespace claw::sql::postgres {

void Walk::top_level(Tree statement, std::string_view own_text) {
  text_ = own_text;
  const std::optional<Node> node = node_of(statement);
  const Row* row = node ? row_of(node->kind) : nullptr;
  if (row == nullptr || row->verb.empty()) return refuse("a statement of an unknown kind");
  begin(*row, node->object, depth_ > 0);
}

void Walk::refuse(std::string why) {
  if (facts_.why.empty()) facts_.why = std::move(why);
}

void Walk::visit(Node node) {
  const Row* row = row_of(node.kind);
  if (row == nullptr) return refuse("node " + quoted(node.kind) + " is not in the walk's table");
  // A SELECT inside is part of its statement; anything else has effects that deserve facts of their own.
  if (!row->verb.empty() && row->kind != "SelectStmt") return begin(*row, node.object, true);
  (this->*row->visit)(*row, node.object);
}

void Walk::visit(const Row& parent, std::string_view field, Tree tree) {
  if (tree.is_array()) {
    for (const Tree item : Array(tree)) visit(parent, field, item);
    return;
  }
  if (!tree.is_object()) return;
  if (const std::optional<Node> node = node_of(tree)) return visit(*node);
  const Object object = tree;
  if (object.size() == 0) return;  // NULL inside a list, as in a CTE-less WITH or `FUNCTION f()`.
  const Row* row = row_of(parent.kind, field);
  if (row == nullptr) {
    return refuse("field " + quoted(field) + " of " + quoted(parent.kind) + " is not in the walk's table");
  }
  visit({row->kind, object});
}

void Walk::visit_fields(const Row& row, Object node, std::initializer_list<std::string_view> skipped) {
  for (const auto field : node) {
    if (std::find(skipped.begin(), skipped.end(), field.key) == skipped.end()) visit(row, field.key, field.value);
  }
}

void Walk::visit_field(const Row& row, Object node, std::string_view field) {
  Tree child;
  if (node[field].get(child) == simdjson::SUCCESS) visit(row, field, child);
}

void Walk::visit_as(Role role, const Row& row, Object node, std::string_view field) {
  const Role before = std::exchange(role_, role);
  visit_field(row, node, field);
  role_ = before;
}

void Walk::begin(const Row& row, Object node, bool inner) {
  constexpr Effects changing = {Effect::write, Effect::modify,  Effect::remove,
                                Effect::create, Effect::alter, Effect::destroy};
  const std::size_t at_before = std::exchange(at_, facts_.statements.size());
  const Role role_before = std::exchange(role_, row.effects.has_any(changing) ? Role::write : Role::named);
  Statement& statement = facts_.statements.emplace_back();
  statement.verb = row.verb;
  statement.text = text_;
  statement.effects = row.effects;
  statement.inner = inner;
  statement.has_where = node["whereClause"].error() == simdjson::SUCCESS;
  (this->*row.visit)(row, node);
  at_ = at_before;
  role_ = role_before;
}

void Walk::inner(std::optional<Node> node) {
  const Row* row = node ? row_of(node->kind) : nullptr;
  if (row == nullptr || row->verb.empty()) return refuse("a statement inside another is of an unknown kind");
  begin(*row, node->object, true);
}

void Walk::through(const Row& row, Object node) { visit_fields(row, node); }

void Walk::leaf(const Row&, Object) {}

void Walk::never(const Row& row, Object) { refuse("node " + quoted(row.kind) + " is not made by the grammar"); }

// The names of a WITH are visible to its statement and, unless RECURSIVE, only to later members of the list.
void Walk::with(Object node, const std::function<void()>& body) {
  const std::optional<Object> clause = object_of(node, "withClause");
  if (!clause) return body();
  Scope scope = {scope_, {}};
  scope_ = &scope;
  const auto declare = [&](Tree cte) { scope.names.push_back(text_of(node_of(cte)->object, "ctename")); };
  const Array ctes = items_of(*clause, "ctes");
  const bool recursive = flag_of(*clause, "recursive");
  if (recursive) {
    for (const Tree cte : ctes) declare(cte);
  }
  for (const Tree cte : ctes) {
    visit(*node_of(cte));
    if (!recursive) declare(cte);
  }
  body();
  scope_ = scope.outer;
}

bool Walk::is_table_expression(Object relation) const {
  if (!text_of(relation, "schemaname").empty()) return false;
  const std::string_view name = text_of(relation, "relname");
  for (const Scope* scope = scope_; scope != nullptr; scope = scope->outer) {
    if (std::find(scope->names.begin(), scope->names.end(), name) != scope->names.end()) return true;
  }
  return false;
}

void Walk::relation(const Row&, Object node) {
  // Only a table expression that is read is one: the target of a write is always a relation.
  if (role_ == Role::read && is_table_expression(node)) return;
  const auto part = [&](std::string_view field) { return std::string(text_of(node, field)); };
  add_table({part("catalogname"), part("schemaname"), part("relname")}, role_);
}

void Walk::column(const Row&, Object node) {
  std::vector<std::string> parts;
  for (const Tree field : items_of(node, "fields")) {
    const std::optional<Node> part = node_of(field);
    if (part && part->kind == "A_Star") parts.emplace_back("*");
    if (part && part->kind == "String") parts.emplace_back(text_of(part->object, "sval"));
  }
  // `v.pg_read_file` calls the function on the row `v`, as long as v has no such column.
  if (parts.size() > 1 && has_effects(parts.back())) add_function({parts.back()});
  add_column(std::move(parts));
}

// `('/etc/passwd'::text).pg_read_file` is a call.
void Walk::indirection(const Row& row, Object node) {
  for (const Tree step : items_of(node, "indirection")) {
    const std::optional<Node> part = node_of(step);
    if (part && part->kind == "A_Star") add_column({"*"});
    if (!part || part->kind != "String") continue;
    const std::string name(text_of(part->object, "sval"));
    add_column({name});
    add_function({name});
  }
  visit_fields(row, node);
}

void Walk::call(const Row& row, Object node) {
  std::vector<std::string> parts;
  for (const Tree part : items_of(node, "funcname")) {
    for (std::string& text : parts_of(part)) parts.push_back(std::move(text));
  }
  add_function(parts);
  visit_fields(row, node, {"funcname"});
  if (!parts.empty()) call_specially(parts.back(), items_of(node, "args"));
}

void Walk::cast(const Row& row, Object node) {
  visit_fields(row, node);
  const std::optional<Object> type = object_of(node, "typeName");
  Tree arg;
  if (!type || node["arg"].get(arg) != simdjson::SUCCESS) return;
  const Array names = items_of(*type, "names");
  if (names.size() == 0) return;
  const std::vector<std::string> last = parts_of(names.at(names.size() - 1));
  if (last.empty() || last.front() != "regclass") return;
  if (const auto literal = literal_of(arg)) add_object({{}, {}, *literal});
}

void Walk::table_expression(const Row& row, Object node) { visit_fields(row, node); }

void Walk::locking(const Row&, Object) {
  now().effects.add(Effect::lock);  // What it names are aliases of FROM, not relations.
}

void Walk::constraint(const Row& row, Object node) {
  for (const std::string_view keys : {"keys", "fk_attrs", "including"}) add_columns(items_of(node, keys));
  visit_as(Role::named, row, node, "pktable");
  visit_fields(row, node, {"pktable"});
}

void Walk::like(const Row& row, Object node) {
  visit_as(Role::read, row, node, "relation");
}

void Walk::column_definition(const Row& row, Object node) {
  add_column({std::string(text_of(node, "colname"))});
  visit_fields(row, node, {"identitySequence"});
}

void Walk::index_element(const Row& row, Object node) {
  if (const std::string_view name = text_of(node, "name"); !name.empty()) add_column({std::string(name)});
  visit_fields(row, node);
}

void Walk::join(const Row& row, Object node) {
  add_columns(items_of(node, "usingClause"));
  visit_fields(row, node, {"usingClause"});
}

void Walk::access(const Row&, Object node) { add_columns(items_of(node, "cols")); }

void Walk::into(const Row& row, Object node) {
  visit_as(Role::write, row, node, "rel");
  visit_fields(row, node, {"rel", "viewQuery"});
}

void Walk::role(const Row&, Object node) {
  if (const std::string_view name = text_of(node, "rolename"); !name.empty()) add_object({{}, {}, std::string(name)});
}

void Walk::add_table(const Name& name, Role role) {
  Statement& statement = now();
  statement.tables.push_back(name);
  if (role == Role::read) statement.reads.push_back(name);
  if (role == Role::write) statement.writes.push_back(name);
}

void Walk::add_column(std::vector<std::string> parts) {
  if (parts.empty()) return;
  if (parts.size() > 1) now().columns.push_back(parts[parts.size() - 2] + '.' + parts.back());
  now().columns.push_back(std::move(parts.back()));
}

void Walk::add_columns(Array names) {
  for (const Tree name : names) {
    const std::optional<Node> node = node_of(name);
    if (node && node->kind == "ResTarget") {
      add_column({std::string(text_of(node->object, "name"))});
    } else {
      add_column(parts_of(name));
    }
  }
}

void Walk::add_function(const std::vector<std::string>& parts) {
  if (parts.empty()) return;
  Statement& statement = now();
  if (parts.size() > 1) statement.functions.push_back(name_of(parts).text());
  statement.functions.push_back(parts.back());
  statement.effects.add(effects_of(parts.back()));
}

void Walk::add_object(Name name) {
  if (!name.name.empty()) now().objects.push_back(std::move(name));
}

}  // namespace claw::sql::postgres
