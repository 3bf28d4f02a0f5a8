#include "operators/voucher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace claw::operators {

namespace {

constexpr std::int64_t minute = 60'000'000;

}  // namespace

TEST(voucher, it_is_good_once_for_its_purpose_and_in_time) {
  FakeClock clock;
  Vouchers vouchers(clock);
  const std::string voucher = vouchers.make(purpose({"answer", "q1", "allow"}), 2 * minute);
  EXPECT_EQ(voucher.size(), voucher_bytes);
  EXPECT_TRUE(vouchers.is_good(voucher, purpose({"answer", "q1", "allow"})));
  EXPECT_FALSE(vouchers.use(voucher, purpose({"answer", "q1", "deny"})));
  EXPECT_TRUE(vouchers.use(voucher, purpose({"answer", "q1", "allow"})));
  EXPECT_FALSE(vouchers.use(voucher, purpose({"answer", "q1", "allow"})));
  EXPECT_FALSE(vouchers.is_good(voucher, purpose({"answer", "q1", "allow"})));
}

TEST(voucher, it_ends) {
  FakeClock clock;
  Vouchers vouchers(clock);
  const std::string voucher = vouchers.make("p", minute);
  clock.advance_us(minute - 1);
  EXPECT_TRUE(vouchers.is_good(voucher, "p"));
  clock.advance_us(1);
  EXPECT_FALSE(vouchers.use(voucher, "p"));
}

TEST(voucher, no_bit_of_it_can_be_changed) {
  FakeClock clock;
  Vouchers vouchers(clock);
  const std::string voucher = vouchers.make("p", minute);
  for (std::size_t i = 0; i < voucher.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = voucher;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      EXPECT_FALSE(vouchers.use(changed, "p")) << i;
    }
    EXPECT_FALSE(vouchers.use(voucher.substr(0, i), "p"));
  }
  EXPECT_FALSE(vouchers.use(voucher + "x", "p"));
  EXPECT_TRUE(vouchers.use(voucher, "p"));
}

TEST(voucher, another_process_does_not_know_it) {
  FakeClock clock;
  Vouchers one(clock);
  Vouchers other(clock);
  EXPECT_FALSE(other.use(one.make("p", minute), "p"));
}

TEST(voucher, of_many_who_ask_at_once_one_is_told_yes) {
  FakeClock clock;
  Vouchers vouchers(clock);
  const std::string voucher = vouchers.make("p", minute);
  std::atomic<int> yes = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { yes += vouchers.use(voucher, "p") ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(yes, 1);
}

TEST(voucher, used_ones_are_bounded_and_forgotten_when_they_would_have_ended) {
  FakeClock clock;
  Vouchers vouchers(clock);
  for (std::size_t i = 0; i < used_vouchers_max; ++i) {
    ASSERT_TRUE(vouchers.use(vouchers.make("p", minute), "p"));
  }
  EXPECT_FALSE(vouchers.use(vouchers.make("p", minute), "p"));
  clock.advance_us(minute);
  EXPECT_TRUE(vouchers.use(vouchers.make("p", minute), "p"));
}

TEST(voucher, what_is_derived_is_the_voucher_s_own) {
  FakeClock clock;
  Vouchers vouchers(clock);
  const std::string voucher = vouchers.make("p", minute);
  EXPECT_EQ(vouchers.derived(voucher, "nonce"), vouchers.derived(voucher, "nonce"));
  EXPECT_NE(vouchers.derived(voucher, "nonce"), vouchers.derived(voucher, "verifier"));
  EXPECT_NE(vouchers.derived(voucher, "nonce"), vouchers.derived(vouchers.make("p", minute), "nonce"));
  EXPECT_EQ(vouchers.derived(voucher, "nonce").size(), 32u);
}

TEST(voucher, words_cannot_be_moved_between_neighbours) {
  EXPECT_NE(purpose({"ab", "c"}), purpose({"a", "bc"}));
  EXPECT_NE(purpose({"ab"}), purpose({"ab", ""}));
}

}  // namespace claw::operators
