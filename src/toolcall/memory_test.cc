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

// Who has much to be kept loses the oldest of it, and nobody else anything.
TEST(ToolMemory, an_agent_that_fills_it_pushes_out_its_own) {
  Memory memory;
  memory.begin("quiet", "k", "d", "call", 0);
  memory.answered("quiet", "k", {200, "{}"});
  const std::string large(1024 * 1024, 'x');
  for (int i = 0; i < 200; ++i) {
    const std::string key = std::to_string(i);
    memory.begin("greedy", key, "d", "call", i + 1);
    memory.answered("greedy", key, {200, large});
  }
  EXPECT_EQ(memory.begin("quiet", "k", "d", "again", 300).kind, Kind::answered);
  EXPECT_EQ(memory.begin("greedy", "199", "d", "again", 300).kind, Kind::answered);
  EXPECT_EQ(memory.begin("greedy", "0", "d", "again", 300).kind, Kind::fresh);
  EXPECT_LE(memory.size(), kept_bytes_max / large.size() + 3);
}

TEST(ToolMemory, many_agents_with_many_keys_do_not_push_out_one_with_few) {
  Memory memory;
  memory.begin("quiet", "k", "d", "call", 0);
  memory.answered("quiet", "k", {200, "{}"});
  for (int agent = 0; agent < 20; ++agent) {
    for (std::size_t i = 0; i < keys_per_agent; ++i) {
      const std::string name = "bot" + std::to_string(agent);
      memory.begin(name, std::to_string(i), "d", "call", 1);
      memory.answered(name, std::to_string(i), {200, "{}"});
    }
  }
  EXPECT_LE(memory.size(), keys_max);
  EXPECT_EQ(memory.begin("quiet", "k", "d", "again", 2).kind, Kind::answered);
}

TEST(ToolMemory, what_runs_is_not_pushed_out_by_what_is_kept) {
  Memory memory;
  memory.begin("busy", "runs", "d", "call", 0);
  for (std::size_t i = 0; i < keys_max + 10; ++i) {
    const std::string name = "bot" + std::to_string(i);
    memory.begin(name, "k", "d", "call", 1);
    memory.answered(name, "k", {200, "{}"});
  }
  EXPECT_EQ(memory.begin("busy", "runs", "d", "x", 2).kind, Kind::running);
}

}  // namespace
}  // namespace claw::toolcall
