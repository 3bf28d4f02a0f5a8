#include "sql/postgres.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "sql/postgres_parse.h"
#include "sql/postgres_walk.h"

namespace claw::sql {
namespace postgres {
namespace {

// DO inside DO inside a function ...; nobody writes five.
constexpr unsigned depth_max = 4;

}  // namespace

void read_into(Facts& facts, std::string_view sql, unsigned depth) {
  if (depth > depth_max) {
    facts.why = fmt::format("SQL in strings is nested more than {} deep", depth_max);
    return;
  }
  const Document document(Document::Source::sql, std::string(sql));
  if (!document.why().empty()) {
    facts.why = document.why();
    if (depth == 0) {
      facts.syntax_error = document.syntax_error();
      facts.syntax_error_at = document.syntax_error_at();
    }
    return;
  }
  const Object root = document.root();
  Walk walk(facts, sql, depth);
  for (const Tree item : items_of(root, "stmts")) {
    const Object statement = item;
    const std::size_t start =
        std::min(static_cast<std::size_t>(number_of(statement, "stmt_location")), sql.size());
    const std::int64_t length = number_of(statement, "stmt_len");
    const auto own =
        sql.substr(start, length > 0 ? static_cast<std::size_t>(length) : std::string_view::npos);
    walk.top_level(statement["stmt"].value(), trim(own));
    if (depth == 0) ++facts.top_level;
  }
}

}  // namespace postgres

namespace {

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

void finish(Statement& statement) {
  if (!statement.reads.empty()) statement.effects.add(Effect::read);
  sort_unique(statement.tables);
  sort_unique(statement.reads);
  sort_unique(statement.writes);
  sort_unique(statement.functions);
  sort_unique(statement.columns);
  sort_unique(statement.objects);
}

Facts not_understood(std::string why) {
  Facts facts;
  facts.why = std::move(why);
  return facts;
}

}  // namespace

Facts read_postgres(std::string_view text) {
  if (text.size() > text_bytes_max)
    return not_understood(fmt::format("text is longer than {} bytes", text_bytes_max));
  if (text.find('\0') != std::string_view::npos) return not_understood("text contains a zero byte");
  if (!is_utf8(text)) return not_understood("text is not UTF-8");
  try {
    Facts facts;
    postgres::read_into(facts, text, 0);
    for (Statement& statement : facts.statements) finish(statement);
    facts.understood = facts.why.empty();
    return facts;
  } catch (const simdjson::simdjson_error&) {
    return not_understood("the parse tree is not as expected");
  }
}

}  // namespace claw::sql
