#include "base/budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace claw {
namespace {

TEST(Budget, one_alone_has_half_and_leaves_as_much) {
  const auto budget = std::make_shared<Budget>(1000);
  const auto one = budget->account("one");
  Share share;
  EXPECT_TRUE(share.put_on(one));
  EXPECT_TRUE(share.grow(500));
  EXPECT_FALSE(share.grow(1));
  EXPECT_EQ(budget->held(), 500U) << "a refusal takes nothing";
  share.release();
  EXPECT_EQ(budget->held(), 0U);
  EXPECT_FALSE(share.grow(501)) << "nor in one go";
  EXPECT_FALSE(share.grow(UINT64_MAX));
  EXPECT_TRUE(share.grow(400));
}

TEST(Budget, whoever_comes_next_finds_room_however_greedy_the_others_are) {
  const auto budget = std::make_shared<Budget>(1'000'000);
  std::vector<std::shared_ptr<Budget::Account>> accounts;
  std::vector<std::unique_ptr<Share>> shares;
  for (int i = 1; i <= 20; ++i) {
    const auto& account = accounts.emplace_back(budget->account("agent " + std::to_string(i)));
    Share& share = *shares.emplace_back(std::make_unique<Share>());
    ASSERT_TRUE(share.put_on(account));
    const std::uint64_t left = 1'000'000 - budget->held();
    std::uint64_t had = 0;
    while (share.grow(1)) ++had;
    EXPECT_EQ(had, left / 2) << "half of what the others left";
    if (had == 0) break;
  }
  EXPECT_LE(budget->held(), 1'000'000U);
}

TEST(Budget, connections_of_one_name_are_one) {
  const auto budget = std::make_shared<Budget>(1000);
  Share first;
  Share second;
  EXPECT_TRUE(first.put_on(budget->account("one")) && second.put_on(budget->account("one")));
  EXPECT_TRUE(first.grow(400));
  EXPECT_FALSE(second.grow(200));
  first.release();
  EXPECT_TRUE(second.grow(200));
}

TEST(Budget, what_was_nobodys_yet_moves_to_whose_it_is) {
  const auto budget = std::make_shared<Budget>(1000);
  Share share;
  EXPECT_TRUE(share.put_on(budget->account("")));
  EXPECT_TRUE(share.grow(200));
  EXPECT_TRUE(share.put_on(budget->account("one")));
  EXPECT_EQ(budget->held(), 200U);
  Share nobodys;
  EXPECT_TRUE(nobodys.put_on(budget->account("")) && nobodys.grow(400));
  Share large;
  EXPECT_TRUE(large.put_on(budget->account("two")) && large.grow(150));
  EXPECT_FALSE(nobodys.put_on(budget->account("two"))) << "with its own it would have too much";
  EXPECT_EQ(budget->held(), 750U) << "it stays whose it was";
}

TEST(Budget, a_smaller_one_takes_effect_and_what_is_held_stays) {
  const auto budget = std::make_shared<Budget>(1000);
  Share share;
  EXPECT_TRUE(share.put_on(budget->account("one")));
  EXPECT_TRUE(share.grow(400));
  budget->set_most(100);
  {
    Share other;
    EXPECT_TRUE(other.put_on(budget->account("two")));
    EXPECT_FALSE(other.grow(1));
    share.release();
    EXPECT_TRUE(other.grow(50));
  }
  EXPECT_EQ(budget->held(), 0U) << "who goes gives back";
}

TEST(Budget, threads_together_never_hold_more) {
  const auto budget = std::make_shared<Budget>(10'000);
  std::atomic<bool> too_much = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, name = std::to_string(i % 2)] {
      for (int turn = 0; turn < 2000; ++turn) {
        Share share;
        share.put_on(budget->account(name));
        std::uint64_t had = 0;
        while (had < 4000 && share.grow(500)) had += 500;
        if (had > 5000) too_much = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(too_much);
  EXPECT_EQ(budget->held(), 0U);
}

}  // namespace
}  // namespace claw
