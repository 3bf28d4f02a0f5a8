#include "policy/index.h"

#include <gtest/gtest.h>

#include <random>

#include "action/sql.h"
#include "policy/ruleset.h"

namespace claw::policy {
namespace {

using Random = std::mt19937;
using How = cel::Requirement::How;

constexpr std::string_view verbs[] = {"select", "insert", "update", "delete", "drop", "grant"};
constexpr std::string_view tables[] = {"users", "orders", "audit", "accounts", "logs"};
constexpr std::string_view people[] = {"bot", "cron", "claude"};

std::size_t below(Random& random, std::size_t bound) { return random() % bound; }

template <std::size_t size>
std::string pick(Random& random, const std::string_view (&words)[size]) {
  return std::string(words[below(random, size)]);
}

template <std::size_t size>
std::string literals(Random& random, const std::string_view (&words)[size]) {
  std::string text = "[";
  for (std::size_t i = 0, count = 1 + below(random, 3); i < count; ++i) {
    text += (i == 0 ? "'" : ", '") + pick(random, words) + "'";
  }
  return text + "]";
}

std::string atom(Random& random) {
  switch (below(random, 14)) {
    case 0: return "sql.verb == '" + pick(random, verbs) + "'";
    case 1: return "'" + pick(random, verbs) + "' == sql.verb";
    case 2: return "sql.verb in " + literals(random, verbs);
    case 3: return "'" + pick(random, tables) + "' in sql.tables";
    case 4: return "sql.tables.exists(t, t in " + literals(random, tables) + ")";
    case 5: return "sql.tables.exists(t, t == '" + pick(random, tables) + "')";
    case 6: return "agent.name == '" + pick(random, people) + "'";
    case 7: return "sql.verb != '" + pick(random, verbs) + "'";
    case 8: return "sql.has_where";
    case 9: return "sql.tables[1] == '" + pick(random, tables) + "'";  // An error when there is no second.
    case 10: return "sql.verb.startsWith('" + pick(random, verbs).substr(0, below(random, 4)) + "')";
    case 11: return "(sql.verb == '" + pick(random, verbs) + "' || sql.verb.startsWith('de'))";
    case 12: return "agent.name.startsWith('cl')";
    default: return "size(sql.tables) > " + std::to_string(below(random, 3));
  }
}

std::string condition(Random& random, int depth) {
  if (depth == 0 || below(random, 3) == 0) return atom(random);
  const std::string a = condition(random, depth - 1);
  const std::string b = condition(random, depth - 1);
  switch (below(random, 5)) {
    case 0: return "(" + a + " || " + b + ")";
    case 1: return "!(" + a + ")";
    default: return "(" + a + " && " + b + ")";
  }
}

RuleSource random_rule(Random& random, std::size_t number) {
  RuleSource source;
  source.name = "r" + std::to_string(number);
  source.condition = below(random, 40) == 0 ? "" : condition(random, 3);
  source.priority = static_cast<std::int64_t>(below(random, 3));
  source.disabled = below(random, 20) == 0;
  source.shadow = below(random, 10) == 0;
  source.verdict = static_cast<Outcome>(below(random, 3));
  if (source.verdict == Outcome::approve) source.approvers = {"ops"};
  if (below(random, 5) == 0) source.credentials = {pick(random, people)};
  if (below(random, 5) == 0) source.profiles = {pick(random, people), pick(random, people)};
  return source;
}

action::Action random_action(Random& random) {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = below(random, 8) != 0;
  facts->top_level = 1 + below(random, 3);
  for (std::size_t i = 0; i < facts->top_level; ++i) {
    sql::Statement& made = facts->statements.emplace_back();
    made.verb = below(random, 10) == 0 ? "call" : pick(random, verbs);
    made.has_where = below(random, 2) == 0;
    for (std::size_t t = below(random, 4); t-- > 0;) made.tables.push_back({"", "", pick(random, tables)});
  }
  action::Action action;
  action.subject = action::make_sql_subject("text", facts, below(random, 10) == 0);
  action.context = action::make_sql_context({{pick(random, people), pick(random, people), ""}, "e",
                                             below(random, 4) == 0 ? "" : pick(random, people), "s"}, {});
  return action;
}

// The decision as HOUSE.md states it, read off explain(), which uses no index.
std::string by_the_book(const Ruleset& rules, const Explanation& explanation, std::uint32_t part) {
  std::string shadows;
  for (const Answer& answer : explanation.answers) {
    if (answer.part != part) continue;
    const bool decides = answer.kind == Answer::Kind::yes || answer.kind == Answer::Kind::unknown ||
                         answer.kind == Answer::Kind::error;
    if (!decides) continue;
    const RuleSource& rule = rules.rules()[answer.rule].source;
    const Outcome outcome = answer.kind == Answer::Kind::yes ? rule.verdict : Outcome::deny;
    const std::string said = rule.name + " " + std::string(name_of(outcome));
    if (!rule.shadow) return shadows + said;
    shadows += said + ", ";
  }
  return shadows + " deny";
}

std::string with_index(const Ruleset& rules, const action::Action& action, std::uint32_t part) {
  cel::Arena arena;
  const action::Standing standing;
  const action::Call call(action, standing);
  const action::Facts facts(action.subject->parts[part].facts, action.context->facts,
                            call.facts(action.subject->family));
  const Decision decision =
      rules.judge(facts, {action.context->credential, action.context->principal.profile},
                  {action.subject->truncated, action.subject->understood}, arena);
  std::string said;
  for (const Shadow& shadow : decision.shadows) {
    said += std::string(shadow.rule) + " " + std::string(name_of(shadow.would)) + ", ";
  }
  return said + std::string(decision.rule_name) + " " + std::string(name_of(decision.outcome));
}

TEST(index, never_changes_a_decision) {
  Random random(20260101);
  for (int round = 0; round < 15; ++round) {
    std::vector<RuleSource> sources;
    for (std::size_t i = 0, count = 1 + below(random, 150); i < count; ++i) {
      sources.push_back(random_rule(random, i));
    }
    const Compiled made = compile_rules(action::Family::sql, sources);
    ASSERT_NE(made.rules, nullptr) << made.issues.at(0).text;
    for (int i = 0; i < 20; ++i) {
      const action::Action action = random_action(random);
      const Explanation explanation = made.rules->explain(action);
      for (std::uint32_t part = 0; part < action.subject->parts.size(); ++part) {
        ASSERT_EQ(with_index(*made.rules, action, part), by_the_book(*made.rules, explanation, part));
      }
    }
  }
}

TEST(index, leaves_out_what_begins_otherwise) {
  Index index(4);
  index.add(0, {}, {{0, {"/a/", "/b"}, How::begins}});
  index.add(1, {}, {{0, {"/a/b"}, How::begins}});
  index.add(2, {}, {{0, {""}, How::begins}});
  index.add(3, {}, {{0, {"/a/b"}, How::is}});
  index.build();
  struct One final : cel::Activation {
    cel::Value value;
    cel::Value fact(std::uint32_t) const override { return value; }
  } facts;
  cel::Arena arena;
  const auto left = [&](std::string_view path) {
    facts.value = cel::Value::string(path);
    return index.candidates(facts, {}, arena)[0];
  };
  EXPECT_EQ(left(""), 0b0100U);
  EXPECT_EQ(left("/a"), 0b0100U);
  EXPECT_EQ(left("/a/"), 0b0101U);
  EXPECT_EQ(left("/a/b"), 0b1111U);
  EXPECT_EQ(left("/a/bc"), 0b0111U);
  EXPECT_EQ(left("/bc"), 0b0101U);
  EXPECT_EQ(left("/c"), 0b0100U);
  facts.value = cel::Value::unknown(cel::Cause::unparsed);
  EXPECT_EQ(index.candidates(facts, {}, arena)[0], 0b1111U);
}

TEST(index, leaves_out_what_cannot_be_true) {
  Index index(3);
  RuleSource plain;
  index.add(0, plain, {{0, {"delete"}, How::is}});
  index.add(1, plain, {{1, {"users", "orders"}, How::has}});
  index.add(2, plain, {});
  index.build();
  struct Two final : cel::Activation {
    cel::Value values[2];
    cel::Value fact(std::uint32_t slot) const override { return values[slot]; }
  } facts;
  cel::Arena arena;
  const cel::Value list[] = {cel::Value::string("orders")};
  facts.values[0] = cel::Value::string("select");
  facts.values[1] = cel::Value::list(list);
  EXPECT_EQ(index.candidates(facts, {}, arena)[0], 0b110U);
  facts.values[0] = cel::Value::string("delete");
  facts.values[1] = cel::Value::list(std::span<const cel::Value>());
  EXPECT_EQ(index.candidates(facts, {}, arena)[0], 0b101U);
  facts.values[0] = cel::Value::unknown(cel::Cause::unparsed);
  facts.values[1] = cel::Value::unknown(cel::Cause::unparsed);
  EXPECT_EQ(index.candidates(facts, {}, arena)[0], 0b111U) << "what is unknown leaves every rule in";
}

}  // namespace
}  // namespace claw::policy
