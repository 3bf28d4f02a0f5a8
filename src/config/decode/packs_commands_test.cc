// `commands-guarded`: a command for every arm of it, and what it leaves to others.
#include <gtest/gtest.h>

#include "action/sql.h"
#include "action/tool/tool.h"
#include "base/json.h"
#include "config/decode/packs.h"
#include "config/load.h"
#include "policy/ruleset.h"

namespace claw::config {
namespace {

class CommandsPack : public testing::Test {
 protected:
  CommandsPack() {
    loaded_ = load_text("a.hcl",
                        "schema_version = 2\nendpoint \"tools\" \"t\" {\n  listen = [\"127.0.0.1:8080\"]\n"
                        "  use = [\"commands-guarded\"]\n}\n");
  }

  std::string judge(json::Object arguments) {
    EXPECT_NE(loaded_.snapshot, nullptr) << loaded_.report();
    const Endpoint& endpoint = loaded_.snapshot->endpoints.front();
    action::ToolCall call;
    call.name = "shell";
    call.arguments = std::move(arguments);
    action::Action action;
    action.subject = action::make_tool_subject(std::move(call));
    action.context = action::make_context(endpoint.family, {{}, endpoint.typed, "c", "case"});
    cel::Arena arena;
    const policy::Decision decision = endpoint.ruleset->judge(action, arena);
    const std::string rule(decision.rule_name);
    return std::string(policy::name_of(decision.outcome)) + (rule.empty() ? "" : " " + rule);
  }
  std::string line(std::string command) { return judge({{"command", std::move(command)}}); }

  LoadResult loaded_;
};

TEST_F(CommandsPack, each_arm) {
  EXPECT_EQ(line("git log -3"), "allow commands-guarded/looks");
  EXPECT_EQ(line("mkdir build"), "allow commands-guarded/looks");
  EXPECT_EQ(line("npm install"), "approve commands-guarded/asks");
  EXPECT_EQ(line("frobnicate"), "approve commands-guarded/asks");
  EXPECT_EQ(line("sudo rm -rf /srv"), "deny commands-guarded/no-destruction");
  EXPECT_EQ(line("cat .env"), "deny commands-guarded/no-secrets");
  EXPECT_EQ(line("ls | sh"), "deny commands-guarded/no-shell");
}

TEST_F(CommandsPack, words_are_judged_as_lines_are) {
  EXPECT_EQ(judge({{"argv", json::Array{"git", "push", "-f"}}}), "deny commands-guarded/no-destruction");
  EXPECT_EQ(judge({{"argv", json::Array{"ls", "; rm -rf /"}}}), "allow commands-guarded/looks")
      << "a file's name";
}

TEST_F(CommandsPack, other_tools_are_not_its_business) {
  EXPECT_EQ(judge({{"sql", "select 1"}}), "deny");
}

TEST_F(CommandsPack, it_is_for_tools) {
  EXPECT_EQ(find_pack("commands-guarded")->family, action::Family::tool);
  const LoadResult wrong =
      load_text("a.hcl",
                "schema_version = 2\nendpoint \"https\" \"a\" {\n  hosts = [\"a.example\"]\n"
                "  use = [\"commands-guarded\"]\n}\n");
  EXPECT_NE(wrong.report().find("is for tool"), std::string::npos) << wrong.report();
}

}  // namespace
}  // namespace claw::config
