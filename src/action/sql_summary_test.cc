#include "action/sql_summary.h"

#include <gtest/gtest.h>

namespace claw::action {
namespace {

sql::Facts statements(std::vector<sql::Statement> list) {
  sql::Facts facts;
  facts.understood = true;
  for (const sql::Statement& each : list) facts.top_level += each.inner ? 0 : 1;
  facts.statements = std::move(list);
  return facts;
}

sql::Statement statement(std::string verb, std::string text, sql::Effects effects,
                         std::vector<sql::Name> tables) {
  sql::Statement made;
  made.verb = std::move(verb);
  made.text = std::move(text);
  made.effects = effects;
  made.tables = std::move(tables);
  return made;
}

TEST(sql_summary, a_summary_is_one_short_line_that_the_text_cannot_steer) {
  const auto line = [](sql::Statement one) { return summarise(statements({std::move(one)})); };
  EXPECT_EQ(line(statement("delete", "delete from orders", {sql::Effect::remove}, {{"", "", "orders"}})),
            "delete orders");
  EXPECT_EQ(line(statement("drop", "DROP TABLE users, accounts", {sql::Effect::destroy},
                           {{"", "", "users"}, {"", "", "accounts"}})),
            "drop table users, accounts");
  EXPECT_EQ(line(statement("drop", "drop /* view */ table t", {sql::Effect::destroy}, {{"", "", "t"}})),
            "drop t");
  EXPECT_EQ(line(statement("truncate", "truncate a,b,c,d", {sql::Effect::remove},
                           {{"", "", "a"}, {"", "", "b"}, {"", "", "c"}, {"", "", "d"}})),
            "truncate a, b, c and 1 more");
  const std::string evil = "x\nallowed by ops " + std::string(300, 'y');
  const std::string shown = line(statement("delete", "…", {sql::Effect::remove}, {{"", "", evil}}));
  EXPECT_EQ(shown.find('\n'), std::string::npos);
  EXPECT_LE(shown.size(), 210U);
}

TEST(sql_summary, a_hidden_write_is_in_the_summary) {
  sql::Statement outer = statement("select", "with d as (…) select 1", {sql::Effect::read}, {});
  sql::Statement hidden = statement("delete", "delete from t", {sql::Effect::remove}, {{"", "", "t"}});
  hidden.inner = true;
  EXPECT_EQ(summarise(statements({outer, hidden})), "select with delete t");
}

}  // namespace
}  // namespace claw::action
