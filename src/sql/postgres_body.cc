#include <fmt/format.h>
#include <unordered_set>

#include "base/text.h"
#include "sql/functions.h"
#include "sql/postgres_parse.h"
#include "sql/postgres_walk.h"

namespace claw::sql::postgres {
namespace {

// Nodes of a PL/pgSQL body that are understood. Nodes of cursors are too, but the library's stand-in for
// the server's types refuses every cursor variable before they could appear.
bool is_known(std::string_view kind) {
  static const std::unordered_set<std::string_view> known = {"PLpgSQL_function",
                                                             "PLpgSQL_var",
                                                             "PLpgSQL_row",
                                                             "PLpgSQL_rec",
                                                             "PLpgSQL_recfield",
                                                             "PLpgSQL_type",
                                                             "PLpgSQL_stmt_block",
                                                             "PLpgSQL_stmt_assign",
                                                             "PLpgSQL_stmt_if",
                                                             "PLpgSQL_if_elsif",
                                                             "PLpgSQL_stmt_case",
                                                             "PLpgSQL_case_when",
                                                             "PLpgSQL_stmt_loop",
                                                             "PLpgSQL_stmt_while",
                                                             "PLpgSQL_stmt_fori",
                                                             "PLpgSQL_stmt_fors",
                                                             "PLpgSQL_stmt_forc",
                                                             "PLpgSQL_stmt_dynfors",
                                                             "PLpgSQL_stmt_foreach_a",
                                                             "PLpgSQL_stmt_exit",
                                                             "PLpgSQL_stmt_return",
                                                             "PLpgSQL_stmt_return_next",
                                                             "PLpgSQL_stmt_return_query",
                                                             "PLpgSQL_stmt_raise",
                                                             "PLpgSQL_raise_option",
                                                             "PLpgSQL_stmt_assert",
                                                             "PLpgSQL_stmt_execsql",
                                                             "PLpgSQL_stmt_dynexecute",
                                                             "PLpgSQL_stmt_getdiag",
                                                             "PLpgSQL_diag_item",
                                                             "PLpgSQL_stmt_open",
                                                             "PLpgSQL_stmt_fetch",
                                                             "PLpgSQL_stmt_close",
                                                             "PLpgSQL_stmt_perform",
                                                             "PLpgSQL_stmt_call",
                                                             "PLpgSQL_stmt_commit",
                                                             "PLpgSQL_stmt_rollback",
                                                             "PLpgSQL_exception_block",
                                                             "PLpgSQL_exception",
                                                             "PLpgSQL_condition"};
  return known.contains(kind);
}

// What the text of an expression is, by where it stands; the rest are expressions.
enum class Text { expression, statement, assignment, dynamic };

Text text_at(std::string_view kind, std::string_view field) {
  if (field == "dynquery") return Text::dynamic;
  if (kind == "PLpgSQL_stmt_assign") return Text::assignment;
  if (field == "query") return kind.find("_dyn") != std::string_view::npos ? Text::dynamic : Text::statement;
  if (field == "sqlstmt" || field == "cursor_explicit_expr") return Text::statement;
  if (kind == "PLpgSQL_stmt_perform" || kind == "PLpgSQL_stmt_call") return Text::statement;
  return Text::expression;
}

// `target := value` as the list `target, value`. If the assignment sign is not where it was looked for,
// the one that is left makes the text a syntax error, or a comparison, which calls the same functions.
std::string without_assignment(std::string_view text) {
  std::string out(text);
  bool quoted = false;
  int brackets = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (out[i] == '[') ++brackets;
    if (out[i] == ']') --brackets;
    if (brackets > 0 || (out[i] != '=' && out[i] != ':')) continue;
    return out.replace(i, out[i] == ':' ? 2 : 1, ",");
  }
  return out;
}

std::optional<std::string> literal_expression(std::string_view text) {
  const Document document(Document::Source::sql, fmt::format("SELECT {}", text));
  if (!document.why().empty()) return std::nullopt;
  const Array statements = items_of(document.root(), "stmts");
  if (statements.size() != 1) return std::nullopt;
  const std::optional<Node> select = node_of(Object(statements.at(0).value()), "stmt");
  if (!select) return std::nullopt;
  const Array targets = items_of(select->object, "targetList");
  if (targets.size() != 1) return std::nullopt;
  const std::optional<Node> target = node_of(targets.at(0).value());
  Tree value;
  if (!target || target->object["val"].get(value) != simdjson::SUCCESS) return std::nullopt;
  return literal_of(value);
}

std::string option_of(Object node, std::string_view list, std::string_view wanted) {
  for (const Tree item : items_of(node, list)) {
    const std::optional<Node> option = node_of(item);
    if (!option || text_of(option->object, "defname") != wanted) continue;
    Tree arg;
    if (option->object["arg"].get(arg) != simdjson::SUCCESS) continue;
    const std::vector<std::string> parts = parts_of(arg);
    if (!parts.empty()) return parts.front();
  }
  return {};
}

}  // namespace

std::string Walk::read_inner(std::string_view sql) {
  Facts inside;
  read_into(inside, sql, depth_ + 1);
  if (!inside.why.empty()) return std::move(inside.why);
  if (facts_.statements.size() + inside.statements.size() > facts_.top_level + inner_statements_max)
    refuse(fmt::format("more than {} statements inside others", inner_statements_max));
  for (Statement& statement : inside.statements) facts_.statements.push_back(std::move(statement));
  for (SessionChange& change : inside.session) facts_.session.push_back(std::move(change));
  return {};
}

