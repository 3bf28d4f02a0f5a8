#include "operators/lockout.h"

#include <gtest/gtest.h>

namespace claw::operators {

namespace {

constexpr std::int64_t second = 1'000'000;

}  // namespace

TEST(lockout, some_failures_are_free_then_each_doubles_the_wait) {
  FakeClock clock;
  Lockout lockout(clock, {});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(lockout.wait_us("ann"), 0);
    lockout.count("ann");
  }
  EXPECT_EQ(lockout.wait_us("ann"), 0);
  for (std::int64_t wait = second; wait < 900 * second; wait *= 2) {
    lockout.count("ann");
    EXPECT_EQ(lockout.wait_us("ann"), wait);
    clock.advance_us(wait - 1);
    EXPECT_EQ(lockout.wait_us("ann"), 1);
    clock.advance_us(1);
    EXPECT_EQ(lockout.wait_us("ann"), 0);
  }
  EXPECT_EQ(lockout.wait_us("bob"), 0);
}

TEST(lockout, nobody_is_locked_out_for_longer_than_the_longest_wait) {
  FakeClock clock;
  Lockout lockout(clock, {});
  for (int i = 0; i < 100'000; ++i) lockout.count("ann");
  EXPECT_EQ(lockout.wait_us("ann"), 900 * second);
  clock.advance_us(900 * second);
  EXPECT_EQ(lockout.wait_us("ann"), 0);
  clock.advance_us(3601 * second);
  lockout.count("ann");
  EXPECT_EQ(lockout.wait_us("ann"), 0);  // Begun anew.
}

TEST(lockout, a_right_one_forgets_and_one_that_was_none_is_taken_back) {
  FakeClock clock;
  Lockout lockout(clock, {});
  for (int i = 0; i < 10; ++i) lockout.count("ann");
  lockout.clear("ann");
  EXPECT_EQ(lockout.wait_us("ann"), 0);
  for (int i = 0; i < 100; ++i) {
    lockout.count("ann");
    lockout.take_back("ann");
  }
  EXPECT_EQ(lockout.size(), 0u);
  lockout.take_back("ann");
  lockout.clear("nobody");
}

TEST(lockout, it_stays_bounded_and_forgets_what_failed_longest_ago) {
  FakeClock clock;
  Lockout lockout(clock, {.entries_max = 100});
  for (int i = 0; i < 6; ++i) lockout.count("ann");
  for (int i = 0; i < 99; ++i) lockout.count("stranger " + std::to_string(i));
  EXPECT_EQ(lockout.wait_us("ann"), second);
  lockout.count("ann");  // The latest again.
  for (int i = 0; i < 99; ++i) lockout.count("another " + std::to_string(i));
  EXPECT_EQ(lockout.wait_us("ann"), 2 * second);
  lockout.count("one more");
  EXPECT_EQ(lockout.wait_us("ann"), 0);
  EXPECT_EQ(lockout.size(), 100u);
}

TEST(lockout, a_network_is_what_one_stranger_has) {
  EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network_of("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
  EXPECT_EQ(network_of("2001:DB8:0000:1::5"), "2001:db8:0:1::/64");
  EXPECT_EQ(network_of("2001:db8::5"), "2001:db8:0:0::/64");
  EXPECT_EQ(network_of("fe80::1%eth0"), "fe80:0:0:0::/64");
  EXPECT_EQ(network_of("::1"), "0:0:0:0::/64");
  EXPECT_EQ(network_of("::"), "0:0:0:0::/64");
  EXPECT_EQ(network_of(""), "");
  EXPECT_EQ(network_of("1:2:3"), "1:2:3");
  EXPECT_EQ(network_of("1:2:3:4:5:6:7:8:9::"), "1:2:3:4:5:6:7:8:9::");
}

}  // namespace claw::operators
