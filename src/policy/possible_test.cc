#include "policy/possible.h"

#include <gtest/gtest.h>

#include "action/mcp/mcp.h"

namespace claw::policy {
namespace {

RuleSource rule(std::string name, std::string condition, Outcome verdict) {
  RuleSource source;
  source.name = std::move(name);
  source.condition = std::move(condition);
  source.verdict = verdict;
  if (verdict == Outcome::approve) source.approvers = {"dashboard"};
  return source;
}

// A call of `tool` of which the arguments, and who calls, are not known.
bool may(std::vector<RuleSource> sources, std::string_view tool, Settings settings = {}) {
  const Compiled compiled = compile_rules(action::Family::mcp, std::move(sources), settings);
  action::McpCall call;
  call.server = "s";
  call.method = "tools/call";
  call.tool = tool;
  call.truncated = true;
  const auto subject = action::make_mcp_subject(std::move(call));
  const action::Runs runs = action::runs(action::Family::mcp);
  const cel::Value unknown = cel::Value::unknown(cel::Cause::truncated);
  const std::vector<cel::Value> context(runs.context, unknown);
  const std::vector<cel::Value> standing(runs.call, unknown);
  const action::Facts facts(subject->parts.front().facts, context, standing);
  return may_allow(*compiled.rules, facts, {"key", "agents"});
}

TEST(MayAllow, WhatIsNotKnownMayBeAnything) {
  EXPECT_TRUE(may({rule("a", "mcp.tool == 'echo'", Outcome::allow)}, "echo"));
  EXPECT_FALSE(may({rule("a", "mcp.tool == 'echo'", Outcome::allow)}, "other"));
  EXPECT_TRUE(may({rule("a", "mcp.args.x == 1", Outcome::allow)}, "other"));
  EXPECT_TRUE(may({rule("a", "agent.name == 'bot'", Outcome::approve)}, "other"));
}

TEST(MayAllow, ADenialCountsWhereItIsCertain) {
  EXPECT_FALSE(may({rule("d", "mcp.tool == 'echo'", Outcome::deny), rule("a", "", Outcome::allow)}, "echo"));
  EXPECT_TRUE(may({rule("d", "mcp.args.x == 1", Outcome::deny), rule("a", "", Outcome::allow)}, "echo"));
  EXPECT_FALSE(may({rule("d", "mcp.args.x == 1 || mcp.tool == 'echo'", Outcome::deny),
                    rule("a", "", Outcome::allow)}, "echo"));
}

TEST(MayAllow, PinsShadowsAndDefaults) {
  RuleSource elsewhere = rule("a", "", Outcome::allow);
  elsewhere.profiles = {"others"};
  EXPECT_FALSE(may({elsewhere}, "echo"));
  RuleSource shadow = rule("a", "", Outcome::allow);
  shadow.shadow = true;
  EXPECT_FALSE(may({shadow}, "echo"));
  RuleSource glass = rule("d", "", Outcome::deny);
  glass.break_glass = true;
  EXPECT_TRUE(may({glass, rule("a", "", Outcome::allow)}, "echo"));
  EXPECT_FALSE(may({}, "echo"));
  EXPECT_TRUE(may({}, "echo", {Outcome::allow, Mode::enforce}));
  EXPECT_TRUE(may({}, "echo", {Outcome::deny, Mode::observe}));
}

}  // namespace
}  // namespace claw::policy
