#include "guard/break_glass.h"

#include <gtest/gtest.h>

#include "audit/memory.h"

namespace claw::guard {
namespace {

class Glass : public testing::Test {
 protected:
  bool last_says(std::string_view what) const {
    const std::vector<std::string> records = sink_.records();
    return !records.empty() && records.back().find(what) != std::string::npos;
  }

  FakeClock clock_;
  audit::MemorySink sink_;
  metrics::Registry registry_;
  BreakGlass glass_{clock_, sink_, registry_};
};

TEST_F(Glass, is_broken_for_one_profile_and_some_minutes) {
  EXPECT_EQ(glass_.active("ops"), "");
  const auto id = glass_.grant("ops", "ann", 5, "the shop is down");
  ASSERT_TRUE(id);
  EXPECT_TRUE(last_says("\"break_glass_started\"")) << sink_.records().back();
  EXPECT_TRUE(last_says("profile ops for 5 minutes: the shop is down"));
  EXPECT_EQ(glass_.active("ops"), *id);
  EXPECT_EQ(glass_.active("other"), "");
  EXPECT_EQ(glass_.list().at(0).person, "ann");
  clock_.advance_us(5 * 60'000'000LL - 1);
  EXPECT_EQ(glass_.active("ops"), *id);
  clock_.advance_us(1);
  EXPECT_EQ(glass_.active("ops"), "") << "also before tick() has come round";
  EXPECT_TRUE(glass_.list().empty());
  glass_.tick();
  EXPECT_TRUE(last_says("\"break_glass_ran_out\""));
  EXPECT_FALSE(glass_.end(*id, "ann"));
}

TEST_F(Glass, is_ended_by_a_person) {
  const auto id = glass_.grant("ops", "ann", 60, "x");
  EXPECT_FALSE(glass_.end("other", "bob"));
  EXPECT_TRUE(glass_.end(*id, "bob"));
  EXPECT_TRUE(last_says("\"break_glass_ended\",\"person\":\"bob\""));
  EXPECT_EQ(glass_.active("ops"), "");
}

TEST_F(Glass, needs_a_person_a_reason_and_a_bound) {
  EXPECT_FALSE(glass_.grant("", "ann", 5, "x"));
  EXPECT_FALSE(glass_.grant("ops", "", 5, "x"));
  EXPECT_FALSE(glass_.grant("ops", "ann", 5, "  "));
  EXPECT_FALSE(glass_.grant("ops", "ann", 0, "x"));
  EXPECT_FALSE(glass_.grant("ops", "ann", 61, "x"));
  EXPECT_FALSE(glass_.grant("ops", "ann", INT64_MAX, "x"));
  EXPECT_FALSE(glass_.grant("ops", "ann", 5, std::string(break_glass_reason_bytes_max + 1, 'x')));
  EXPECT_TRUE(sink_.records().empty());
}

TEST_F(Glass, what_is_not_recorded_does_not_count) {
  sink_.fail(true);
  EXPECT_FALSE(glass_.grant("ops", "ann", 5, "x"));
  EXPECT_EQ(glass_.active("ops"), "");
  sink_.fail(false);
  const auto id = glass_.grant("ops", "ann", 5, "x");
  sink_.fail(true);
  EXPECT_TRUE(glass_.end(*id, "ann")) << "less is always possible";
  EXPECT_EQ(glass_.active("ops"), "");
}

TEST_F(Glass, too_many_are_a_policy) {
  for (std::size_t i = 0; i < break_glass_max; ++i) EXPECT_TRUE(glass_.grant("ops", "ann", 5, "x"));
  EXPECT_FALSE(glass_.grant("ops", "ann", 5, "x"));
}

}  // namespace
}  // namespace claw::guard
