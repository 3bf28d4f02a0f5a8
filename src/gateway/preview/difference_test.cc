#include <gtest/gtest.h>

#include "gateway/preview/preview.h"

namespace claw::gateway {
namespace {

TEST(difference, marks_what_went_and_what_came_with_a_little_around_it) {
  EXPECT_EQ(difference("a\nb\nc\nd\ne\nf\ng", "a\nb\nc\nd\nE\nf\ng"), "@@\n c\n d\n-e\n+E\n f\n g\n");
  EXPECT_EQ(difference("a", "a\nb"), " a\n+b\n");
  EXPECT_EQ(difference("a\nb", "b"), "-a\n b\n");
  EXPECT_EQ(difference("same", "same"), "nothing");
}

TEST(difference, of_far_changes_leaves_out_what_is_between) {
  EXPECT_EQ(difference("x\n1\n2\n3\n4\n5\n6\ny", "X\n1\n2\n3\n4\n5\n6\nY"),
            "-x\n+X\n 1\n 2\n@@\n 5\n 6\n-y\n+Y\n");
}

TEST(difference, of_what_is_too_long_is_not_made) {
  const std::string longer(5000, '\n');
  EXPECT_EQ(difference(longer, longer + "x"), "too long to be compared");
}

}  // namespace
}  // namespace claw::gateway
