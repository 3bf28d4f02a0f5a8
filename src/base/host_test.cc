#include "base/host.h"

#include <gtest/gtest.h>

namespace claw {
namespace {

TEST(host, four_numbers_are_an_address_only_as_everybody_reads_them) {
  for (const std::string_view host : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "10.0.9.90"}) {
    EXPECT_TRUE(is_ip4(host)) << host;
  }
  for (const std::string_view host : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.0x4",
                                      "1..3.4", "1.2.3.4.", " 1.2.3.4", "1.2.3.+4", "1.2.3.1000"}) {
    EXPECT_FALSE(is_ip4(host)) << host;
  }
}

TEST(host, a_last_label_that_is_a_number_makes_an_address_of_the_whole) {
  for (const std::string_view host :
       {"127.1", "2130706433", "0x7f000001", "a.0X7F", "a.1.", "0x", "127.0.0.1"}) {
    EXPECT_TRUE(ends_in_number(host)) << host;
  }
  for (const std::string_view host : {"", ".", "a", "1.a", "a.0xg", "x7f", "a1.b2"}) {
    EXPECT_FALSE(ends_in_number(host)) << host;
  }
}

TEST(host, a_name_is_labels_of_letters_digits_dashes_and_underscores) {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
  for (const std::string_view host : {std::string_view("a"), std::string_view("API.github.com"),
                                      std::string_view("_dmarc.a-b.c"), std::string_view(longest)}) {
    EXPECT_TRUE(is_host_name(host)) << host;
  }
  const std::string too_long = longest + 'b';
  const std::string long_label = label + "a.b";
  for (const std::string_view host :
       {std::string_view(), std::string_view("."), std::string_view("a."), std::string_view(".a"),
        std::string_view("a..b"), std::string_view("a b"), std::string_view("a/b"), std::string_view("a:1"),
        std::string_view("127.0.0.1"), std::string_view("127.1"), std::string_view("\xC3\xA4.de"),
        std::string_view("a\0b", 3), std::string_view(too_long), std::string_view(long_label)}) {
    EXPECT_FALSE(is_host_name(host)) << host;
  }
}

}  // namespace
}  // namespace claw
