#include "base/text.h"
#include "sql/postgres_walk.h"

namespace claw::sql::postgres {
namespace {

// What DROP, COMMENT and their like call their object; all that is not here is some other object.
enum class Sort { table, of_table, column, other };

Sort sort_of(std::string_view type) {
  static const std::unordered_map<std::string_view, Sort> table = {
      {"OBJECT_TABLE", Sort::table},      {"OBJECT_VIEW", Sort::table},
      {"OBJECT_MATVIEW", Sort::table},    {"OBJECT_FOREIGN_TABLE", Sort::table},
      {"OBJECT_TRIGGER", Sort::of_table}, {"OBJECT_RULE", Sort::of_table},
      {"OBJECT_POLICY", Sort::of_table},  {"OBJECT_TABCONSTRAINT", Sort::of_table},
      {"OBJECT_COLUMN", Sort::column},
  };
  const auto found = table.find(type);
  return found == table.end() ? Sort::other : found->second;
}

// Of a statement about a relation, the types that are no tables.
bool is_table_like(std::string_view type) {
  for (const std::string_view other : {"OBJECT_INDEX", "OBJECT_SEQUENCE", "OBJECT_TYPE", "OBJECT_ATTRIBUTE"})
    if (type == other) return false;
  return true;
}

Name relation_name(Object relation) {
  return {std::string(text_of(relation, "catalogname")), std::string(text_of(relation, "schemaname")),
          std::string(text_of(relation, "relname"))};
}

}  // namespace

void Walk::act_on(std::string_view type, Tree object) {
  std::vector<std::string> parts = parts_of(object);
  if (parts.empty()) return;
  const Sort sort = sort_of(type);
  if (sort == Sort::other) return add_object(name_of(std::move(parts)));
  if (sort == Sort::table) return add_table(name_of(std::move(parts)), Role::write);
  std::string last = std::move(parts.back());
  parts.pop_back();
  if (!parts.empty()) add_table(name_of(std::move(parts)), Role::write);
  if (sort == Sort::column) return add_column({std::move(last)});
  add_object({{}, {}, std::move(last)});
}

void Walk::create_as(const Row& row, Object node) {
  now().effects.add(Effect::write);
  visit_fields(row, node, {"query"});
  inner(node_of(node, "query"));
}

void Walk::view(const Row& row, Object node) {
  visit_fields(row, node, {"query"});
  inner(node_of(node, "query"));
}

void Walk::rule(const Row& row, Object node) {
  add_object({{}, {}, std::string(text_of(node, "rulename"))});
  visit_fields(row, node, {"actions"});
  for (const Tree action : items_of(node, "actions")) inner(node_of(action));
}

void Walk::index(const Row& row, Object node) {
  for (const std::string_view field : {"idxname", "name"})
    add_object({{}, {}, std::string(text_of(node, field))});
  visit_fields(row, node);
}

void Walk::sequence(const Row& row, Object node) {
  if (const auto sequence = object_of(node, "sequence")) add_object(relation_name(*sequence));
  visit_fields(row, node, {"sequence"});
}

void Walk::composite_type(const Row& row, Object node) {
  if (const auto type = object_of(node, "typevar")) add_object(relation_name(*type));
  visit_fields(row, node, {"typevar"});
}

// Where the grammar keeps the name of what such a statement is about: a string, or a list of Strings.
void Walk::named(const Row& row, Object node) {
  constexpr std::string_view strings[] = {"name",         "dbname",  "tablespacename", "plname",
                                          "role",         "extname", "trigname",       "policy_name",
                                          "pubname",      "subname", "fdwname",        "servername",
                                          "schemaname",   "amname",  "lang",           "orig_tablespacename",
                                          "conditionname"};
  constexpr std::string_view lists[] = {"defnames",        "domainname",   "typeName",   "collname",
                                        "opclassname",     "opfamilyname", "dictionary", "cfgname",
                                        "conversion_name", "typename",     "func",       "opername"};
  for (const std::string_view field : strings) add_object({{}, {}, std::string(text_of(node, field))});
  for (const std::string_view field : lists) {
    Tree value;
    if (node[field].get(value) != simdjson::SUCCESS) continue;
    std::vector<std::string> parts = parts_of(value);
    if (parts.empty() && object_of(node, field)) {
      for (const Tree part : items_of(*object_of(node, field), "objname"))
        for (std::string& text : parts_of(part)) parts.push_back(std::move(text));
    }
    add_object(name_of(std::move(parts)));
  }
  now().destructive = row.effects.has(Effect::destroy);
  visit_fields(row, node);
}

void Walk::drop(const Row&, Object node) {
  now().destructive = true;
  for (const Tree object : items_of(node, "objects")) act_on(text_of(node, "removeType"), object);
}

void Walk::alter_table(const Row& row, Object node) {
  const std::optional<Object> relation = object_of(node, "relation");
  const bool is_table = is_table_like(text_of(node, "objtype"));
  if (relation && !is_table) add_object(relation_name(*relation));
  for (const Tree item : items_of(node, "cmds")) {
    const std::optional<Node> command = node_of(item);
    if (!command) continue;
    const std::string_view kind = text_of(command->object, "subtype");
    if (kind == "AT_DropColumn" || kind == "AT_DropConstraint") now().destructive = true;
    if (kind == "AT_ChangeOwner" || kind.ends_with("RowSecurity")) now().effects.add(Effect::privilege);
    if (kind.find("Column") != std::string_view::npos || kind == "AT_SetNotNull" ||
        kind == "AT_DropNotNull") {
      if (const std::string_view name = text_of(command->object, "name"); !name.empty())
        add_column({std::string(name)});
    }
  }
  is_table ? visit_fields(row, node) : visit_fields(row, node, {"relation"});
}

void Walk::alter_object(const Row& row, Object node) {
  const std::string_view type = [&] {
    for (const std::string_view field : {"renameType", "objectType", "objtype"})
      if (const std::string_view text = text_of(node, field); !text.empty()) return text;
    return std::string_view();
  }();
  Tree object;
  if (node["object"].get(object) == simdjson::SUCCESS) act_on(type, object);
  for (const std::string_view field : {"extname", "subname"}) {
    const std::string_view name = text_of(node, field);
    if (name.empty()) continue;
    type == "OBJECT_COLUMN" ? add_column({std::string(name)}) : add_object({{}, {}, std::string(name)});
  }
  add_object({{}, {}, std::string(text_of(node, "newname"))});
  const std::optional<Object> relation = object_of(node, "relation");
  if (relation && !is_table_like(type)) add_object(relation_name(*relation));
  // ALTER INDEX ... RENAME is accepted for tables too.
  const bool is_table = is_table_like(type) || (row.kind == "RenameStmt" && type == "OBJECT_INDEX");
  if (is_table) visit_field(row, node, "relation");
  visit_field(row, node, "newowner");
}

void Walk::trigger(const Row& row, Object node) {
  add_object({{}, {}, std::string(text_of(node, "trigname"))});
  std::vector<std::string> function;
  for (const Tree part : items_of(node, "funcname"))
    for (std::string& text : parts_of(part)) function.push_back(std::move(text));
  add_object(name_of(std::move(function)));
  add_columns(items_of(node, "columns"));
  visit_as(Role::named, row, node, "constrrel");
  visit_fields(row, node, {"funcname", "columns", "constrrel", "args"});
}

// A foreign data wrapper, a server, a foreign table or a subscription reaches other hosts, or with
// file_fdw this one's files and programs. The wrapper of a server made earlier is not in the text.
void Walk::foreign_server(const Row& row, Object node) {
  if (text_of(node, "fdwname") == "file_fdw") now().effects.add({Effect::file, Effect::program});
  for (const Tree item : items_of(node, "options")) {
    const std::optional<Node> option = node_of(item);
    if (!option) continue;
    const std::string name = lower(text_of(option->object, "defname"));
    if (name == "program") now().effects.add(Effect::program);
    if (name == "filename") now().effects.add(Effect::file);
  }
  for (const std::string_view field : {"fdwname", "servername", "subname"})
    add_object({{}, {}, std::string(text_of(node, field))});
  now().destructive = row.effects.has(Effect::destroy);
  visit_fields(row, node, {"base"});
  // The table of CREATE FOREIGN TABLE is a node of its own kind, but no statement of its own.
  const Row* base = row_of("CreateStmt");
  if (const std::optional<Object> table = object_of(node, "base"); table && base != nullptr)
    through(*base, *table);
}

void Walk::import_schema(const Row& row, Object node) {
  for (const std::string_view field : {"server_name", "remote_schema", "local_schema"})
    add_object({{}, {}, std::string(text_of(node, field))});
  visit_fields(row, node);
}

void Walk::grant(const Row& row, Object node) {
  if (!flag_of(node, "is_grant")) now().verb = "revoke";
  const std::string_view type = text_of(node, "objtype");
  for (const Tree object : items_of(node, "objects")) {
    const std::optional<Node> relation = node_of(object);
    if (!relation || relation->kind != "RangeVar")
      add_object(name_of(parts_of(object)));
    else if (type == "OBJECT_SEQUENCE")
      add_object(relation_name(relation->object));
    else
      visit(*relation);
  }
  visit_fields(row, node, {"objects"});
}

void Walk::grant_role(const Row& row, Object node) {
  if (!flag_of(node, "is_grant")) now().verb = "revoke";
  for (const Tree item : items_of(node, "granted_roles"))
    if (const auto role = node_of(item))
      add_object({{}, {}, std::string(text_of(role->object, "priv_name"))});
  visit_fields(row, node, {"granted_roles"});
}

}  // namespace claw::sql::postgres
