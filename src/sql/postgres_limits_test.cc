// Texts made to exhaust something: stack, memory, time, or the reader's patience.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sql/read_for_test.h"

namespace claw::sql {
namespace {

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

// As much of `part` as a text may hold.
std::string full(std::string_view head, std::string_view part, std::string_view tail = {}) {
  const std::size_t room = text_bytes_max - head.size() - tail.size();
  return std::string(head) + repeated(part, room / part.size()) + std::string(tail);
}

TEST(Limits, what_is_no_text_is_not_understood) {
  EXPECT_EQ(read(std::string(text_bytes_max + 1, ' ')).why, "text is longer than 262144 bytes");
  EXPECT_EQ(read(std::string_view("SELECT 1\0; DROP TABLE t", 23)).why, "text contains a zero byte");
  EXPECT_EQ(read("SELECT '\xff'").why, "text is not UTF-8");
  EXPECT_EQ(read("SELECT 1 FROM").why, "syntax error at end of input");
  EXPECT_EQ(read("SELEC 1").why, "syntax error at or near `SELEC`");
  EXPECT_FALSE(read("SELECT E'\\xff'").understood);
}

TEST(Limits, right_nesting_never_crashes) {
  for (const std::size_t levels : {2000UL, 10000UL}) {
    EXPECT_NO_FATAL_FAILURE(read("SELECT " + repeated("NOT ", levels) + "true"));
    EXPECT_NO_FATAL_FAILURE(read("SELECT " + repeated("(", levels) + "1" + repeated(")", levels)));
    EXPECT_NO_FATAL_FAILURE(read("SELECT " + repeated("(SELECT ", levels) + "1" + repeated(")", levels)));
    EXPECT_NO_FATAL_FAILURE(read(repeated("EXPLAIN ", levels) + "SELECT 1"));
    EXPECT_NO_FATAL_FAILURE(read("SELECT " + repeated("f(", levels) + "1" + repeated(")", levels)));
  }
  EXPECT_TRUE(read("SELECT " + repeated("(SELECT ", 100) + "1" + repeated(")", 100)).understood);
}

TEST(Limits, left_nesting_never_crashes) {
  const std::pair<const char*, const char*> chains[] = {
      {"SELECT 1", "+1"},
      {"SELECT 1", "::a"},
      {"SELECT 1", " IS NULL"},
      {"SELECT a", " COLLATE b"},
      {"SELECT 1", " UNION TABLE a"},
      {"SELECT 1 FROM a", " JOIN a ON b"},
      {"SELECT (a)", "[1]"},
      {"SELECT (a)", ".b"},
      {"SELECT 1", " AND 1"},
      {"SELECT 1", ",1"},
      {"SELECT 1", ";SELECT 1"},
      {"SELECT 1", " AT TIME ZONE 'x'"},
      {"SELECT ", "-"},
      {"SELECT ", "["},
      {"SELECT 1 FROM ", "("},
      {"SELECT 1", "||1"},
  };
  for (const auto& [head, part] : chains) EXPECT_NO_FATAL_FAILURE(read(full(head, part))) << part;
  EXPECT_NO_FATAL_FAILURE(read("SELECT 1" + repeated("+1", 60000)));
  EXPECT_TRUE(read("SELECT 1" + repeated("+1", 1000)).understood);
}

TEST(Limits, a_wide_statement_is_read_whole) {
  const Facts facts = read(full("SELECT 1 FROM t0", ", t1", ", last"));
  ASSERT_TRUE(facts.understood) << facts.why;
  EXPECT_EQ(names(facts.statements[0].tables), "last,t0,t1");
}

TEST(Limits, inner_statements_are_counted_and_carry_little_text) {
  std::string few = "WITH a0 AS (DELETE FROM t0)";
  for (int i = 1; i < 900; ++i) few += fmt::format(", a{} AS (DELETE FROM t{})", i, i);
  const Facts facts = read(few + " SELECT 1");
  ASSERT_TRUE(facts.understood) << facts.why;
  ASSERT_EQ(facts.statements.size(), 901U);
  EXPECT_EQ(facts.statements.back().text.size(), 4096U);
  std::string many = "WITH a0 AS (DELETE FROM t0)";
  for (int i = 1; i < 2000; ++i) many += fmt::format(", a{} AS (DELETE FROM t{})", i, i);
  EXPECT_EQ(read(many + " SELECT 1").why, "more than 1024 statements inside others");
}

TEST(Limits, code_in_code_ends) {
  std::string sql = "SELECT 1";
  for (int i = 0; i < 8; ++i) sql = fmt::format("DO $q{}$ BEGIN {}; END $q{}$", i, sql, i);
  EXPECT_NE(read(sql).why.find("nested more than"), std::string::npos) << read(sql).why;
}

}  // namespace
}  // namespace claw::sql
