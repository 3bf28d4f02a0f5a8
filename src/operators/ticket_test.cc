#include "operators/ticket.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace claw::operators {

namespace {

constexpr std::int64_t minute = 60'000'000;

}  // namespace

TEST(ticket, it_is_good_once_for_its_purpose_and_in_time) {
  FakeClock clock;
  Tickets tickets(clock);
  const std::string ticket = tickets.make(purpose({"answer", "q1", "allow"}), 2 * minute);
  EXPECT_EQ(ticket.size(), ticket_bytes);
  EXPECT_TRUE(tickets.is_good(ticket, purpose({"answer", "q1", "allow"})));
  EXPECT_FALSE(tickets.use(ticket, purpose({"answer", "q1", "deny"})));
  EXPECT_TRUE(tickets.use(ticket, purpose({"answer", "q1", "allow"})));
  EXPECT_FALSE(tickets.use(ticket, purpose({"answer", "q1", "allow"})));
  EXPECT_FALSE(tickets.is_good(ticket, purpose({"answer", "q1", "allow"})));
}

TEST(ticket, it_ends) {
  FakeClock clock;
  Tickets tickets(clock);
  const std::string ticket = tickets.make("p", minute);
  clock.advance_us(minute - 1);
  EXPECT_TRUE(tickets.is_good(ticket, "p"));
  clock.advance_us(1);
  EXPECT_FALSE(tickets.use(ticket, "p"));
}

TEST(ticket, no_bit_of_it_can_be_changed) {
  FakeClock clock;
  Tickets tickets(clock);
  const std::string ticket = tickets.make("p", minute);
  for (std::size_t i = 0; i < ticket.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = ticket;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      EXPECT_FALSE(tickets.use(changed, "p")) << i;
    }
    EXPECT_FALSE(tickets.use(ticket.substr(0, i), "p"));
  }
  EXPECT_FALSE(tickets.use(ticket + "x", "p"));
  EXPECT_TRUE(tickets.use(ticket, "p"));
}

TEST(ticket, another_process_does_not_know_it) {
  FakeClock clock;
  Tickets one(clock);
  Tickets other(clock);
  EXPECT_FALSE(other.use(one.make("p", minute), "p"));
}

TEST(ticket, of_many_who_ask_at_once_one_is_told_yes) {
  FakeClock clock;
  Tickets tickets(clock);
  const std::string ticket = tickets.make("p", minute);
  std::atomic<int> yes = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { yes += tickets.use(ticket, "p") ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(yes, 1);
}

TEST(ticket, used_ones_are_bounded_and_forgotten_when_they_would_have_ended) {
  FakeClock clock;
  Tickets tickets(clock);
  for (std::size_t i = 0; i < used_tickets_max; ++i) ASSERT_TRUE(tickets.use(tickets.make("p", minute), "p"));
  EXPECT_FALSE(tickets.use(tickets.make("p", minute), "p"));
  clock.advance_us(minute);
  EXPECT_TRUE(tickets.use(tickets.make("p", minute), "p"));
}

TEST(ticket, what_is_derived_is_the_ticket_s_own) {
  FakeClock clock;
  Tickets tickets(clock);
  const std::string ticket = tickets.make("p", minute);
  EXPECT_EQ(tickets.derived(ticket, "nonce"), tickets.derived(ticket, "nonce"));
  EXPECT_NE(tickets.derived(ticket, "nonce"), tickets.derived(ticket, "verifier"));
  EXPECT_NE(tickets.derived(ticket, "nonce"), tickets.derived(tickets.make("p", minute), "nonce"));
  EXPECT_EQ(tickets.derived(ticket, "nonce").size(), 32u);
}

TEST(ticket, words_cannot_be_moved_between_neighbours) {
  EXPECT_NE(purpose({"ab", "c"}), purpose({"a", "bc"}));
  EXPECT_NE(purpose({"ab"}), purpose({"ab", ""}));
}

}  // namespace claw::operators
