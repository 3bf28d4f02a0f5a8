#include "vault/kinds/encode.h"

#include <gtest/gtest.h>

namespace claw::vault {

TEST(encode, a_target_is_a_path_and_a_query) {
  EXPECT_EQ(path_of("/a?b?c"), "/a");
  EXPECT_EQ(query_of("/a?b?c"), "b?c");
  EXPECT_EQ(query_of("/a"), "");
}

TEST(encode, headers_are_found_in_any_case_and_the_first_counts) {
  const std::vector<std::pair<std::string, std::string>> fields = {{"X-Amz-Date", "1"}, {"x-amz-date", "2"}};
  const Request request{.method = "GET", .host = "a", .path = "/", .fields = fields, .body = {}};
  EXPECT_EQ(header_of(request, "x-amz-DATE").value(), "1");
  EXPECT_FALSE(header_of(request, "date").has_value());
}

TEST(encode, pieces_are_one_secret) { EXPECT_EQ(joined({"a", "", "bc"}).reveal(), "abc"); }

}  // namespace claw::vault
