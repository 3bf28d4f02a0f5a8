#include "action/sql_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace claw::action {
namespace {

constexpr std::size_t names_shown_max = 3;
constexpr std::size_t name_bytes_max = 60;  // A Postgres identifier is at most 63.

// What a create, alter or drop acts on is in no fact; the second word of the text says it, if it is one
// of these. Anything else there (a comment, an option) is left out.
constexpr std::array<std::string_view, 21> kinds{
    "table",     "view",   "index",        "schema",    "database",  "sequence",    "function",
    "procedure", "role",   "user",         "type",      "extension", "trigger",     "policy",
    "rule",      "domain", "materialized", "aggregate", "server",    "publication", "subscription"};

std::string kind_of(const sql::Statement& statement) {
  const std::string_view text = statement.text;
  const std::size_t start = text.find(' ');
  if (start == std::string_view::npos) return {};
  const std::string_view rest = trim(text.substr(start, 40));
  const std::string word = lower(rest.substr(0, rest.find_first_of(" \t\n;")));
  const bool known = std::find(kinds.begin(), kinds.end(), word) != kinds.end();
  return known ? word : std::string();
}

bool has_kind(std::string_view verb) { return verb == "create" || verb == "alter" || verb == "drop"; }

std::vector<std::string> names_of(const sql::Statement& statement) {
  std::vector<std::string> names;
  const auto take = [&names](const std::vector<sql::Name>& from) {
    for (const sql::Name& name : from) names.push_back(printable(name.text(), name_bytes_max));
  };
  if (!statement.writes.empty()) {
    take(statement.writes);
  } else if (!statement.tables.empty()) {
    take(statement.tables);
  } else {
    take(statement.objects);
  }
  if (names.empty() && !statement.functions.empty()) {
    names.push_back(printable(statement.functions.front(), name_bytes_max) + "()");
  }
  return names;
}

std::string summarise(const sql::Statement& statement) {
  std::string line = statement.verb;
  if (has_kind(statement.verb)) {
    if (const std::string kind = kind_of(statement); !kind.empty()) line += ' ' + kind;
  }
  std::vector<std::string> names = names_of(statement);
  const std::size_t more = names.size() > names_shown_max ? names.size() - names_shown_max : 0;
  names.resize(names.size() - more);
  if (!names.empty()) line += ' ' + join(names, ", ");
  if (more != 0) line += fmt::format(" and {} more", more);
  return line;
}

// What is inside counts when it does more than look.
bool worth_telling(const sql::Statement& statement) {
  return !statement.inner || !statement.effects.only({sql::Effect::read});
}

}  // namespace

std::string summarise(const sql::Facts& facts) {
  if (!facts.understood) return "a statement that was not understood";
  std::string line = facts.top_level > 1 ? fmt::format("{} statements: ", facts.top_level) : "";
  bool first = true;
  for (const sql::Statement& statement : facts.statements) {
    if (!worth_telling(statement)) continue;
    if (!first) line += statement.inner ? " with " : "; ";
    line += summarise(statement);
    first = false;
    if (line.size() > summary_bytes_max) break;
  }
  if (facts.statements.empty()) line = "nothing";
  return line.size() > summary_bytes_max ? printable(line, summary_bytes_max) + "…" : line;
}

}  // namespace claw::action
