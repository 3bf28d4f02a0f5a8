#include <gtest/gtest.h>

#include "action/call.h"
#include "action/facts.h"
#include "action/requests.h"
#include "action/sql.h"
#include "base/json.h"

namespace claw::action {
namespace {

// Shows a fact as a test wants to read it.
std::string show(const cel::Value& value) {
  switch (value.kind()) {
    case cel::Kind::absent: return "absent";
    case cel::Kind::unknown: return value.causes().has(cel::Cause::unparsed) ? "unparsed" : "truncated";
    case cel::Kind::null: return "null";
    case cel::Kind::boolean: return value.as_boolean() ? "true" : "false";
    case cel::Kind::int64: return std::to_string(value.as_int64());
    case cel::Kind::string: return std::string(value.as_text());
    case cel::Kind::list: {
      std::string text;
      for (std::size_t i = 0; i < value.size(); ++i) text += (i == 0 ? "" : ",") + show(value.at(i));
      return "[" + text + "]";
    }
    case cel::Kind::error: case cel::Kind::uint64: case cel::Kind::float64: case cel::Kind::bytes:
    case cel::Kind::map: case cel::Kind::timestamp: case cel::Kind::duration: case cel::Kind::type:
    case cel::Kind::optional: case cel::Kind::ip: case cel::Kind::cidr: return "other";
  }
  return "none";
}

std::string own(const Subject& subject, std::size_t part, std::string_view fact) {
  return show(subject.parts.at(part).facts.at(slot_of(subject.family, fact).value()));
}

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
  made.tables = tables;
  (effects.only({sql::Effect::read}) ? made.reads : made.writes) = std::move(tables);
  return made;
}

std::shared_ptr<const Subject> subject_of(std::string_view text, sql::Facts facts) {
  return make_sql_subject(text, std::make_shared<const sql::Facts>(std::move(facts)));
}

TEST(sql_subject, every_statement_is_a_part_with_its_facts) {
  sql::Statement drop =
      statement("drop", "drop table audit.log", {sql::Effect::destroy}, {{"", "audit", "log"}});
  drop.destructive = true;
  sql::Statement select = statement("select", "select f(1)", {sql::Effect::read}, {});
  select.functions = {"s.f", "f"};
  select.has_where = true;
  const auto subject = subject_of("select f(1); drop table audit.log", statements({select, drop}));
  ASSERT_EQ(subject->parts.size(), 2U);
  EXPECT_EQ(own(*subject, 0, "sql.verb"), "select");
  EXPECT_EQ(own(*subject, 0, "sql.functions"), "[s.f,f]");
  EXPECT_EQ(own(*subject, 0, "sql.has_where"), "true");
  EXPECT_EQ(own(*subject, 0, "sql.statements"), "[select,drop]");
  EXPECT_EQ(own(*subject, 0, "action.destructive"), "false");
  EXPECT_EQ(own(*subject, 1, "sql.tables"), "[log,audit.log]");
  EXPECT_EQ(own(*subject, 1, "sql.writes"), "[log,audit.log]");
  EXPECT_EQ(own(*subject, 1, "sql.reads"), "[]");
  EXPECT_EQ(own(*subject, 1, "sql.effects"), "[destroy]");
  EXPECT_EQ(own(*subject, 1, "sql.statement"), "drop table audit.log");
  EXPECT_EQ(own(*subject, 1, "action.destructive"), "true");
  EXPECT_TRUE(subject->destructive);
  EXPECT_FALSE(subject->reads_only);
  EXPECT_EQ(subject->summary, "2 statements: select s.f(); drop table audit.log");
}

TEST(sql_subject, facts_are_in_the_schemas_order) {
  sql::Statement all = statement("Verb", "text", {sql::Effect::write, sql::Effect::file}, {{"c", "s", "t"}});
  all.columns = {"col"};
  all.objects = {{"", "", "obj"}};
  all.inner = true;
  const auto subject = subject_of("text", statements({all}));
  EXPECT_EQ(subject->parts[0].facts.size(), runs(Family::sql).own);
  EXPECT_EQ(own(*subject, 0, "sql.tables"), "[t,s.t,c.s.t]");
  EXPECT_EQ(own(*subject, 0, "sql.effects"), "[file,write]");
  EXPECT_EQ(own(*subject, 0, "sql.columns"), "[col]");
  EXPECT_EQ(own(*subject, 0, "sql.objects"), "[obj]");
  EXPECT_EQ(own(*subject, 0, "sql.inner"), "true");
  EXPECT_EQ(own(*subject, 0, "action.understood"), "true");
}

TEST(sql_subject, what_was_not_understood_is_unknown_but_for_its_text) {
  sql::Facts facts;
  facts.why = "syntax error at or near `frobnicate`";
  const auto subject = subject_of("frobnicate users", facts);
  ASSERT_EQ(subject->parts.size(), 1U);
  EXPECT_FALSE(subject->understood);
  EXPECT_FALSE(subject->reads_only);
  EXPECT_EQ(subject->why_not, facts.why);
  EXPECT_EQ(own(*subject, 0, "sql.verb"), "unparsed");
  EXPECT_EQ(own(*subject, 0, "sql.tables"), "unparsed");
  EXPECT_EQ(own(*subject, 0, "action.destructive"), "unparsed");
  EXPECT_EQ(own(*subject, 0, "sql.statement"), "frobnicate users");
  EXPECT_EQ(own(*subject, 0, "action.understood"), "false");
}

TEST(sql_subject, more_statements_than_anybody_writes_are_not_understood) {
  std::vector<sql::Statement> many(1001, statement("select", "select 1", {sql::Effect::read}, {}));
  EXPECT_FALSE(subject_of("select 1;…", statements(many))->understood);
  many.pop_back();
  EXPECT_TRUE(subject_of("select 1;…", statements(many))->understood);
}

TEST(sql_subject, a_text_without_a_statement_is_still_one_part) {
  const auto subject = subject_of("-- nothing", statements({}));
  ASSERT_EQ(subject->parts.size(), 1U);
  EXPECT_TRUE(subject->understood);
  EXPECT_EQ(own(*subject, 0, "sql.verb"), "");
}

TEST(sql_subject, its_record_is_json_members) {
  const auto subject = subject_of(
      "delete from \"a\"",
      statements({statement("delete", "delete from \"a\"", {sql::Effect::remove}, {{"", "", "a"}})}));
  const auto record = json::parse("{" + subject->record_json + "}");
  ASSERT_TRUE(record) << subject->record_json;
  EXPECT_EQ(record->text_or("family", ""), "sql");
  EXPECT_EQ(record->text_or("text", ""), "delete from \"a\"");
  EXPECT_EQ(record->find("parts")->array()->at(0).text_or("verb", ""), "delete");
}

// Every fact but the text is shared; nothing of it may be left over from the other's.
TEST(sql_subject, made_like_another_is_what_it_would_be_by_itself) {
  const auto select = [](std::string text) {
    return statement("select", std::move(text), {sql::Effect::read}, {{"", "public", "accounts"}});
  };
  std::shared_ptr<const Subject> form = subject_of("select 1 \n", statements({select("select 1")}));
  const auto alone = subject_of("select \"2222\" \n", statements({select("select \"2222\"")}));
  const auto like = make_sql_subject_like(*form, "select \"2222\" \n", "select \"2222\"");
  const auto like_that = make_sql_subject_like(*like, "select \"2222\" \n", "select \"2222\"");
  form.reset();
  for (const auto& subject : {like, like_that}) {
    EXPECT_EQ(subject->text, alone->text);
    EXPECT_EQ(subject->summary, alone->summary);
    EXPECT_EQ(subject->record_json, alone->record_json);
    EXPECT_EQ(subject->understood, alone->understood);
    EXPECT_EQ(subject->truncated, alone->truncated);
    EXPECT_EQ(subject->destructive, alone->destructive);
    EXPECT_EQ(subject->reads_only, alone->reads_only);
    ASSERT_EQ(subject->parts.size(), 1U);
    EXPECT_EQ(subject->parts[0].verb, "select");
    EXPECT_EQ(subject->parts[0].text, "select \"2222\"");
    EXPECT_TRUE(subject->parts[0].reads_only);
    ASSERT_EQ(subject->parts[0].facts.size(), alone->parts[0].facts.size());
    for (std::size_t slot = 0; slot < alone->parts[0].facts.size(); ++slot) {
      EXPECT_EQ(show(subject->parts[0].facts[slot]), show(alone->parts[0].facts[slot])) << slot;
    }
  }
}

TEST(sql_context, says_who_and_where) {
  const auto context = make_sql_context({{"bot", "ops", "10.0.0.7:41000"}, "postgres.prod", "pg_ro", "s1"},
                                        {"reader", "shop", "reader", {"app", "public"}});
  const auto fact = [&](std::string_view name) {
    return show(context->facts.at(slot_of(Family::sql, name).value() - runs(Family::sql).own));
  };
  EXPECT_EQ(fact("agent.name"), "bot");
  EXPECT_EQ(fact("agent.profile"), "ops");
  EXPECT_EQ(fact("agent.address"), "10.0.0.7:41000");
  EXPECT_EQ(fact("action.endpoint"), "postgres.prod");
  EXPECT_EQ(fact("action.credential"), "pg_ro");
  EXPECT_EQ(fact("sql.database"), "shop");
  EXPECT_EQ(fact("sql.user"), "reader");
  EXPECT_EQ(fact("sql.role"), "reader");
  EXPECT_EQ(fact("sql.search_path"), "[app,public]");
  EXPECT_TRUE(json::parse("{" + context->record_json + "}"));
}

TEST(sql_context, what_is_not_known_of_a_session_is_unknown) {
  const auto context = make_sql_context({}, {"reader", "shop", "", {}});
  const std::uint32_t first = runs(Family::sql).own;
  EXPECT_EQ(show(context->facts.at(slot_of(Family::sql, "sql.role").value() - first)), "unparsed");
  EXPECT_EQ(show(context->facts.at(slot_of(Family::sql, "sql.search_path").value() - first)), "unparsed");
  EXPECT_EQ(show(context->facts.at(slot_of(Family::sql, "sql.user").value() - first)), "reader");
}

TEST(state, is_what_people_see_of_a_connection) {
  const auto told = [](SqlSession session) {
    std::string text;
    for (const Stated& each : state_of(Family::sql, *make_sql_context({}, std::move(session)))) {
      text += each.name + "=" + shown(each) + "; ";
    }
    return text;
  };
  EXPECT_EQ(told({"app", "shop", "owner", {"app", "public"}}),
            "database=shop; user=app; role=owner; search_path=app, public; ");
  EXPECT_EQ(told({"app", "shop", "", {}}),
            "database=shop; user=app; role=not known; search_path=not known; ");
  EXPECT_EQ(told({"app", "Shop\n", "a, b", {"a, b", ""}}),
            "database=\"Shop\\n\"; user=app; role=\"a, b\"; search_path=\"a, b\", \"\"; ");
  EXPECT_TRUE(state_of(Family::http, *make_context(Family::http, {})).empty());
  EXPECT_TRUE(state_of(Family::sql, Context{}).empty()) << "a context without facts has no state";
}

TEST(call, bound_values_are_text_or_null) {
  Action action;
  action.parameters = {"7", std::nullopt};
  const Standing standing;
  const Call call(action, standing);
  EXPECT_EQ(show(call.facts(Family::sql)[0]), "[7,null]");
  EXPECT_EQ(show(call.facts(Family::sql)[1]), "0") << "it was not run yet";
  action.rows_counted = 4212;
  EXPECT_EQ(show(Call(action, standing).facts(Family::sql)[1]), "4212");
}

// Each read back by its name in the schema, so that the order of both cannot differ.
TEST(call, every_family_is_told_how_the_agent_stands) {
  const Standing standing{5, 3, 2, {"secret-read", "untrusted-input"}, "ann", {"rate"}, false};
  Action action;
  action.parameters = {"7"};
  const Call call(action, standing);
  for (const Family family : families) {
    const Runs run = runs(family);
    ASSERT_EQ(call.facts(family).size(), run.call);
    const auto fact = [&](std::string_view name) {
      const std::uint32_t slot = slot_of(family, name).value();
      EXPECT_TRUE(is_standing(family, slot)) << name;
      return show(call.facts(family)[slot - run.own - run.context]);
    };
    EXPECT_EQ(fact("session.actions"), "5");
    EXPECT_EQ(fact("session.denied"), "3");
    EXPECT_EQ(fact("session.destructive"), "2");
    EXPECT_EQ(fact("session.anomalies"), "[rate]");
    EXPECT_EQ(fact("session.labels"), "[secret-read,untrusted-input]");
    EXPECT_EQ(fact("agent.owner"), "ann");
    EXPECT_FALSE(is_standing(family, slot_of(family, "agent.name").value()));
  }
  EXPECT_FALSE(is_standing(Family::sql, slot_of(Family::sql, "sql.parameters").value()));
}

TEST(http_subject, headers_are_found_in_any_spelling) {
  const auto subject = make_http_subject({"POST",
                                          "API.example.com",
                                          "/x",
                                          {{"a", {"1", "2"}}},
                                          {{"X-Api-Key", {"k"}}, {"x-api-KEY", {"l"}}},
                                          R"({"n":{"m":1}})",
                                          false});
  EXPECT_EQ(own(*subject, 0, "http.method"), "post");
  EXPECT_EQ(own(*subject, 0, "http.host"), "api.example.com");
  const cel::Value headers = subject->parts[0].facts.at(*slot_of(Family::http, "http.headers"));
  EXPECT_EQ(show(headers.as_map().find(cel::Value::string("x-API-key")).value()), "[k,l]");
  EXPECT_EQ(show(headers.as_map().key_at(0)), "X-Api-Key");
  const cel::Value query = subject->parts[0].facts.at(*slot_of(Family::http, "http.query"));
  EXPECT_EQ(show(query.as_map().find(cel::Value::string("a")).value()), "[1,2]");
  EXPECT_FALSE(query.as_map().find(cel::Value::string("A")));
  EXPECT_TRUE(subject->parts[0].facts.at(*slot_of(Family::http, "http.body_json")).is(cel::Kind::map));
  EXPECT_EQ(subject->summary, "POST api.example.com/x");
}

TEST(http_subject, a_cut_body_is_unknown_and_a_body_that_is_no_json_is_an_empty_object) {
  const auto cut = make_http_subject({"GET", "h", "/", {}, {}, "{", true});
  EXPECT_EQ(own(*cut, 0, "http.body"), "truncated");
  EXPECT_EQ(own(*cut, 0, "http.body_json"), "truncated");
  EXPECT_EQ(own(*cut, 0, "http.path"), "/");
  EXPECT_TRUE(cut->reads_only);
  const auto plain = make_http_subject({"GET", "h", "/", {}, {}, "hello", false});
  EXPECT_EQ(plain->parts[0].facts.at(*slot_of(Family::http, "http.body_json")).size(), 0U);
}

TEST(ssh_subject, whether_a_command_destroys_is_not_known) {
  const auto exec = make_ssh_subject({"Exec", "rm -rf /", "", "", 0, "deploy", "", false});
  EXPECT_EQ(own(*exec, 0, "ssh.verb"), "exec");
  EXPECT_EQ(own(*exec, 0, "ssh.user"), "deploy");
  EXPECT_EQ(own(*exec, 0, "action.destructive"), "unparsed");
  const auto forward = make_ssh_subject({"forward", "", "", "db", 5432, "", "", false});
  EXPECT_EQ(own(*forward, 0, "ssh.forward_port"), "5432");
  EXPECT_EQ(forward->summary, "forward db:5432");
}

}  // namespace
}  // namespace claw::action
