#include <gtest/gtest.h>

#include "config/load.h"
#include "config/tools/programs.h"

namespace claw::config {
namespace {

constexpr std::string_view start = R"(schema_version = 2
endpoint "tools" "local" { listen = "127.0.0.1:0" }
endpoint "https" "a" { hosts = ["a.example.com"] }
credential "bearer_token" "k" { endpoint = https.a }
profile "default" { credentials = [bearer_token.k] }
)";

class decode_tools : public testing::Test {
 protected:
  void SetUp() override {
    if (!check_sandbox()) GTEST_SKIP() << "no bubblewrap";
  }
  static LoadResult with(const std::string& more) { return load_text("a.hcl", std::string(start) + more); }
  static LoadResult tool(const std::string& attributes) {
    return with("tool \"command\" \"t\" {\n" + attributes + "\n}\n");
  }
};

TEST_F(decode_tools, what_a_tool_says_reaches_whoever_runs_it) {
  const LoadResult loaded = tool(R"(
    description = "lists"
    command     = ["ls", "--color=never"]
    allow       = ["-l", "-l 'a b*' ...", ""]
    endpoints   = [https.a]
    environment = { LC_ALL = "C" }
    folders     = ["/usr/share"]
    stdin       = true
    read_only   = true
    timeout     = "5s"
    memory      = "64MiB"
    scratch     = "8MiB"
    output      = "10KB"
    processes   = 3
  )");
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  const CommandTool& made = loaded.snapshot->commands.at(0);
  EXPECT_EQ(made.command, (std::vector<std::string>{*find_program("ls"), "--color=never"}));
  EXPECT_EQ(made.allow.at(1), (std::vector<std::string>{"-l", "a b*", "..."}));
  EXPECT_TRUE(made.allow.at(2).empty());
  EXPECT_EQ(made.endpoints, std::vector<std::string>{"https.a"});
  EXPECT_EQ(made.environment.at("LC_ALL"), "C");
  EXPECT_TRUE(made.takes_input && made.reads_only && !made.destructive);
  EXPECT_EQ(made.timeout_us, 5'000'000);
  EXPECT_EQ(made.processes, 3U);
  EXPECT_NE(loaded.snapshot->to_json().find("\"memory_bytes\":67108864"), std::string::npos);
}

TEST_F(decode_tools, what_could_not_run_is_a_mistake_with_its_place) {
  const auto says = [&](const LoadResult& loaded, std::string_view what) {
    EXPECT_EQ(loaded.snapshot, nullptr) << what;
    EXPECT_NE(loaded.report().find(what), std::string::npos) << loaded.report();
  };
  says(tool("command = [\"no-such-program\"]"), "there is no program `no-such-program` on this machine");
  says(tool("command = [\"no-such-program\"]"), "a.hcl:7:12");
  says(tool("command = []"), "this names no program");
  says(tool("command = [\"/proc/self/exe\"]"), "the sandbox does not have");
  says(tool("command = [\"ls\"]\nallow = [\"a; b\"]"), "a.hcl:8");
  says(tool("command = [\"ls\"]\nallow = [\"... b\"]"), "at the end");
  says(tool("command = [\"ls\"]\nallow = []"), "nothing is allowed");
  says(tool("command = [\"ls\"]\nfolders = [\"/\"]"), "the whole machine");
  says(tool("command = [\"ls\"]\nfolders = [\"/etc/ssl\"]"), "a `/etc` of its own");
  says(tool("command = [\"ls\"]\nfolders = [\"/usr/../root\"]"), "an absolute path");
  says(tool("command = [\"ls\"]\nfolders = [\"/no-such-folder\"]"), "no such folder");
  says(tool("command = [\"ls\"]\nenvironment = { \"A-B\" = \"x\" }"), "is no variable");
  says(tool("command = [\"ls\"]\nendpoints = [tools.local]"), "takes calls");
  says(tool("command = [\"ls\"]\ncredential = bearer_token.k"), "lent on the wire");
  says(tool("command = [\"ls\"]\ntimeout = \"2h\""), "at most 30m");
  says(tool("command = [\"ls\"]\nmemory = \"1KB\""), "from 16MiB");
  says(tool("command = [\"ls\"]\nscratch = \"1GiB\""), "part of `memory`");
  says(tool("command = [\"ls\"]\noutput = \"8MiB\""), "4MiB is the most");
  says(tool("command = [\"ls\"]\nread_only = true\ndestructive = true"), "destroys nothing");
  says(with("tool \"command\" \"kubectl\" { command = [\"ls\"] }\n"), "`kubectl` is built in");
  says(with("tool \"command\" \"a.b\" { command = [\"ls\"] }\n"), "no name of a tool");
  says(with("tool \"script\" \"t\" { command = [\"ls\"] }\n"), "script");
}

}  // namespace
}  // namespace claw::config
