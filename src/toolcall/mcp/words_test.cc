#include "toolcall/mcp/words.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "toolcall/mcp/exchange.h"

namespace claw::toolcall::mcp {
namespace {

const Version& newest = claw::mcp::versions().front();
const Version& oldest = claw::mcp::versions().back();
const Version& middle = *claw::mcp::version_named("2025-11-25");

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? std::move(*value) : json::Value();
}

std::vector<std::string> many(std::size_t count) {
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < count; ++i) entries.push_back(std::to_string(i));
  return entries;
}

}  // namespace

TEST(McpWords, a_list_comes_in_pages_and_a_cursor_is_of_that_list) {
  const auto entries = many(250);
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto text = page(middle, "tools", entries, cursor);
    ASSERT_TRUE(text) << cursor;
    const json::Value value = parsed(*text);
    seen += value.find("tools")->array()->size();
    cursor = value.text_or("nextCursor", "");
    EXPECT_EQ(value.find("ttlMs"), nullptr);
  } while (!cursor.empty());
  EXPECT_EQ(seen, 250U);
  for (const char* wrong : {"x", "100", "100/251", "0/250", "50/250", "300/250", "100/250 ", "-100/250"}) {
    EXPECT_FALSE(page(middle, "tools", entries, wrong)) << wrong;
  }
  EXPECT_TRUE(page(middle, "tools", {}, ""));
  EXPECT_EQ(parsed(*page(newest, "tools", {}, "")).text_or("cacheScope", ""), "private");
}

TEST(McpWords, a_result_is_text_and_structure_as_the_version_has_them) {
  const Said said = result("id-1", R"({"rows":[[1]]})", {}, {});
  EXPECT_EQ(said.result(), R"({"rows":[[1]]})");
  for (const Version* version : {&oldest, &middle, &newest}) {
    const json::Value value = parsed(call_result(said, *version));
    EXPECT_EQ(value.find("content")->array()->front().text_or("text", ""), R"({"rows":[[1]]})");
    EXPECT_EQ(value.find("structuredContent") != nullptr, version->structured);
    EXPECT_FALSE(value.bool_or("isError", true));
    EXPECT_EQ(value.find("resultType") != nullptr, version == &newest);
    EXPECT_EQ(value.find("_meta")->find("clawpatrol/call")->text_or("action", ""), "id-1");
  }
  Said program = said;
  program.failed = true;
  EXPECT_TRUE(parsed(call_result(program, newest)).bool_or("isError", false));
  // A list is no structure before the newest version.
  EXPECT_EQ(parsed(call_result(result("id", "[1]", {}, {}), middle)).find("structuredContent"), nullptr);
  EXPECT_NE(parsed(call_result(result("id", "[1]", {}, {}), newest)).find("structuredContent"), nullptr);
}

TEST(McpWords, content_of_a_tool_is_handed_on_as_it_is) {
  const std::string blocks = R"([{"type":"image","data":"AA==","mimeType":"image/png"}])";
  Said said = result("id", R"({"content":[]})", blocks, {});
  said.content_only = true;
  const json::Value value = parsed(call_result(said, middle));
  EXPECT_EQ(json::format(*value.find("content")), blocks);
  EXPECT_EQ(value.find("structuredContent"), nullptr);
  const json::Value failed = parsed(call_result(tool_error("id", R"({"a":1})", blocks, {}), middle));
  EXPECT_TRUE(failed.bool_or("isError", false));
  EXPECT_EQ(json::format(*failed.find("content")), blocks);
}

TEST(McpWords, who_is_put_off_is_told_how_to_come_back_whatever_its_client_shows_it) {
  action::Verdict verdict;
  verdict.operation = std::make_shared<action::Operation>(action::Operation{{}, "op-1", "token"});
  const json::Value value = parsed(call_result(held("a", verdict), middle));
  const json::Value* structured = value.find("structuredContent")->find("held");
  EXPECT_EQ(structured->text_or("operation_id", ""), "op-1");
  const std::string how = structured->text_or("how", "");
  EXPECT_NE(how.find("the same call again"), std::string::npos) << how;
  EXPECT_EQ(how.find("Clawpatrol-HITL-Operation"), std::string::npos) << how;
  EXPECT_NE(value.find("content")->array()->front().text_or("text", "").find(how), std::string::npos);
}

