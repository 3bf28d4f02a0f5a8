#include "action/mcp/mcp.h"

#include <gtest/gtest.h>

#include "cel/value.h"

namespace claw::action {
namespace {

cel::Value fact(const Subject& subject, std::string_view name) {
  return subject.parts.front().facts.at(slot_of(Family::mcp, name).value());
}

McpCall call_of(std::string_view arguments) {
  McpCall call;
  call.server = "files";
  call.method = "tools/call";
  call.tool = "write_file";
  call.arguments = json::parse(arguments).value();
  call.claims = {"read_only"};
  return call;
}

TEST(McpSubject, HasFactsOfTheCall) {
  const auto subject = make_mcp_subject(call_of(R"({"path":"/a","edits":[{"new":"x\ny"}],"mode":7})"));
  EXPECT_EQ(fact(*subject, "mcp.method").as_text(), "tools/call");
  EXPECT_EQ(fact(*subject, "mcp.server").as_text(), "files");
  EXPECT_EQ(fact(*subject, "mcp.tool").as_text(), "write_file");
  EXPECT_EQ(fact(*subject, "mcp.text").as_text(), "path: /a\nedits.new: x\ny\nmode: 7");
  EXPECT_EQ(fact(*subject, "mcp.values").size(), 2u);
  EXPECT_EQ(fact(*subject, "mcp.resource").as_text(), "");
  EXPECT_EQ(subject->text, R"(tools/call write_file {"path":"/a","edits":[{"new":"x\ny"}],"mode":7})");
}

// A server that says its tool only reads is not believed: what it destroys is not known.
TEST(McpSubject, WhatAServerClaimsIsNoFact) {
  const auto subject = make_mcp_subject(call_of("{}"));
  EXPECT_FALSE(subject->reads_only);
  EXPECT_FALSE(fact(*subject, "mcp.reads_only").as_boolean());
  EXPECT_TRUE(fact(*subject, "action.destructive").is(cel::Kind::unknown));
  EXPECT_EQ(fact(*subject, "mcp.claims").at(0).as_text(), "read_only");
}

TEST(McpSubject, ReadingAResourceReads) {
  McpCall call;
  call.server = "files";
  call.method = "resources/read";
  call.resource = "file:///etc/passwd";
  const auto subject = make_mcp_subject(call);
  EXPECT_TRUE(subject->reads_only);
  EXPECT_FALSE(fact(*subject, "action.destructive").as_boolean());
  EXPECT_EQ(fact(*subject, "mcp.text").as_text(), "uri: file:///etc/passwd");
  EXPECT_EQ(subject->summary, "files resources/read: file:///etc/passwd");
}

TEST(McpSubject, ACutCallHasNoArguments) {
  McpCall call = call_of(R"({"path":"/a"})");
  call.truncated = true;
  const auto subject = make_mcp_subject(call);
  EXPECT_TRUE(fact(*subject, "mcp.args").is(cel::Kind::unknown));
  EXPECT_TRUE(fact(*subject, "mcp.text").is(cel::Kind::unknown));
  EXPECT_EQ(fact(*subject, "mcp.tool").as_text(), "write_file");
}

TEST(McpSubject, IsToldAgainFromItsRecord) {
  const auto subject = make_mcp_subject(call_of(R"({"path":"/a b {\"c\"}"})"));
  const auto again = mcp_subject_of(json::parse("{" + subject->record_json + "}").value());
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->text, subject->text);
  EXPECT_EQ(again->record_json, subject->record_json);
  auto gone = json::parse("{" + subject->record_json + "}").value();
  for (auto& [name, value] : *gone.object()) {
    if (name == "text") value = json::Value("redacted");
  }
  EXPECT_EQ(mcp_subject_of(gone), nullptr);
}

}  // namespace
}  // namespace claw::action
