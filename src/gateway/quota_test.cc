#include "gateway/quota.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace claw::gateway {
namespace {

TEST(quota, so_many_and_no_more_until_one_leaves) {
  Quota quota;
  std::optional<Quota::Place> first = quota.take("agent bot", 2);
  std::optional<Quota::Place> second = quota.take("agent bot", 2);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(quota.take("agent bot", 2));
  EXPECT_TRUE(quota.take("agent cron", 2)) << "another has places of its own";
  first.reset();
  EXPECT_TRUE(quota.take("agent bot", 2));
  EXPECT_FALSE(quota.take("agent bot", 1)) << "a lower limit holds for those who come";
}

TEST(quota, without_a_limit_all_are_counted_for_the_limit_that_comes) {
  Quota quota;
  const std::optional<Quota::Place> first = quota.take("agent bot", 0);
  const std::optional<Quota::Place> second = quota.take("agent bot", 0);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(quota.take("agent bot", 2));
}

TEST(quota, a_place_that_moves_is_one_place) {
  Quota quota;
  std::vector<Quota::Place> places;
  for (int i = 0; i < 5; ++i) places.push_back(std::move(*quota.take("endpoint postgres.db", 5)));
  EXPECT_FALSE(quota.take("endpoint postgres.db", 5));
  places.pop_back();
  places.front() = std::move(*quota.take("other", 1));
  EXPECT_TRUE(quota.take("other", 1) == std::nullopt);
  EXPECT_TRUE(quota.take("endpoint postgres.db", 4)) << "assigning gave one back";
}

TEST(quota, threads_never_have_more_together) {
  Quota quota;
  std::atomic<int> open = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const std::optional<Quota::Place> place = quota.take("agent bot", 3);
        if (!place) continue;
        const int now = ++open;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {}
        --open;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_TRUE(quota.take("agent bot", 1)) << "all were given back";
}

}  // namespace
}  // namespace claw::gateway
