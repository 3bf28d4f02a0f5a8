#include <cstdlib>
#include <new>

#include "cel/json.h"
#include "cel/support_test.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace claw::cel {
namespace {

const Value truncated = Value::unknown(Cause::truncated);

TEST(unknowns, are_absorbed_by_and_and_or_only) {
  Facts facts(actions());
  facts.set("flag", truncated).set("sql.verb", truncated).set("http.body_json", truncated);
  EXPECT_EQ(evaluated("false && flag", facts), "false");
  EXPECT_EQ(evaluated("flag && false", facts), "false");
  EXPECT_EQ(evaluated("flag || true", facts), "true");
  for (const char* source :
       {"flag", "!flag", "flag && true", "flag || false", "flag ? true : true", "sql.verb == 'x'",
        "sql.verb in ['x']", "has(http.body_json.a)", "has(sql.verb)", "http.body_json.a.b == 1",
        "[sql.verb].size() == 1", "http.body_json.exists(x, x == 1)", "sql.verb.matches('a')",
        "[1, 2].exists(x, x == 3 || flag)", "1 / 0 == 1 || flag", "flag && 1 / 0 == 1"}) {
    EXPECT_EQ(evaluated(source, facts), "unknown") << source;
  }
  EXPECT_EQ(evaluated("[1, 2].exists(x, x == 2 || flag)", facts), "true");
}

TEST(unknowns, keep_every_cause) {
  Facts facts(actions());
  facts.set("flag", truncated).set("sql.verb", Value::unknown(Cause::unparsed));
  Arena arena;
  const Program program = must_build("flag && sql.verb == 'a'");
  const Value value = program.evaluate(facts, arena);
  ASSERT_TRUE(value.is(Kind::unknown));
  EXPECT_EQ(value.causes(), Causes(Cause::truncated) | Cause::unparsed);
}

TEST(facts, that_are_absent_are_errors_except_to_has) {
  EXPECT_EQ(evaluated("has(sql.verb)"), "false");
  EXPECT_EQ(evaluated("sql.verb == 'x'"), "error: this action has no such fact");
  EXPECT_EQ(evaluated("has(sql.verb) && sql.verb == 'x'"), "false");
  EXPECT_EQ(evaluated("has(sql.verb)", Facts(actions()).set("sql.verb", Value::string(""))), "true");
}

TEST(facts, from_json_are_looked_into) {
  const auto body =
      json::parse(R"({"user": {"id": 9007199254740993, "name": "a"}, "n": 1.5, "list": [1, null, true]})");
  ASSERT_TRUE(body.ok());
  Arena arena;
  Facts facts(actions());
  facts.set("http.body_json", from_json(*body, arena));
  EXPECT_EQ(evaluated("http.body_json.user.id == 9007199254740993", facts), "true");
  EXPECT_EQ(evaluated("http.body_json.user.id == 9007199254740992", facts), "false");
  EXPECT_EQ(
      evaluated("http.body_json.list[0] == 1 && has(http.body_json.user.name) && !has(http.body_json.x)",
                facts),
      "true");
  EXPECT_EQ(evaluated("http.body_json.x == 1", facts), "error: no such key: x");
  EXPECT_EQ(*to_json(from_json(*body, arena)),
            R"({"user":{"id":9007199254740993,"name":"a"},"n":1.5,"list":[1,null,true]})");
}

TEST(budget, stops_what_takes_too_long) {
  Facts facts(actions());
  facts.set("flag", Value::boolean(true));  // Which an || must not turn into an answer.
  for (const char* source :
       {"lists.range(900000).all(x, lists.range(900000).all(y, true))",
        "lists.range(9000000000).size() == 1 || flag",
        "lists.range(1000).map(x, lists.range(1000)).flatten().distinct().size() == 1000"}) {
    EXPECT_EQ(evaluated(source, facts), "error: the evaluation takes too many steps") << source;
  }
}

TEST(budget, stops_text_that_grows_without_bound) {
  std::string source = "a40";
  for (int i = 40; i > 0; --i)
    source = "cel.bind(a" + std::to_string(i) + ", a" + std::to_string(i - 1) + " + a" +
             std::to_string(i - 1) + ", " + source + ")";
  EXPECT_EQ(evaluated("cel.bind(a0, 'x', " + source + ")"), "error: the evaluation takes too many steps");
}

TEST(regex, refuses_text_that_would_hide_a_word_behind_a_bad_byte) {
  Facts facts(actions());
  facts.set("sql.statement", Value::string("DROP \xff TABLE"));
  EXPECT_EQ(evaluated("sql.statement.matches('DROP.*TABLE')", facts),
            "error: the text to match is not valid utf-8");
}

TEST(maps, find_numbers_of_any_kind_and_many_keys) {
  EXPECT_EQ(evaluated("{1: 'a'}[dyn(1u)] + {1u: 'b'}[dyn(1.0)]"), "ab");
  EXPECT_EQ(evaluated("lists.range(1000).transformMap(i, v, v + 1)[dyn(999.0)]"), "1000");
  EXPECT_EQ(evaluated("{1: 1, 1u: 2}.size() == 2").substr(0, 5), "error");
}

TEST(time, knows_the_calendar_and_zones) {
  EXPECT_EQ(evaluated("timestamp('2024-02-29T12:00:00Z').getDayOfYear()"), "59");
  EXPECT_EQ(evaluated("string(timestamp('2024-02-29T23:30:00-01:00'))"), "2024-03-01T00:30:00Z");
  EXPECT_EQ(evaluated("timestamp('2024-07-01T12:00:00Z').getHours('+05:30')"), "17");
  EXPECT_EQ(evaluated("timestamp('2023-02-29T12:00:00Z')").substr(0, 5), "error");
  EXPECT_EQ(evaluated("timestamp('2024-07-01T12:00:00Z').getHours('../../etc/passwd')").substr(0, 5),
            "error");
  EXPECT_EQ(evaluated("string(duration('1h1m1.5s')) + string(duration('-90s'))"), "3661.5s-90s");
}

TEST(program, tells_what_it_reads_and_whether_it_is_constant) {
  const Program program = must_build("sql.verb == 'select' && 'users' in sql.tables");
  EXPECT_EQ(std::vector<std::uint32_t>(program.slots().begin(), program.slots().end()),
            (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(program.constant(), std::nullopt);
  EXPECT_EQ(must_build("sql.verb == 'a' && 1 == 2").constant(), false);
  EXPECT_EQ(must_build("1 in [1, 2] || flag").constant(), true);
  EXPECT_TRUE(must_build("1 in [1, 2] || flag").slots().empty());
  EXPECT_EQ(must_build("[1, 2].all(x, x > 0)").constant(), true);
}

std::string requirements(std::string_view source) {
  constexpr std::string_view words[] = {" is", " has", " begins"};
  std::string text;
  for (const Requirement& each : must_build(source).requirements()) {
    text += text.empty() ? "" : "; ";
    text += actions().variables()[each.slot].name;
    text += words[static_cast<std::size_t>(each.how)];
    for (const std::string& option : each.any_of) text += " " + option;
  }
  return text;
}

TEST(requirements, are_what_the_program_cannot_be_true_without) {
  EXPECT_EQ(requirements("sql.verb == 'SELECT' && flag"), "sql.verb is select");
  EXPECT_EQ(requirements("flag && ('x' == sql.statement || sql.statement in ['y', 'z'])"),
            "sql.statement is x y z");
  EXPECT_EQ(requirements("'users' in sql.tables && sql.verb in ['a', 'b']"),
            "sql.tables has users; sql.verb is a b");
  EXPECT_EQ(requirements("sql.tables.exists(t, t in ['a', 'b'])"), "sql.tables has a b");
  EXPECT_EQ(requirements("sql.tables.exists(t, 'a' == t)"), "sql.tables has a");
  EXPECT_EQ(requirements("(sql.verb == 'a' && flag) || (sql.verb == 'b' && !flag)"), "sql.verb is a b");
  EXPECT_EQ(requirements("sql.verb.startsWith('SEL') && flag"), "sql.verb begins sel");
  EXPECT_EQ(requirements("sql.statement.startsWith('a') || sql.statement == 'b'"),
            "sql.statement begins a b");
  EXPECT_EQ(requirements("sql.statement in ['b', 'c'] || sql.statement.startsWith('a')"),
            "sql.statement begins b c a");
  for (const char* source :
       {"flag", "!sql.verb.startsWith('a')", "'abc'.startsWith(sql.verb)", "sql.verb.endsWith('a')",
        "sql.verb.startsWith(sql.statement)", "sql.verb.startsWith('a') || 'a' in sql.tables",
        "sql.verb != 'a'", "!(sql.verb == 'a')", "sql.verb == 'a' || flag",
        "sql.verb == 'a' ? true : flag", "sql.verb == sql.statement", "sql.tables.all(t, t == 'a')",
        "has(sql.verb)", "[sql.verb].exists(t, t == 'a')", "sql.tables.exists(i, t, t == 'a')",
        "[['a']].exists(l, sql.tables.exists(t, l[0] == 'a'))"}) {
    EXPECT_EQ(requirements(source), "") << source;
  }
}

TEST(speed, an_ordinary_condition_does_not_touch_the_heap) {
  const std::vector<std::string> names = {"orders", "users"};
  const TextList tables(names);
  Facts facts(actions());
  facts.set("sql.verb", Value::string("select"))
      .set("sql.tables", Value::list(tables))
      .set("flag", Value::boolean(true));
  const Program program = must_build(
      "sql.verb in ['insert', 'select'] && 'users' in sql.tables && sql.tables.exists(t, t == 'users') && "
      "sql.tables.filter(t, t.startsWith('u')).size() == 1 && (flag ? sql.verb + '!' == 'select!' : false)");
  Arena arena;
  const std::size_t before = allocations;
  const Value value = program.evaluate(facts, arena);
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(value.is_true());
}

}  // namespace
}  // namespace claw::cel