std::string Walk::read_code(std::string_view language, std::string_view body) {
  if (language == "sql") return read_inner(body);
  if (language == "plpgsql") return read_plpgsql();
  return "code in language " + quoted(language);
}

std::string Walk::read_plpgsql() {
  // The library is given the text, and would not know which of several bodies in it is meant.
  if (at_ != top_) return "a body in a statement inside another";
  const Document document(Document::Source::plpgsql, std::string(text_));
  if (!document.why().empty()) return document.why();
  const Array functions = document.root();
  if (functions.size() != 1) return "a body that is not PL/pgSQL";
  return read_plpgsql_node({}, {}, document.root());
}

std::string Walk::read_plpgsql_node(std::string_view kind, std::string_view field, Tree tree) {
  std::string why;
  if (tree.is_array()) {
    for (const Tree item : Array(tree))
      if (why = read_plpgsql_node(kind, field, item); !why.empty()) return why;
    return why;
  }
  const std::optional<Node> node = node_of(tree);
  if (!node) return why;
  if (node->kind == "PLpgSQL_expr") return read_plpgsql_text(kind, field, text_of(node->object, "query"));
  if (!is_known(node->kind)) return "PL/pgSQL node " + quoted(node->kind);
  if (node->kind == "PLpgSQL_stmt_commit" || node->kind == "PLpgSQL_stmt_rollback")
    now().effects.add(Effect::transaction);
  for (const auto child : node->object)
    if (why = read_plpgsql_node(node->kind, child.key, child.value); !why.empty()) return why;
  return why;
}

std::string Walk::read_plpgsql_text(std::string_view kind, std::string_view field, std::string_view text) {
  const std::size_t before = facts_.statements.size();
  switch (text_at(kind, field)) {
    case Text::statement:
      return read_inner(text);
    case Text::dynamic: {
      const std::optional<std::string> literal = literal_expression(text);
      return literal ? read_inner(*literal) : "an EXECUTE of a text that is made when it runs";
    }
    case Text::assignment:
    case Text::expression:
      break;
  }
  const bool assigns = text_at(kind, field) == Text::assignment;
  std::string why =
      read_inner(fmt::format("SELECT {}", assigns ? without_assignment(text) : std::string(text)));
  // An expression that only looks at variables is not worth a statement in the facts.
  if (why.empty() && facts_.statements.size() == before + 1) {
    const Statement& last = facts_.statements.back();
    if (last.tables.empty() && last.functions.empty() && last.objects.empty()) facts_.statements.pop_back();
  }
  return why;
}

// What DO runs, it runs now: a body that is not understood leaves the whole text not understood.
void Walk::run_block(const Row&, Object node) {
  const std::string language = option_of(node, "args", "language");
  const std::string why = read_code(language.empty() ? "plpgsql" : language, option_of(node, "args", "as"));
  if (why.empty()) return;
  now().effects.add(Effect::unknown);
  refuse("the body of DO: " + why);
}

// A function is only kept here; what it does when it is called is, as with all others, not known by then.
void Walk::create_function(const Row& row, Object node) {
  std::vector<std::string> name;
  for (const Tree part : items_of(node, "funcname"))
    for (std::string& text : parts_of(part)) name.push_back(std::move(text));
  add_object(name_of(std::move(name)));
  visit_fields(row, node, {"funcname", "options"});
  Tree sql_body;
  if (node["sql_body"].get(sql_body) == simdjson::SUCCESS) return;
  const std::string language = option_of(node, "options", "language");
  const std::size_t changes = facts_.session.size();
  const bool understood = read_code(language, option_of(node, "options", "as")).empty();
  facts_.session.resize(changes);
  if (!understood) now().effects.add(Effect::unknown);
  // `internal` gives any built-in another name, and the untrusted languages are programs.
  if (language != "sql" && language != "plpgsql") now().effects.add(Effect::program);
}

void Walk::call_specially(std::string_view name, Array arguments) {
  const std::optional<Argument> special = special_argument(name);
  if (!special) return;
  if (name == "ts_rewrite" && arguments.size() == 3) return;  // Three queries of text search, and no SQL.
  std::optional<std::string> literal;
  if (special->index < arguments.size()) literal = literal_of(arguments.at(special->index).value());
  switch (special->means) {
    case Argument::Means::runs:
      if (!literal || !read_inner(*literal).empty()) now().effects.add(Effect::unknown);
      break;
    case Argument::Means::reads: {
      Facts inside;
      if (literal) read_into(inside, fmt::format("TABLE {}", *literal), depth_ + 1);
      const bool one =
          inside.why.empty() && inside.statements.size() == 1 && inside.statements.front().tables.size() == 1;
      if (!one) return now().effects.add(Effect::unknown);
      add_table(inside.statements.front().tables.front(), Role::read);
      add_column({"*"});
      break;
    }
    case Argument::Means::names:
      if (literal) add_object({{}, {}, *literal});
      break;
    case Argument::Means::sets: {
      SessionChange change = {SessionChange::Kind::set, lower(literal.value_or("")), {}, false, false};
      if (arguments.size() > 1) change.value = literal_of(arguments.at(1).value());
      if (arguments.size() > 2) change.local = literal_of(arguments.at(2).value()) == "true";
      if (change.name.empty()) now().effects.add(Effect::unknown);
      if (change.name == "role" || change.name == "session_authorization")
        now().effects.add(Effect::privilege);
      facts_.session.push_back(std::move(change));
      break;
    }
  }
}

}  // namespace claw::sql::postgres
