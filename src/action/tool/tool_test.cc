#include "action/tool/tool.h"

#include <gtest/gtest.h>

#include "action/sql.h"
#include "cel/json.h"

namespace claw::action {
namespace {

std::shared_ptr<const Subject> made(std::string_view arguments, std::string name = "kubectl") {
  ToolCall call;
  call.name = std::move(name);
  call.arguments = json::parse(arguments).value();
  return make_tool_subject(std::move(call));
}

cel::Value fact(const Subject& subject, std::string_view name) {
  return subject.parts.front().facts.at(slot_of(Family::tool, name).value());
}

std::string words(const Subject& subject) {
  const cel::Value value = fact(subject, "tool.argv");
  if (value.is(cel::Kind::unknown)) return "unknown";
  return cel::to_json(value).value();
}

TEST(tool_subject, a_simple_command_is_its_words) {
  const auto subject = made(R"({"command":"kubectl get 'my pods' -n shop"})");
  EXPECT_TRUE(subject->understood);
  EXPECT_EQ(words(*subject), R"(["kubectl","get","my pods","-n","shop"])");
  EXPECT_EQ(fact(*subject, "tool.command").as_text(), "kubectl get 'my pods' -n shop");
  EXPECT_EQ(words(*made(R"({"argv":["a b","c"]})")), R"(["a b","c"])");
}

TEST(tool_subject, more_than_one_command_is_not_understood) {
  for (const std::string_view text :
       {R"({"command":"a; b"})", R"({"command":"a `b`"})", R"({"command":"a > b"})", R"({"command":["a"]})",
        R"({"command":"a","argv":["a"]})", R"({"argv":[1]})", R"({"argv":"a"})", R"({"command":"'"})"}) {
    const auto subject = made(text);
    EXPECT_FALSE(subject->understood) << text;
    EXPECT_EQ(words(*subject), "unknown") << text;
    EXPECT_FALSE(subject->why_not.empty());
  }
  EXPECT_EQ(fact(*made(R"({"command":"a; b"})"), "tool.command").as_text(), "a; b");
}

// A pattern finds what is there, and not how JSON writes it.
TEST(tool_subject, arguments_are_text_as_they_are) {
  const auto subject = made(R"({"sql":"drop\n\ttable \"x\"","parameters":[1,"\u0061"],"o":{"p":null}})", "t");
  EXPECT_EQ(fact(*subject, "tool.command").as_text(),
            "sql: drop\n\ttable \"x\"\nparameters: 1\nparameters: a\no.p: null");
  EXPECT_EQ(words(*subject), "[]");
}

TEST(tool_subject, what_is_shown_may_be_less_than_what_is_judged) {
  ToolCall call;
  call.name = "t";
  call.arguments = json::parse(R"({"sql":"x","parameters":["secret"]})").value();
  call.shown = json::parse(R"({"sql":"x"})").value();
  const auto subject = make_tool_subject(std::move(call));
  EXPECT_EQ(subject->text, R"(t {"sql":"x"})");
  EXPECT_EQ(subject->record_json.find("secret"), std::string::npos);
  EXPECT_TRUE(fact(*subject, "tool.args").is(cel::Kind::map));
}

TEST(tool_subject, whether_it_destroys_may_not_be_known) {
  EXPECT_TRUE(fact(*made("{}"), "action.destructive").is(cel::Kind::unknown));
  ToolCall call;
  call.name = "t";
  call.destructive = false;
  EXPECT_FALSE(fact(*make_tool_subject(std::move(call)), "action.destructive").as_boolean());
}

TEST(tool_covers, content_is_bound_field_by_field) {
  EXPECT_NE(covered_sql("e", "a", {"b"}), covered_sql("e", "ab", {}));
  EXPECT_NE(covered_sql("e", "a", {"1"}), covered_sql("e", "a", {std::nullopt}));
  EXPECT_NE(covered_sql("e", "a", {"x", std::nullopt}), covered_sql("e", "a", {std::nullopt, "x"}));
  EXPECT_NE(covered_sql("e", "a", {}), covered_sql("f", "a", {}));
  EXPECT_NE(covered_http("e", {"h", "GET", "/a", ""}), covered_http("e", {"h", "GET", "/", "a"}));
  EXPECT_NE(covered_http("e", {"h", "GET", "/", ""}), covered_http("e", {"i", "GET", "/", ""}));
}

}  // namespace
}  // namespace claw::action
