#include "action/body/graphql.h"

#include <gtest/gtest.h>

#include "action/body/graphql_tokens.h"

namespace claw::action {
namespace {

// `query Name: a, b`, or what is wrong.
std::string read(std::string_view text, std::optional<std::string_view> chosen = std::nullopt) {
  const auto made = read_graphql(text, chosen);
  if (!made) return "! " + made.error().what;
  std::string shown(made->kind);
  if (!made->name.empty()) shown.append(" ").append(made->name);
  for (std::size_t i = 0; i < made->fields.size(); ++i) {
    shown.append(i == 0 ? ": " : ", ").append(made->fields[i]);
  }
  return shown;
}

struct Row {
  std::string_view text;
  std::string_view read;
};

TEST(graphql, operations_and_their_top_fields) {
  constexpr Row rows[] = {
      {"{a}", "query: a"},
      {"query { a b }", "query: a, b"},
      {"mutation M { deleteUser(id: 7) { id } }", "mutation M: deleteUser"},
      {"subscription S @live { events }", "subscription S: events"},
      {"\xEF\xBB\xBF{a}", "query: a"},
      {"{ harmless: deleteRepository(input: {id: \"x\"}) { id } }", "query: deleteRepository"},
      {"{a a b: a}", "query: a"},
      {"query Q($a: Int = 1, $b: [String!]! @d) { f(a: $a) }", "query Q: f"},
      {"{ a @include(if: $x) b @skip(if: true) }", "query: a, b"},
      {"mutation{ ...F } fragment F on Mutation { drop keep }", "mutation: drop, keep"},
      {"mutation{ ... on Mutation { drop } ... { keep } ...@x{z} }", "mutation: drop, keep, z"},
      {"{ ...A } fragment A on Q { ...B } fragment B on Q { x }", "query: x"},
      {"{ ...A } fragment A on Q { ...A x }", "query: x"},
      {"{a(s: \"}\", t: \"\"\"} \\\"\"\" }\"\"\", n: -1.5e+3, e: NAME, l: [1 2,3], o: {}, v: $v)}",
       "query: a"},
      {"# mutation{drop}\n{a,,,b}#", "query: a, b"},
      {"{a(s: \"\\u0041\\n\")}", "query: a"},
      {"query mutation { a }", "query mutation: a"},
      {"{ on fragment query }", "query: on, fragment, query"},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.text), row.read) << row.text;
}

TEST(graphql, the_operation_is_the_one_that_is_named) {
  constexpr std::string_view two = "query A { a } mutation B { b }";
  EXPECT_EQ(read(two, "B"), "mutation B: b");
  EXPECT_EQ(read(two, "A"), "query A: a");
  EXPECT_EQ(read("query A { a }", ""), "query A: a");
  EXPECT_EQ(read("query A { a }", "A"), "query A: a");
  constexpr std::string_view not_told = "! GraphQL: which operation is meant cannot be told";
  EXPECT_EQ(read(two), not_told);
  EXPECT_EQ(read(two, ""), not_told);
  EXPECT_EQ(read(two, "C"), not_told);
  EXPECT_EQ(read("{a}", "A"), not_told);
  EXPECT_EQ(read("fragment F on Q { a }"), not_told);
  EXPECT_EQ(read(""), not_told);
}

TEST(graphql, whatever_is_no_whole_document_is_an_error) {
  constexpr std::string_view bad[] = {
      "{",
      "}",
      "{}",
      "{a",
      "{a}}",
      "{a(}",
      "{a()}",
      "{a(b:)}",
      "{a:}",
      "{a::b}",
      "query",
      "query Q",
      "{a} b",
      "{...}",
      "{...F}",
      "{a(x: 01)}",
      "{a(x: 1.)}",
      "{a(x: 1e)}",
      "{a(x: 1a)}",
      "{a(x: \"\n\")}",
      "{a(x: \"\\q\")}",
      "{a(x: \"\\u{41}\")}",
      "{a(x: \"\"\"x)}",
      "{a(x: \")}",
      "{a..b}",
      "{a} {b}",
      "query A{a} query A{b}",
      "{...F} fragment F on Q {a} fragment F on Q {b}",
      "fragment on on Q {a} {b}",
      "type Q { a: Int }",
      "schema { query: Q }",
      "extend type Q { a: Int }",
      "{a}\x01",
      "{a #\x01\n}",
      "{a\xff}",
      "{a ;}",
      "{a}'",
      "query ($a) {b}",
      "query ($a: ) {b}",
      "query ($a: [I) {b}",
      "query () {b}",
      "{a @}",
      "{a(x: $)}",
      "{a(x: [1)}",
      "{a(x: {b})}",
      "{ a(x: \"\\u12\") }",
      "{\xEF\xBB\xBF"
      "a}",
      "mutation M {a} {b}",
  };
  for (const std::string_view text : bad) {
    EXPECT_TRUE(read(text).starts_with("! ")) << text << ": " << read(text);
  }
}

TEST(graphql, cut_anywhere_it_is_an_error) {
  constexpr std::string_view text =
      "mutation M($a: [Int!] = [1]) @d(x: \"y\") { z: a(b: {c: 1}) { d } ...F } fragment F on Q { ... on R { "
      "g } }";
  ASSERT_EQ(read(text), "mutation M: a, g");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(read(text.substr(0, size)).starts_with("! ")) << text.substr(0, size);
  }
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

TEST(graphql, depth_and_width_have_limits) {
  EXPECT_EQ(read("{a" + repeated("{a", 63) + repeated("}", 64)), "query: a");
  EXPECT_EQ(read("{a" + repeated("{a", 64) + repeated("}", 65)), "! GraphQL: nested too deep");
  EXPECT_EQ(read("{a(x: " + repeated("[", 100'000)), "! GraphQL: nested too deep");
  EXPECT_EQ(read("query($a: " + repeated("[", 100'000)), "! GraphQL: nested too deep");
  EXPECT_EQ(read(repeated("{... on A", 100'000)), "! GraphQL: nested too deep");
  std::string wide = "{";
  for (int i = 0; i <= 1000; ++i) wide += "f" + std::to_string(i) + " ";
  EXPECT_EQ(read(wide + "}"), "! GraphQL: more than 1000 fields");
  std::string chain = "{...F0}";  // Fragments that fan out cost no more than their text.
  for (int i = 0; i < 200; ++i) {
    const std::string next = " ...F" + std::to_string(i + 1);
    chain += " fragment F" + std::to_string(i) + " on Q {" + next + next + " x}";
  }
  EXPECT_EQ(read(chain + " fragment F200 on Q {y}"), "query: x, y");
}

TEST(graphql_tokens, are_the_words_between_what_is_ignored) {
  GraphqlTokens tokens("\xEF\xBB\xBF a,#x\n...-1.5e3 \"s\" \"\"\"b\\\"\"\"\"\"\" :;z");
  const auto next = [&tokens] { return std::string(tokens.take().text); };
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "...");
  EXPECT_EQ(next(), "-1.5e3");
  EXPECT_EQ(next(), "\"s\"");
  EXPECT_EQ(next(), R"("""b\"""""")");
  EXPECT_TRUE(tokens.take().is(":"));
  EXPECT_EQ(tokens.take().kind, GraphqlToken::Kind::bad);
  EXPECT_EQ(tokens.take().kind, GraphqlToken::Kind::bad) << "and nothing after it";
}

}  // namespace
}  // namespace claw::action
