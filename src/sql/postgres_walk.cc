#include "sql/postgres_walk.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sql/functions.h"

namespace claw::sql::postgres {

void Walk::top_level(Tree statement, std::string_view own_text) {
  text_ = own_text;
  top_ = facts_.statements.size();
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
  // ALTER ROLE, ALTER SYSTEM and others keep a SET for later: a setting they act on, not a statement.
  if (row->kind == "VariableSetStmt") return add_object({{}, {}, lower(text_of(node.object, "name"))});
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
  if (row == nullptr)
    return refuse("field " + quoted(field) + " of " + quoted(parent.kind) + " is not in the walk's table");
  visit({row->kind, object});
}

void Walk::visit_fields(const Row& row, Object node, std::initializer_list<std::string_view> skipped) {
  for (const auto field : node)
    if (std::find(skipped.begin(), skipped.end(), field.key) == skipped.end())
      visit(row, field.key, field.value);
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
  if (inner && facts_.statements.size() >= facts_.top_level + inner_statements_max)
    return refuse(fmt::format("more than {} statements inside others", inner_statements_max));
  constexpr Effects changing = {Effect::write,  Effect::modify, Effect::remove,
                                Effect::create, Effect::alter,  Effect::destroy};
  const std::size_t at_before = std::exchange(at_, facts_.statements.size());
  const Role role_before = std::exchange(role_, row.effects.has_any(changing) ? Role::write : Role::named);
  Statement& statement = facts_.statements.emplace_back();
  statement.verb = row.verb;
  statement.text = own_text(inner);
  statement.effects = row.effects;
  statement.inner = inner;
  statement.has_where = node["whereClause"].error() == simdjson::SUCCESS;
  const auto rows_before = std::exchange(rows_, {});
  const auto columns_before = std::exchange(columns_, {});
  (this->*row.visit)(row, node);
  add_whole_rows();
  rows_ = rows_before;
  columns_ = columns_before;
  at_ = at_before;
  role_ = role_before;
}

std::string Walk::own_text(bool inner) const {
  std::size_t bytes = text_.size();
  if (inner && bytes > inner_text_bytes_max) {
    bytes = inner_text_bytes_max;
    while (bytes > 0 && (static_cast<unsigned char>(text_[bytes]) & 0xC0U) == 0x80) --bytes;
  }
  return std::string(text_.substr(0, bytes));
}

// `SELECT u FROM users u` and `row_to_json(u)` read every column, as a star does.
void Walk::add_whole_rows() {
  std::sort(rows_.begin(), rows_.end());
  const auto is_row = [this](std::string_view name) {
    return std::binary_search(rows_.begin(), rows_.end(), name);
  };
  if (std::any_of(columns_.begin(), columns_.end(), is_row)) add_column({"*"});
}

void Walk::inner(std::optional<Node> node) {
  const Row* row = node ? row_of(node->kind) : nullptr;
  if (row == nullptr || row->verb.empty()) return refuse("a statement inside another is of an unknown kind");
  begin(*row, node->object, true);
}

void Walk::through(const Row& row, Object node) { visit_fields(row, node); }

void Walk::leaf(const Row&, Object) {}

void Walk::never(const Row& row, Object) {
  refuse("node " + quoted(row.kind) + " is not made by the grammar");
}

// The names of a WITH are visible to its statement and, unless RECURSIVE, only to later members of the list.
void Walk::with(Object node, const std::function<void()>& body) {
  const std::optional<Object> clause = object_of(node, "withClause");
  if (!clause) return body();
  Scope scope = {scope_, {}};
  scope_ = &scope;
  const auto declare = [&](const Node& cte) { scope.names.push_back(text_of(cte.object, "ctename")); };
  std::vector<Node> ctes;
  for (const Tree item : items_of(*clause, "ctes"))
    if (const std::optional<Node> cte = node_of(item)) ctes.push_back(*cte);
  const bool recursive = flag_of(*clause, "recursive");
  if (recursive) std::for_each(ctes.begin(), ctes.end(), declare);
  for (const Node& cte : ctes) {
    visit(cte);
    if (!recursive) declare(cte);
  }
  body();
  scope_ = scope.outer;
}

bool Walk::is_table_expression(Object relation) const {
  if (!text_of(relation, "schemaname").empty()) return false;
  const std::string_view name = text_of(relation, "relname");
  for (const Scope* scope = scope_; scope != nullptr; scope = scope->outer)
    if (std::find(scope->names.begin(), scope->names.end(), name) != scope->names.end()) return true;
  return false;
}

void Walk::relation(const Row&, Object node) {
  add_alias(node);
  // Only a table expression that is read is one: the target of a write is always a relation.
  if (role_ == Role::read && is_table_expression(node)) return;
  const auto part = [&](std::string_view field) { return std::string(text_of(node, field)); };
  add_table({part("catalogname"), part("schemaname"), part("relname")}, role_);
}

// A row can be named as a whole, and a list of names after the alias hides those of the columns.
void Walk::add_alias(Object node) {
  if (const std::string_view name = text_of(node, "relname"); !name.empty()) rows_.push_back(name);
  const std::optional<Object> alias = object_of(node, "alias");
  if (!alias) return;
  rows_.push_back(text_of(*alias, "aliasname"));
  if (items_of(*alias, "colnames").size() > 0) add_column({"*"});
}

void Walk::subselect(const Row& row, Object node) {
  if (const auto alias = object_of(node, "alias")) rows_.push_back(text_of(*alias, "aliasname"));
  visit_fields(row, node);
}

void Walk::column(const Row&, Object node) {
  std::vector<std::string> parts;
  const Array fields = items_of(node, "fields");
  for (const Tree field : fields) {
    const std::optional<Node> part = node_of(field);
    if (part && part->kind == "A_Star") parts.emplace_back("*");
    if (part && part->kind == "String") parts.emplace_back(text_of(part->object, "sval"));
    if (part && fields.size() == 1) columns_.push_back(text_of(part->object, "sval"));
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
  for (const Tree part : items_of(node, "funcname"))
    for (std::string& text : parts_of(part)) parts.push_back(std::move(text));
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

void Walk::locking(const Row&, Object) {
  now().effects.add(Effect::lock);  // What it names are aliases of FROM, not relations.
}

void Walk::constraint(const Row& row, Object node) {
  for (const std::string_view keys : {"keys", "fk_attrs", "including"}) add_columns(items_of(node, keys));
  visit_as(Role::named, row, node, "pktable");
  visit_fields(row, node, {"pktable"});
}

void Walk::like(const Row& row, Object node) { visit_as(Role::read, row, node, "relation"); }

void Walk::column_definition(const Row& row, Object node) {
  add_column({std::string(text_of(node, "colname"))});
  visit_fields(row, node, {"identitySequence"});
}

void Walk::index_element(const Row& row, Object node) {
  if (const std::string_view name = text_of(node, "name"); !name.empty()) add_column({std::string(name)});
  visit_fields(row, node);
}

void Walk::join(const Row& row, Object node) {
  add_alias(node);
  add_columns(items_of(node, "usingClause"));
  visit_fields(row, node, {"usingClause"});
}

void Walk::access(const Row&, Object node) { add_columns(items_of(node, "cols")); }

void Walk::into(const Row& row, Object node) {
  visit_as(Role::write, row, node, "rel");
  visit_fields(row, node, {"rel", "viewQuery"});
}

void Walk::role(const Row&, Object node) {
  if (const std::string_view name = text_of(node, "rolename"); !name.empty())
    add_object({{}, {}, std::string(name)});
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
    if (node && node->kind == "ResTarget")
      add_column({std::string(text_of(node->object, "name"))});
    else
      add_column(parts_of(name));
  }
}

void Walk::add_function(const std::vector<std::string>& parts) {
  if (parts.empty()) return;
  Statement& statement = now();
  if (parts.size() > 1) {
    statement.functions.push_back(name_of(parts).text());
    statement.effects.add(effects_of(statement.functions.back()));
  }
  statement.functions.push_back(parts.back());
  statement.effects.add(effects_of(parts.back()));
}

void Walk::add_object(Name name) {
  if (!name.name.empty()) now().objects.push_back(std::move(name));
}

}  // namespace claw::sql::postgres
