#include "toolcall/schema.h"

#include <gtest/gtest.h>

#include "config/tools/names.h"
#include "toolcall/answer.h"
#include "toolcall/built_in.h"
#include "toolcall/catalogue.h"

namespace claw::toolcall {
namespace {

using Kind = Field::Kind;

constexpr Field fields[] = {
    {"sql", Kind::text, "a statement", true},
    {"rows", Kind::integer, "how many", false, 1, 10},
    {"headers", Kind::texts_by_name, "fields"},
    {"values", Kind::values, "values"},
    {"body", Kind::text_or_json, "a body"},
};

std::string pointer(std::string_view text) {
  const auto wrong = check(json::parse(text).value(), fields, "/arguments");
  return wrong ? wrong->pointer : "none";
}

TEST(ToolSchema, what_fits_is_taken) {
  EXPECT_EQ(pointer(R"({"sql":"x"})"), "none");
  EXPECT_EQ(
      pointer(R"({"sql":"","rows":10,"headers":{"a":"b"},"values":[1,"a",true,null],"body":{"a":[1]}})"),
      "none");
}

TEST(ToolSchema, mistakes_have_a_place) {
  EXPECT_EQ(pointer("[]"), "/arguments");
  EXPECT_EQ(pointer("{}"), "/arguments/sql");
  EXPECT_EQ(pointer(R"({"sql":null})"), "/arguments/sql");
  EXPECT_EQ(pointer(R"({"sql":"x","rows":11})"), "/arguments/rows");
  EXPECT_EQ(pointer(R"({"sql":"x","rows":1.5})"), "/arguments/rows");
  EXPECT_EQ(pointer(R"({"sql":"x","headers":{"a":1}})"), "/arguments/headers");
  EXPECT_EQ(pointer(R"({"sql":"x","values":[[]]})"), "/arguments/values");
  EXPECT_EQ(pointer(R"({"sql":"x","body":1})"), "/arguments/body");
  EXPECT_EQ(pointer(R"({"sql":"x","a/b~c":1})"), "/arguments/a~1b~0c");
  EXPECT_NE(check(json::parse(R"({"sqll":"x"})").value(), fields, "")->what.find("did you mean `sql`"),
            std::string::npos);
}

// A policy may not give these names to programs of its own.
TEST(ToolSchema, the_names_of_the_gateways_own_are_kept) {
  for (const Row* row : built_in()) {
    EXPECT_NE(std::ranges::find(config::own_tool_names, wire_name(row->name)),
              std::end(config::own_tool_names))
        << row->name;
  }
}

TEST(ToolSchema, every_tool_says_what_it_takes) {
  Catalogue catalogue;
  for (const Row* row : built_in()) catalogue.push_back(make_tool(*row));
  for (std::size_t at = 0; at < catalogue.size(); ++at) {
    const Tool& tool = *catalogue[at];
    std::string text;
    json::Writer out(text);
    tool.write_schema(out);
    const auto schema = json::parse(text);
    ASSERT_TRUE(schema.ok()) << text;
    EXPECT_EQ(schema->text_or("type", ""), "object");
    EXPECT_EQ(schema->find("properties")->object()->size(), built_in()[at]->fields.size());
    EXPECT_FALSE(schema->bool_or("additionalProperties", true));
  }
}

TEST(ToolSchema, levels_are_counted) {
  EXPECT_EQ(depth_of(json::parse("1").value()), 1U);
  EXPECT_EQ(depth_of(json::parse(R"({"a":[[1],2]})").value()), 4U);
}

TEST(ToolAnswer, problems_and_refusals_are_json) {
  action::Verdict verdict = action::refuse("no \"way\"", "ask");
  verdict.rule = "r";
  for (const Said& said : {problem({422, "line\nbreak", "/a", "\"code\":\"42P01\"", "id"}, {}),
                           denied("id", "under", verdict, {{Id{}, "postgres.db", "select", true, {}}}),
                           result("id", "{\"rows\":[]}", {}, {}),
                           tool_error("id", "{\"a\":1}", "[]", {})}) {
    const auto parsed = json::parse(said.body);
    ASSERT_TRUE(parsed.ok()) << said.body;
    EXPECT_EQ(event_of("end", said.body).find('\n'), std::string("event: end").size());
    EXPECT_EQ(said.body.find('\n'), std::string::npos);
  }
  EXPECT_EQ(json::parse(problem({422, "x", {}, "\"code\":\"1\"", {}}).body)->text_or("code", ""), "1");
}

}  // namespace
}  // namespace claw::toolcall
