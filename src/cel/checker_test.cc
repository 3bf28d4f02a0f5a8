#include "cel/support_test.h"

namespace claw::cel {
namespace {

TEST(checker, names_the_nearest_variable) {
  EXPECT_EQ(complaint("sql.verbb == 'select'"),
            "0:9: nothing is called `sql.verbb` here, did you mean `sql.verb`?");
  EXPECT_EQ(complaint("sql.table.exists(t, t == 'x')"),
            "0:9: nothing is called `sql.table` here, did you mean `sql.tables`?");
  EXPECT_EQ(complaint("http.header['x'] == ''"),
            "0:11: nothing is called `http.header` here, did you mean `http.headers`?");
}

TEST(checker, names_the_nearest_function) {
  EXPECT_EQ(complaint("sql.verb.startWith('s')"),
            "0:23: there is no function `startWith`, did you mean `startsWith`?");
  EXPECT_EQ(complaint("sets.intersect(sql.tables, ['a'])"),
            "0:33: there is no such function, did you mean `sets.intersects`?");
}

TEST(checker, types_must_fit) {
  EXPECT_EQ(complaint("sql.verb == 1"), "0:13: `==` does not take (string, int)");
  EXPECT_EQ(complaint("sql.verb && flag"), "0:8: `&&` takes bool, not string");
  EXPECT_EQ(complaint("sql.tables.contains('x')"), "0:24: `list(string)` has no contains(string)");
  EXPECT_EQ(complaint("sql.verb.name == 'x'"), "0:13: `string` has no fields, so none called `name`");
  EXPECT_EQ(complaint("flag ? 1 : 'a'"), "0:14: `?:` does not take (bool, int, string)");
  EXPECT_EQ(complaint("http.status.exists(x, true)"), "0:11: this macro works on a list or map, not on int");
  EXPECT_EQ(complaint("Thing{a: 1}"), "0:11: there are no message types here");
}

TEST(checker, all_issues_are_told_at_once) {
  Issues issues;
  EXPECT_FALSE(build("sql.verbb == 'a' && http.stats == 1 && flag == 'x'", actions(), &issues).ok());
  ASSERT_EQ(issues.size(), 3U);
  EXPECT_EQ(issues[1].offset, 20U);
  EXPECT_EQ(issues[1].suggestion, "http.status");
}

TEST(checker, a_bad_pattern_is_found_at_once) {
  EXPECT_EQ(complaint("sql.statement.matches('(a')"), "22:4: bad pattern: missing ): (a");
  EXPECT_NE(complaint("regex.extract(sql.statement, 'a**(') == optional.none()"), "");
}

TEST(checker, a_macro_variable_hides_a_declared_name) {
  EXPECT_EQ(evaluated("[true].exists(flag, flag)"), "true");
  EXPECT_EQ(evaluated("[{'verb': 1}].all(sql, sql.verb == 1)"), "true");
}

TEST(checker, too_many_variables_in_scope_are_refused) {
  std::string source = "true";
  for (int i = 0; i < 80; ++i) source = "[1].all(v" + std::to_string(i) + ", " + source + ")";
  EXPECT_NE(complaint(source).find("too many variables"), std::string::npos);
}

TEST(checker, types_of_map_keys_do_not_grow_without_bound) {
  std::string source = "a60";
  for (int i = 60; i > 0; --i)
    source = "cel.bind(a" + std::to_string(i) + ", {a" + std::to_string(i - 1) + ": a" +
             std::to_string(i - 1) + "}, " + source + ")";
  EXPECT_NE(complaint("cel.bind(a0, 1, " + source + ") == 1"), "");
}

// The original lowers literals compared with a verb, so that a rule cannot miss for its spelling.
TEST(fold, text_compared_with_a_folded_variable_is_lowered) {
  const std::vector<std::string> names = {"pg_sleep"};
  const TextList functions(names);
  Facts facts(actions());
  facts.set("sql.verb", Value::string("select")).set("sql.statement", Value::string("SELECT"));
  facts.set("sql.functions", Value::list(functions));
  for (const char* source :
       {"sql.verb == 'SELECT'", "'Select' == sql.verb", "sql.verb in ['INSERT', 'SELECT']",
        "sql.verb.startsWith('SEL')", "sql.verb.endsWith('ECT')", "sql.verb.contains('ELE')",
        "'PG_SLEEP' in sql.functions", "sql.functions.exists(f, f == 'PG_Sleep')",
        "sql.functions.exists(f, f in ['PG_SLEEP'])", "sql.functions.exists(i, f, f == 'PG_SLEEP')",
        "sql.functions.filter(f, f != 'X').exists(f, f == 'PG_SLEEP')", "sql.functions[0] == 'PG_SLEEP'",
        "sets.intersects(sql.functions, ['PG_SLEEP'])", "cel.bind(v, sql.verb, v == 'SELECT')",
        "sql.verb == sql.statement", "['DROP', 'SELECT'].exists(v, v == sql.verb)",
        "sql.verb in {'SELECT': 1}", "!(sql.verb != 'SELECT')"}) {
    EXPECT_EQ(evaluated(source, facts), "true") << source;
  }
  EXPECT_EQ(evaluated("sql.verb.matches('SEL')", facts), "false");
  EXPECT_EQ(evaluated("sql.statement == 'select'", facts), "false");
}

TEST(type, names_are_read_back) {
  for (const char* name :
       {"map(string,list(int))", "optional_type(dyn)", "timestamp", "net.IP", "list(map(bool,uint))"}) {
    EXPECT_EQ(Type::parse(name)->name(), name);
  }
  EXPECT_FALSE(Type::parse("list(int").ok());
  EXPECT_FALSE(Type::parse("map(int)").ok());
  EXPECT_FALSE(Type::parse("int)").ok());
}

}  // namespace
}  // namespace claw::cel
