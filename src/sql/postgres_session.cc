#include "base/text.h"
#include "sql/postgres_walk.h"

namespace claw::sql::postgres {
namespace {

using Kind = SessionChange::Kind;

struct Verb {
  std::string_view kind;
  std::string_view verb;
};

constexpr Verb transaction_verbs[] = {
    {"TRANS_STMT_BEGIN", "begin"},
    {"TRANS_STMT_START", "start transaction"},
    {"TRANS_STMT_COMMIT", "commit"},
    {"TRANS_STMT_ROLLBACK", "rollback"},
    {"TRANS_STMT_SAVEPOINT", "savepoint"},
    {"TRANS_STMT_RELEASE", "release"},
    {"TRANS_STMT_ROLLBACK_TO", "rollback to"},
    {"TRANS_STMT_PREPARE", "prepare transaction"},
    {"TRANS_STMT_COMMIT_PREPARED", "commit prepared"},
    {"TRANS_STMT_ROLLBACK_PREPARED", "rollback prepared"},
};

std::string values_of(Array items) {
  std::string text;
  for (const Tree item : items) {
    const std::optional<Node> option = node_of(item);
    Tree value = item;
    std::string name;
    if (option && option->kind == "DefElem") {
      name = std::string(text_of(option->object, "defname"));
      if (option->object["arg"].get(value) != simdjson::SUCCESS) continue;
    }
    if (!text.empty()) text += ", ";
    if (!name.empty()) text += name + '=';
    text += literal_of(value).value_or("?");
  }
  return text;
}

// Names as the server keeps them in a setting that lists some (GUC_LIST_QUOTE): `SET search_path = 'a, b'`
// is one schema, not two.
std::string names_of(Array items) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789_";
  std::string text;
  for (const Tree item : items) {
    if (!text.empty()) text += ", ";
    const std::optional<std::string> name = literal_of(item);
    if (!name || (!name->empty() && name->find_first_not_of(plain) == std::string::npos)) {
      text += name.value_or("?");
      continue;
    }
    text += '"';
    for (const char c : *name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  return text;
}

// As the server reads a boolean option (defGetBoolean), except that what it would refuse counts as true.
bool is_off(Object option) {
  Tree arg;
  if (option["arg"].get(arg) != simdjson::SUCCESS) return false;
  const std::string text = lower(literal_of(arg).value_or("true"));
  return text == "false" || text == "off" || text == "0";
}

}  // namespace

void Walk::set(const Row& row, Object node) {
  const std::string_view kind = text_of(node, "kind");
  SessionChange change = {Kind::set, lower(text_of(node, "name")), {}, flag_of(node, "is_local"), false};
  change.reset = kind == "VAR_SET_DEFAULT" || kind.starts_with("VAR_RESET");
  if (kind == "VAR_RESET" || kind == "VAR_RESET_ALL") now().verb = "reset";
  if (kind == "VAR_RESET_ALL") change.name = "all";
  if (!change.reset) {
    const bool is_names = change.name == "search_path";
    change.value = is_names ? names_of(items_of(node, "args")) : values_of(items_of(node, "args"));
  }
  const bool becomes = change.name == "role" || change.name == "session_authorization";
  if (becomes) now().effects.add(Effect::privilege);
  if (now().verb == "set") {
    if (change.name == "role") now().verb = "set role";
    if (change.name == "session_authorization") now().verb = "set session authorization";
    if (kind == "VAR_SET_MULTI") now().verb = "set " + change.name;
  }
  if (kind == "VAR_SET_CURRENT") change.value.reset();
  if (kind == "VAR_SET_MULTI") {
    now().effects.add(Effect::transaction);
    change.kind = Kind::transaction;
    change.name = now().verb;
  } else {
    add_object({{}, {}, change.name});
  }
  facts_.session.push_back(std::move(change));
  visit_fields(row, node);
}

void Walk::show(const Row&, Object node) { add_object({{}, {}, std::string(text_of(node, "name"))}); }

void Walk::set_constraints(const Row&, Object node) {
  for (const Tree item : items_of(node, "constraints")) {
    const std::optional<Node> constraint = node_of(item);
    if (!constraint) continue;
    add_object({{},
                std::string(text_of(constraint->object, "schemaname")),
                std::string(text_of(constraint->object, "relname"))});
  }
}

void Walk::transaction(const Row&, Object node) {
  for (const Verb& row : transaction_verbs)
    if (row.kind == text_of(node, "kind")) now().verb = row.verb;
  SessionChange change = {Kind::transaction, now().verb, {}, false, false};
  change.value = values_of(items_of(node, "options"));
  for (const std::string_view field : {"savepoint_name", "gid"})
    if (const std::string_view name = text_of(node, field); !name.empty()) change.value = std::string(name);
  facts_.session.push_back(std::move(change));
}

// PREPARE is judged with what it prepares, as if it ran: an EXECUTE later says only its name.
void Walk::prepare(const Row& row, Object node) {
  const std::string name(text_of(node, "name"));
  add_object({{}, {}, name});
  if (row.kind == "ExecuteStmt") now().effects.add(Effect::unknown);
  facts_.session.push_back({Kind::prepare, name, now().verb, false, false});
  visit_fields(row, node, {"query"});
  if (row.kind == "PrepareStmt") inner(node_of(node, "query"));
}

void Walk::cursor(const Row& row, Object node) {
  if (flag_of(node, "ismove")) now().verb = "move";
  const std::string name(text_of(node, "portalname"));
  // A cursor ends with its transaction unless it is declared WITH HOLD (parsenodes.h, CURSOR_OPT_HOLD).
  constexpr std::int64_t hold = 0x20;
  const bool ends = row.kind == "DeclareCursorStmt" && (number_of(node, "options") & hold) == 0;
  facts_.session.push_back({Kind::cursor, name, now().verb, ends, false});
  add_object({{}, {}, name});
  if (row.kind == "DeclareCursorStmt") inner(node_of(node, "query"));
}

void Walk::discard(const Row&, Object node) {
  facts_.session.push_back({Kind::discard, lower(text_of(node, "target")), {}, false, true});
}

// Without ANALYZE the statement is planned, not run. Of options given twice the last one counts for the
// server; here any that is on does.
void Walk::explain(const Row& row, Object node) {
  bool runs = false;
  for (const Tree item : items_of(node, "options")) {
    const std::optional<Node> option = node_of(item);
    if (option && lower(text_of(option->object, "defname")) == "analyze" && !is_off(option->object))
      runs = true;
  }
  const std::size_t first = facts_.statements.size();
  const std::size_t first_change = facts_.session.size();
  inner(node_of(node, "query"));
  visit_fields(row, node, {"query"});
  if (runs) return;
  facts_.session.resize(first_change);
  for (std::size_t i = first; i < facts_.statements.size(); ++i) {
    Statement& statement = facts_.statements[i];
    statement.effects = {Effect::read};
    statement.destructive = false;
    statement.reads = statement.tables;
    statement.writes.clear();
  }
}

void Walk::vacuum(const Row& row, Object node) {
  if (!flag_of(node, "is_vacuumcmd")) now().verb = "analyze";
  for (const Tree item : items_of(node, "rels"))
    if (const auto relation = node_of(item)) add_columns(items_of(relation->object, "va_cols"));
  visit_fields(row, node);
}

}  // namespace claw::sql::postgres
