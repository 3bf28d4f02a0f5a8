#include "operators/totp.h"

#include <gtest/gtest.h>

#include <set>

namespace claw::totp {

namespace {

constexpr std::string_view rfc_secret = "12345678901234567890";
constexpr std::int64_t second = 1'000'000;

}  // namespace

TEST(totp, the_vectors_of_rfc_6238) {
  const std::pair<std::int64_t, const char*> vectors[] = {
      {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
      {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"},
  };
  for (const auto& [seconds, code] : vectors) EXPECT_EQ(code_at(rfc_secret, seconds / 30, 8), code);
}

TEST(totp, the_vectors_of_rfc_4226) {
  const char* const codes[] = {"755224", "287082", "359152", "969429", "338314",
                               "254676", "287922", "162583", "399871", "520489"};
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(code_at(rfc_secret, i), codes[i]);
}

TEST(totp, a_code_is_good_a_step_early_or_late_and_no_more) {
  const std::int64_t now = 2'000'000'000 * second;
  const std::int64_t step = now / step_us;
  for (std::int64_t aside = -3; aside <= 3; ++aside) {
    const auto found = step_of(rfc_secret, code_at(rfc_secret, step + aside), now, 0);
    if (aside < -1 || aside > 1) {
      EXPECT_FALSE(found.has_value()) << aside;
    } else {
      EXPECT_EQ(found, step + aside);
    }
  }
}

TEST(totp, a_code_that_was_used_or_is_older_is_none) {
  const std::int64_t now = 2'000'000'000 * second;
  const std::int64_t step = now / step_us;
  const std::string code = code_at(rfc_secret, step);
  EXPECT_EQ(step_of(rfc_secret, code, now, step - 1), step);
  EXPECT_FALSE(step_of(rfc_secret, code, now, step).has_value());
  EXPECT_FALSE(step_of(rfc_secret, code_at(rfc_secret, step - 1), now, step).has_value());
  EXPECT_EQ(step_of(rfc_secret, code_at(rfc_secret, step + 1), now, step), step + 1);
}

TEST(totp, nothing_but_six_digits_is_compared) {
  const std::int64_t now = 2'000'000'000 * second;
  const std::string code = code_at(rfc_secret, now / step_us);
  for (const std::string& bad :
       {std::string(), code.substr(1), code + "0", " " + code, code + std::string(1, '\0')}) {
    EXPECT_FALSE(step_of(rfc_secret, bad, now, 0).has_value());
  }
}

TEST(totp, base32_as_in_rfc_4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},          {"f", "MY"},
                                                         {"fo", "MZXQ"},    {"foo", "MZXW6"},
                                                         {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"},
                                                         {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(to_base32(bytes), text);
}

TEST(totp, the_uri_says_whose_it_is) {
  EXPECT_EQ(uri("foobar", "Claw Patrol", "ann@a.example").reveal(),
            "otpauth://totp/Claw%20Patrol:ann%40a.example?secret=MZXW6YTBOI&issuer=Claw%20Patrol");
}

TEST(totp, recovery_codes_are_read_as_people_write_them_down) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Secret code = generate_recovery_code();
    EXPECT_EQ(code.size(), 19u);  // Four groups of four.
    EXPECT_TRUE(seen.insert(std::string(code.reveal())).second);
  }
  EXPECT_EQ(plain_recovery_code("AB2C-defg hijk-LMNO"), "ab2cdefghijklmno");
  EXPECT_EQ(plain_recovery_code(std::string(1000, 'a')).size(), 64u);
}

}  // namespace claw::totp
