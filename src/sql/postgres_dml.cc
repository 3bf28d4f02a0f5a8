#include "sql/postgres_walk.h"

namespace claw::sql::postgres {

void Walk::select(const Row& row, Object node) {
  with(node, [&] {
    const Role before = std::exchange(role_, Role::read);
    if (object_of(node, "intoClause")) now().effects.add({Effect::create, Effect::write});
    visit_fields(row, node, {"withClause"});
    role_ = before;
  });
}

void Walk::insert(const Row& row, Object node) {
  with(node, [&] {
    add_columns(items_of(node, "cols"));
    visit_fields(row, node, {"withClause"});
  });
}

void Walk::update(const Row& row, Object node) {
  now().destructive = !now().has_where;
  // A rule of this view turns an UPDATE into set_config(), for whichever settings the WHERE picks.
  if (const auto target = object_of(node, "relation");
      target && text_of(*target, "relname") == "pg_settings") {
    now().effects.add(Effect::session);
    facts_.session.push_back({});
  }
  with(node, [&] {
    add_columns(items_of(node, "targetList"));
    visit_field(row, node, "relation");
    role_ = Role::read;
    visit_fields(row, node, {"withClause", "relation"});
  });
}

void Walk::remove(const Row& row, Object node) {
  now().destructive = !now().has_where;
  with(node, [&] {
    visit_field(row, node, "relation");
    role_ = Role::read;
    visit_fields(row, node, {"withClause", "relation"});
  });
}

void Walk::merge(const Row& row, Object node) {
  now().has_where = true;
  with(node, [&] {
    visit_field(row, node, "relation");
    role_ = Role::read;
    visit_fields(row, node, {"withClause", "relation"});
  });
}

void Walk::merge_when(const Row& row, Object node) {
  const std::string_view command = text_of(node, "commandType");
  if (command == "CMD_INSERT") now().effects.add(Effect::write);
  if (command == "CMD_DELETE") now().effects.add(Effect::remove);
  add_columns(items_of(node, "targetList"));
  visit_fields(row, node);
}

void Walk::on_conflict(const Row& row, Object node) {
  if (text_of(node, "action") == "ONCONFLICT_UPDATE") now().effects.add(Effect::modify);
  add_columns(items_of(node, "targetList"));
  visit_fields(row, node);
}

void Walk::truncate(const Row& row, Object node) {
  now().destructive = true;
  visit_fields(row, node);
}

void Walk::copy(const Row& row, Object node) {
  const bool from = flag_of(node, "is_from");
  now().effects.add(from ? Effect::write : Effect::read);
  if (flag_of(node, "is_program"))
    now().effects.add(Effect::program);
  else if (!text_of(node, "filename").empty())
    now().effects.add(Effect::file);
  visit_as(from ? Role::write : Role::read, row, node, "relation");
  add_columns(items_of(node, "attlist"));
  if (object_of(node, "relation") && items_of(node, "attlist").size() == 0) add_column({"*"});
  if (const std::optional<Node> query = node_of(node, "query")) inner(query);
  visit_fields(row, node, {"relation", "attlist", "query"});
}

}  // namespace claw::sql::postgres
