#include "protocol/http/content/gzip.h"

#include <gtest/gtest.h>

#include "protocol/http/content/content.h"

namespace claw::http {

TEST(gzip, what_is_packed_comes_out_again) {
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 100'000; ++i) {
    noise += static_cast<char>((x = x * 1'103'515'245U + 12'345U) >> 16);
  }
  for (const std::string& text : {std::string(), std::string("a"), std::string(60'000, 'x'), noise}) {
    EXPECT_EQ(decode_content("gzip", gzip(text), 1 << 24).value(), text);
  }
}

TEST(gzip, the_same_bytes_give_the_same_bytes) { EXPECT_EQ(gzip("record"), gzip("record")); }

}  // namespace claw::http
