#include "toolcall/mcp/sessions.h"

#include <gtest/gtest.h>

namespace claw::toolcall::mcp {
namespace {

constexpr std::int64_t hour_us = 60LL * 60 * 1'000'000;

Session of(const std::string& agent) {
  Session session;
  session.agent = agent;
  session.door = "tools.local";
  return session;
}

class Waits final : public Flying {
 public:
  void cancel() override { cancelled = true; }
  bool cancelled = false;
};

}  // namespace

TEST(McpSessions, are_their_agents_at_their_door) {
  Sessions sessions;
  const std::string id = sessions.open(of("bot"), 0)->id;
  EXPECT_NE(sessions.find(id, "bot", "tools.local", 1), nullptr);
  EXPECT_EQ(sessions.find(id, "other", "tools.local", 1), nullptr);
  EXPECT_EQ(sessions.find(id, "bot", "tools.other", 1), nullptr);
  EXPECT_EQ(sessions.find(id.substr(1), "bot", "tools.local", 1), nullptr);
  EXPECT_EQ(sessions.find("", "bot", "tools.local", 1), nullptr);
}

TEST(McpSessions, end_by_silence_and_by_age) {
  Sessions sessions;
  const auto idle = sessions.open(of("bot"), 0);
  EXPECT_EQ(sessions.find(idle->id, "bot", "tools.local", 2 * hour_us), nullptr);
  const auto busy = sessions.open(of("bot"), 0);
  for (int hour = 1; hour <= 24; ++hour) {
    EXPECT_NE(sessions.find(busy->id, "bot", "tools.local", hour * hour_us), nullptr) << hour;
  }
  EXPECT_EQ(sessions.find(busy->id, "bot", "tools.local", 24 * hour_us + 1), nullptr);
  EXPECT_EQ(sessions.size(), 0U);
}

TEST(McpSessions, make_room_by_who_was_silent_longest_of_their_own_agent) {
  Sessions sessions;
  const std::string others = sessions.open(of("other"), 0)->id;
  const std::string first = sessions.open(of("bot"), 1)->id;
  const std::string second = sessions.open(of("bot"), 2)->id;
  sessions.find(first, "bot", "tools.local", 3);
  for (std::size_t i = 2; i <= sessions_per_agent; ++i) sessions.open(of("bot"), 4);
  EXPECT_EQ(sessions.find(second, "bot", "tools.local", 5), nullptr);
  EXPECT_NE(sessions.find(first, "bot", "tools.local", 5), nullptr);
  EXPECT_NE(sessions.find(others, "other", "tools.local", 5), nullptr);
}

TEST(McpSessions, are_bounded_over_all_agents) {
  Sessions sessions;
  for (std::size_t i = 0; i < sessions_max + 10; ++i) sessions.open(of("agent" + std::to_string(i)), 1);
  EXPECT_EQ(sessions.size(), sessions_max);
}

TEST(McpSessions, take_with_them_what_waits) {
  Sessions sessions;
  const auto session = sessions.open(of("bot"), 0);
  const auto waits = std::make_shared<Waits>();
  session->flying[{std::int64_t{1}}] = waits;
  EXPECT_NE(sessions.find(session->id, "bot", "tools.local", 5 * hour_us), nullptr);  // Not idle: it waits.
  sessions.close(session);
  EXPECT_TRUE(waits->cancelled);
  sessions.close(session);
  sessions.close(nullptr);
}

}  // namespace claw::toolcall::mcp
