#include "approval/channel/signature.h"

#include <gtest/gtest.h>

namespace claw::channel {
namespace {

// The example of Slack's documentation.
TEST(signature, slack_as_documented) {
  EXPECT_EQ(slack_signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
                            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
                            "channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&"
                            "command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
                            "commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
                            "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

// The example of Standard Webhooks' specification.
TEST(signature, webhook_as_documented) {
  EXPECT_EQ(webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                              "1614265330", "{\"test\": 2432232314}")
                .value(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_FALSE(webhook_signature("whsec_no base64", "id", "1", ""));
}

TEST(signature, one_of_several_is_enough_and_none_of_others) {
  EXPECT_TRUE(has_signature("v1,old v1,new", "v1,new"));
  EXPECT_FALSE(has_signature("v1,ol v1,neww v1a,new", "v1,new"));
  EXPECT_FALSE(has_signature("", "v1,new"));
}

TEST(signature, only_from_about_now) {
  constexpr std::int64_t now_us = 1'800'000'000'000'000;
  for (const std::string_view good : {"1800000000", "1799999700", "1800000300"}) {
    EXPECT_TRUE(check_time(good, now_us)) << good;
  }
  for (const std::string_view bad : {"", "1799999699", "1800000301", "-1800000000", "1800000000 ",
                                     "0x6b49d200", "1800000000.0", "99999999999999999999", "18000000001"}) {
    EXPECT_FALSE(check_time(bad, now_us)) << bad;
  }
  EXPECT_FALSE(check_time(std::nullopt, now_us));
}

TEST(signature, a_form_says_one_thing) {
  EXPECT_EQ(form_value("a=1&payload=%7B%22x%22%3A+1%7D", "payload"), "{\"x\": 1}");
  EXPECT_EQ(form_value("payload", "payload"), "");
  EXPECT_FALSE(form_value("payload=1&payload=2", "payload"));
  EXPECT_FALSE(form_value("payload=1&pay%6Coad=2", "payload"));
  EXPECT_FALSE(form_value("payload=%7", "payload"));
  EXPECT_FALSE(form_value("payload=%zz", "payload"));
  EXPECT_FALSE(form_value("", "payload"));
}

}  // namespace
}  // namespace claw::channel
