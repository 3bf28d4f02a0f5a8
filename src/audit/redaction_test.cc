#include "audit/redaction.h"

#include <gtest/gtest.h>

#include "audit/record.h"

namespace claw::audit {

namespace {

struct Sample {
  explicit Sample(std::string json) {
    auto subject = std::make_shared<action::Subject>();
    subject->record_json = std::move(json);
    action = {
        make_id(1'800'000'000'000'000), subject, nullptr, {"ann@example.com", "7"}, "for ann@example.com"};
  }
  json::Value written(const std::vector<std::string>& what, std::string_view key = "key") const {
    const Redaction redaction = Redaction::of(what).value();
    const action::Verdict verdict{action::Outcome::deny, "ann@example.com", "", ""};
    std::string body;
    append_body(body, Judged{.action = action, .verdict = verdict, .redaction = &redaction}, key);
    return json::parse("{" + body).value();
  }
  action::Action action;
};

const char* const sql_text =
    R"("family":"sql","summary":"select people","text":"select * from people )"
    R"(where mail = 'ann@example.com' -- 555-1234",)"
    R"("parts":[{"verb":"select","tables":["people"]}])";

}  // namespace

TEST(redaction, a_value_is_nowhere_in_the_record_and_equal_ones_stay_equal) {
  const json::Value record = Sample(sql_text).written({"sql.parameters"});
  const std::string mark = redacted("ann@example.com", "key");
  EXPECT_EQ(mark.size(), std::string("[redacted sha256:0123456789abcdef]").size());
  EXPECT_EQ(*(*record.find("parameters")->array())[0].string(), mark);
  EXPECT_EQ(*(*record.find("parameters")->array())[1].string(), redacted("7", "key"));
  EXPECT_EQ(record.text_or("text", ""), "select * from people where mail = '" + mark + "' -- 555-1234");
  EXPECT_EQ(record.text_or("reasoning", ""), "for " + mark);
  EXPECT_EQ(record.text_or("rule", ""), "ann@example.com") << "a name of the operator's own";
  EXPECT_EQ(record.text_or("verdict", ""), "deny");
}

TEST(redaction, patterns_are_found_in_every_text) {
  const json::Value record = Sample(sql_text).written({"re:[0-9]{3}-[0-9]{4}", R"(re:\w+@\w+\.com)"});
  const std::string text =
      json::format(record.find("text") != nullptr ? *record.find("text") : json::Value());
  EXPECT_EQ(text.find("555-1234"), std::string::npos) << text;
  EXPECT_EQ(text.find("ann@"), std::string::npos) << text;
  EXPECT_NE(text.find(redacted("555-1234", "key")), std::string::npos) << text;
}

TEST(redaction, of_an_address_one_parameter) {
  const Sample sample(
      R"("family":"http","summary":"GET h/a","text":"GET h/a?mail=bob%40h&page=2","method":"GET",)"
      R"("path":"/a?mail=bob%40h&page=2")");
  const json::Value record = sample.written({"http.query.mail"});
  EXPECT_EQ(record.text_or("path", ""), "/a?mail=" + redacted("bob%40h", "key") + "&page=2");
  EXPECT_EQ(json::format(record).find("bob%40h"), std::string::npos);
}

// Where a fact stands in the arguments of a tool only the tool knows.
TEST(redaction, of_a_call_of_a_tool_all_arguments_go_with_any_fact) {
  const Sample call(
      R"("family":"tool","summary":"postgres.query: select $1","verb":"postgres.query",)"
      R"("tool":"postgres.query",)"
      R"("text":"postgres.query {\"parameters\":[\"4711\"],\"sql\":)"
      R"(\"select $1\"}")");
  const json::Value record = call.written({"sql.parameters"});
  EXPECT_EQ(json::format(record).find("4711"), std::string::npos);
  EXPECT_TRUE(record.text_or("text", "").starts_with("[redacted"));
  EXPECT_TRUE(record.text_or("summary", "").starts_with("[redacted"));
  EXPECT_EQ(record.text_or("tool", ""), "postgres.query");
  const json::Value by_pattern = call.written({"re:47[0-9]+"});
  EXPECT_NE(by_pattern.text_or("text", "").find("select $1"), std::string::npos)
      << "patterns take what they find";
  EXPECT_EQ(json::format(by_pattern).find("4711"), std::string::npos);
}

TEST(redaction, of_what_an_upstream_said_at_the_end_too) {
  const auto redaction = Redaction::of({"re:[a-z]+@[a-z]+"}).value();
  std::string text = "{";
  const Id id = make_id(1);
  append_body(
      text,
      Ended{.action = id, .ending = "failed", .detail = "no such person: bob@home", .redaction = &redaction},
      "key");
  EXPECT_EQ(text.find("bob"), std::string::npos);
  EXPECT_NE(text.find(R"("ending":"failed")"), std::string::npos);
}

// Nobody knows what is a value in what was not understood: with a fact named all of it that is quoted goes.
TEST(redaction, of_an_incident_patterns_and_quotes) {
  const auto written = [](const std::vector<std::string>& what) {
    const Redaction redaction = Redaction::of(what).value();
    const action::Principal principal{"bot", "p", "127.0.0.1:1"};
    std::string text = "{";
    append_body(text,
                Incident{"no such verb `GXT` at `/a`b?ssn=555-1234`, refused", principal, "s1", "https.api",
                         &redaction},
                "key");
    append_body(text += ',',
                Session{"closed", principal, "s1", "https.api", "", "bad path `/x`", 1, &redaction}, "key");
    return text;
  };
  const std::string by_pattern = written({"re:[0-9]{3}-[0-9]{4}"});
  EXPECT_EQ(by_pattern.find("555-1234"), std::string::npos);
  EXPECT_NE(by_pattern.find("`GXT`"), std::string::npos);
  const std::string by_fact = written({"http.path"});
  for (const char* gone : {"GXT", "555", "/a", "b?", "/x"}) {
    EXPECT_EQ(by_fact.find(gone), std::string::npos) << gone;
  }
  EXPECT_NE(by_fact.find("no such verb [redacted sha256:"), std::string::npos) << by_fact;
  EXPECT_NE(by_fact.find(", refused"), std::string::npos);
  EXPECT_NE(by_fact.find(R"("agent":"bot")"), std::string::npos);
}

TEST(redaction, of_a_call_that_was_none_what_is_said_of_it) {
  const Sample sample(R"("family":"tool","summary":"x: 4711","text":"x {\"p\":\"4711\"}","tool":"x",)"
                      R"("not_understood":"there is no `4711` here")");
  const json::Value record = sample.written({"sql.parameters"});
  EXPECT_EQ(json::format(record).find("4711"), std::string::npos) << json::format(record);
}

TEST(redaction, marks_tell_nothing_without_the_key) {
  EXPECT_NE(redacted("7", "key"), redacted("7", "other"));
  EXPECT_NE(redaction_key("a"), redaction_key("b"));
}

TEST(redaction, what_cannot_go_is_refused) {
  for (const char* what :
       {"verdict", "rule", "agent.name", "sql.nothing", "http.headers", "re:(", "re:a*", "text"}) {
    EXPECT_FALSE(Redaction::of({what}).ok()) << what;
  }
  EXPECT_NE(Redaction::of({"sql.parameter"}).error().what.find("sql.parameters"), std::string::npos);
}

TEST(redaction, a_record_that_cannot_be_read_is_not_written_as_it_is) {
  const Sample sample(R"("family":"sql","family":"sql","text":"secret")");
  const Redaction redaction = Redaction::of({"sql.parameters"}).value();
  const action::Verdict verdict{action::Outcome::deny, "r", "", ""};
  std::string body;
  append_body(body, Judged{.action = sample.action, .verdict = verdict, .redaction = &redaction});
  EXPECT_EQ(body.find("secret"), std::string::npos);
}

}  // namespace claw::audit
