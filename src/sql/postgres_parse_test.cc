#include "sql/postgres_parse.h"

#include <gtest/gtest.h>

namespace claw::sql::postgres {
namespace {

using enum Document::Source;

TEST(Document, is_a_tree_or_a_reason) {
  EXPECT_EQ(Document(sql, "SELECT 1").why(), "");
  EXPECT_EQ(Document(sql, "SELECT \x01").why(), "syntax error at or near `\\x01`");
  EXPECT_EQ(Document(plpgsql, "DO $$ begin null; end $$").why(), "");
  EXPECT_EQ(Document(plpgsql, "DO $$ begin x x; end $$").why(), "syntax error at or near `x`");
}

TEST(Document, may_be_read_while_others_come_and_go) {
  const Document outer(sql, "SELECT 1; SELECT 2");
  { const Document inner(sql, std::string(300000, ' ') + "SELECT 3"); }
  simdjson::dom::array statements;
  ASSERT_EQ(outer.root()["stmts"].get(statements), simdjson::SUCCESS);
  EXPECT_EQ(statements.size(), 2U);
}

}  // namespace
}  // namespace claw::sql::postgres
