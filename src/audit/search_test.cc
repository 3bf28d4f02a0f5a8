#include <gtest/gtest.h>

#include "action/schema.h"
#include "audit/query.h"
#include "audit/search/facts.h"
#include "audit/search/term.h"

namespace claw::audit {

namespace {

Record record_of(std::string_view members) {
  return parse_record(R"({"seq":1,"time":"2027-01-15T08:00:00.000000Z",)" + std::string(members) + "}")
      .value();
}

const char* const sql_text =
    R"("kind":"judged","action":"a-1","family":"sql","agent":"oncall","endpoint":"postgres.prod","summary":)"
    R"("delete orders","text":"DELETE FROM shop.orders WHERE id = $1","parts":[{"verb":"delete","effects":)"
    R"(["delete"],"tables":["shop.orders"],"writes":["shop.orders"],"has_where":true}],)"
    R"("parameters":["4711"],)"
    R"("verdict":"allow","rule":"writes","asked":"2027-01-15T07:59:58.000000Z")";
const char* const http_text =
    R"("kind":"judged","family":"http","verb":"get","method":"GET","host":"api.example.com",)"
    R"("path":"/repos/a/b?page=2&per_page=9","verdict":"deny","rule":"no-repos","text":"GET /repos")";

bool finds(std::string_view line, std::string_view members) {
  const auto query = parse_query(line);
  EXPECT_TRUE(query.ok()) << (query.ok() ? "" : query.error().text());
  return query.ok() && matches({.text = query->text, .terms = query->terms}, record_of(members));
}

std::string refused(std::string_view line) {
  const auto query = parse_query(line);
  return query.ok() ? "" : query.error().text();
}

}  // namespace

TEST(search, facts_by_the_names_that_rules_use) {
  for (const char* line :
       {"sql.tables=orders", "sql.tables=shop.orders", "tables=orders verb=delete", "sql.verb=DELETE",
        "sql.tables^=shop.", "agent=oncall", "agent.name!=nobody", "sql.has_where=true", "waited>1s",
        "waited_us=2000000", "action.understood=true", "action.destructive=false", "delete from ord",
        "parameters=4711", "\"delete from\" rule=writes", "sql.parameters!=1",
        "endpoint=\"postgres.prod\""}) {
    EXPECT_TRUE(finds(line, sql_text)) << line;
  }
  for (const char* line :
       {"sql.tables=order", "sql.tables!=orders", "tables=orders verb=drop", "k8s.verb=delete", "waited>3s",
        "nothing", "sql.verb!=delete", "http.method!=get", "ders"}) {
    EXPECT_FALSE(finds(line, sql_text)) << line;
  }
  EXPECT_TRUE(finds("http.method=get path^=/repos/ http.query=page=2 verdict=deny", http_text));
  EXPECT_FALSE(finds("path=/repos/a/b?page=2", http_text));
}

TEST(search, what_is_asked_wrongly_is_told) {
  EXPECT_NE(refused("sql.table=orders").find("did you mean `sql.tables`?"), std::string::npos);
  EXPECT_NE(refused("http.headers=x").find("they carry secrets"), std::string::npos);
  EXPECT_NE(refused("rows>many").find("compared with a number"), std::string::npos);
  EXPECT_NE(refused("agent>b").find("is no number"), std::string::npos);
  EXPECT_NE(refused("action.destructive=yes").find("`true` or `false`"), std::string::npos);
  EXPECT_NE(refused("rule=\"open").find("not closed"), std::string::npos);
  EXPECT_NE(refused("rule=").find("nothing"), std::string::npos);
  EXPECT_NE(refused("path^=" + std::string(200, 'x')).find("at most"), std::string::npos);
  EXPECT_NE(refused(std::string(5000, 'x')).find("at most"), std::string::npos);
  EXPECT_EQ(refused("\"a=b\" 1=1 <b>"), "") << "text";
  EXPECT_EQ(parse_query("\"a=b\"")->text, "a=b");
}

// Every fact that rules can read can be searched for, or it is said why not.
TEST(search, no_fact_is_forgotten) {
  const std::vector<std::string> names = field_names();
  for (const action::Family family : action::families) {
    for (const action::Fact& fact : action::schema(family)) {
      const bool is_known = std::ranges::find(names, fact.name) != names.end();
      EXPECT_NE(is_known, why_unrecorded(fact.name).has_value()) << fact.name;
    }
  }
}

TEST(search, an_end_belongs_to_its_action) {
  const auto query = parse_query("tables=orders rows>100");
  Search search({.text = query->text, .terms = query->terms});
  EXPECT_FALSE(search.matches(record_of(sql_text)));
  EXPECT_FALSE(search.matches(record_of(R"("kind":"ended","action":"a-2","ending":"ok","rows":500)")));
  EXPECT_TRUE(search.matches(record_of(R"("kind":"ended","action":"a-1","ending":"ok","rows":500)")));
}

TEST(search, records_that_make_no_sense_say_nothing) {
  for (const char* text : {R"("kind":"judged","family":"sql","parts":[1,null,{"tables":7}],"shadows":{})",
                           R"("kind":"judged","family":"http","path":7,"asked":"never")",
                           R"("kind":"ssh","rows":1.5,"agent":{"a":[[["deep"]]]})"}) {
    EXPECT_FALSE(matches({.text = "nothing"}, record_of(text)));
  }
}

}  // namespace claw::audit
