#include "toolcall/memory.h"

#include <gtest/gtest.h>

namespace claw::toolcall {
namespace {

using Kind = Memory::Kind;

TEST(ToolMemory, the_same_call_runs_once) {
  Memory memory;
  EXPECT_EQ(memory.begin("bot", "k", "d", "call", 0).kind, Kind::fresh);
  const Memory::Known running = memory.begin("bot", "k", "d", "again", 1);
  EXPECT_EQ(running.kind, Kind::running);
  EXPECT_EQ(running.call, "call");
  memory.answered("bot", "k", {200, "{}"});
  const Memory::Known answered = memory.begin("bot", "k", "d", "again", 2);
  EXPECT_EQ(answered.kind, Kind::answered);
  EXPECT_EQ(answered.said.body, "{}");
}

TEST(ToolMemory, another_call_or_agent_is_another) {
  Memory memory;
  memory.begin("bot", "k", "d", "call", 0);
  EXPECT_EQ(memory.begin("bot", "k", "e", "x", 0).kind, Kind::another);
  EXPECT_EQ(memory.begin("eve", "k", "e", "x", 0).kind, Kind::fresh);
}

TEST(ToolMemory, what_was_put_off_names_its_operation) {
  Memory memory;
  memory.begin("bot", "k", "d", "call", 0);
  memory.forget("bot", "k", "op");
  const Memory::Known again = memory.begin("bot", "k", "d", "next", 1);
  EXPECT_EQ(again.kind, Kind::fresh);
  EXPECT_EQ(again.operation, "op");
  EXPECT_EQ(memory.begin("bot", "k", "d", "third", 1).kind, Kind::running);
}

TEST(ToolMemory, it_forgets_in_time_but_never_what_runs) {
  Memory memory;
  memory.begin("bot", "old", "d", "call", 0);
  memory.answered("bot", "old", {200, "{}"});
  memory.begin("bot", "runs", "d", "call", 0);
  EXPECT_EQ(memory.begin("bot", "old", "e", "x", key_kept_us + 1).kind, Kind::fresh);
  EXPECT_EQ(memory.begin("bot", "runs", "d", "x", key_kept_us + 1).kind, Kind::running);
}

TEST(ToolMemory, an_agent_has_only_so_many_keys) {
  Memory memory;
  for (std::size_t i = 0; i < keys_per_agent * 2; ++i) {
    const std::string key = std::to_string(i);
    memory.begin("bot", key, "d", "call", static_cast<std::int64_t>(i));
    memory.answered("bot", key, {200, "{}"});
  }
  EXPECT_LE(memory.size(), keys_per_agent);
  EXPECT_EQ(memory.begin("bot", std::to_string(keys_per_agent * 2 - 1), "d", "x", 600).kind, Kind::answered);
}

TEST(ToolMemory, answers_together_have_a_bound) {
  Memory memory;
  const std::string large(1024 * 1024, 'x');
  for (std::size_t i = 0; i < 200; ++i) {
    memory.begin("bot" + std::to_string(i), "k", "d", "call", 0);
    memory.answered("bot" + std::to_string(i), "k", {200, large});
  }
  EXPECT_LE(memory.size(), kept_bytes_max / large.size() + 2);
}

}  // namespace
}  // namespace claw::toolcall