TEST(McpWords, refusals_say_who_why_and_what_else) {
  action::Verdict verdict = action::refuse("tables stay", "write it down");
  verdict.rule = "no-drop";
  const Said said = denied("a", "b", verdict, {});
  EXPECT_EQ(line_of(said), "Denied by the rule `no-drop`: tables stay. Instead: write it down.");
  const json::Value value = parsed(call_result(said, newest));
  EXPECT_TRUE(value.bool_or("isError", false));
  EXPECT_EQ(value.find("structuredContent")->find("denied")->text_or("rule", ""), "no-drop");
  EXPECT_EQ(line_of(mistake(400, "this is a string", "/arguments/sql")), "/arguments/sql: this is a string");
}

TEST(McpWords, what_another_server_read_is_not_said_twice) {
  const std::string theirs = R"({"contents":[],"_meta":{"a":1},"resultType":"complete","ttlMs":5})";
  EXPECT_EQ(read_result(theirs, middle, true), theirs);
  const json::Value value = parsed(read_result(theirs, newest, true));
  EXPECT_EQ(value.text_or("resultType", ""), "complete");
  EXPECT_EQ(value.int_or("ttlMs", 0), list_ttl_ms);
  EXPECT_EQ(parsed(read_result(theirs, newest, false)).find("ttlMs"), nullptr);
}

TEST(McpWords, discovery_and_initialization_are_json) {
  EXPECT_EQ(parsed(initialized(middle)).text_or("protocolVersion", ""), "2025-11-25");
  EXPECT_EQ(parsed(discovered()).find("supportedVersions")->array()->size(), claw::mcp::versions().size());
  const json::Value asked =
      parsed(input_required({"approval-1", "look \"there\"", "https://g/#/approvals/1"}, "k"));
  EXPECT_EQ(asked.text_or("requestState", ""), "k");
  EXPECT_EQ(asked.find("inputRequests")->find("approval-1")->find("params")->text_or("mode", ""), "url");
}

namespace {

struct Answered {
  std::vector<serve::Answer> answers;
  serve::Reply reply() {
    return [this](serve::Answer answer) { answers.push_back(std::move(answer)); };
  }
  std::string stream() {
    std::string out;
    more = answers.at(0).flow->take(out);
    return out;
  }
  bool more = true;
};

}  // namespace

TEST(McpExchange, answers_with_json_where_nothing_came_before) {
  Answered got;
  Exchange exchange({true, false, 1}, got.reply(), nullptr);
  exchange.answer("{}", 404);
  ASSERT_EQ(got.answers.size(), 1U);
  EXPECT_EQ(got.answers[0].status, 404);
  EXPECT_EQ(got.answers[0].body, "{}");
  exchange.answer("late");
  exchange.note("late");
  EXPECT_EQ(got.answers.size(), 1U);
}

TEST(McpExchange, becomes_a_stream_with_the_first_notification) {
  Answered got;
  Exchange exchange({true, false, 1}, got.reply(), nullptr);
  exchange.note("{\"n\":1}");
  exchange.keep_alive();
  EXPECT_EQ(got.stream(), "event: message\ndata: {\"n\":1}\n\n: waiting\n\n");
  EXPECT_TRUE(got.more);
  exchange.answer("{}");
  EXPECT_EQ(got.stream(), "event: message\ndata: {}\n\n");
  EXPECT_FALSE(got.more);
}

TEST(McpExchange, who_reads_no_events_is_told_only_the_end) {
  Answered got;
  Exchange exchange({false, false, 1}, got.reply(), nullptr);
  exchange.note("{}");
  exchange.keep_alive();
  EXPECT_TRUE(got.answers.empty());
  exchange.drop();
  ASSERT_EQ(got.answers.size(), 1U);
  EXPECT_EQ(got.answers[0].status, 202);
}

TEST(McpExchange, a_batch_is_answered_once_all_of_it_has_ended) {
  Answered got;
  Exchange exchange({true, true, 3}, got.reply(), nullptr);
  exchange.answer("1", 404);
  exchange.note("{}");
  exchange.drop();
  EXPECT_TRUE(got.answers.empty());
  exchange.answer("2");
  ASSERT_EQ(got.answers.size(), 1U);
  EXPECT_EQ(got.answers[0].body, "[1,2]");
  EXPECT_EQ(got.answers[0].status, 200);
}

}  // namespace claw::toolcall::mcp
