#include "protocol/http/wire/h2/guard.h"

#include <gtest/gtest.h>

#include "protocol/http/wire/h2/trial_for_test.h"

namespace claw::http {
namespace {

using namespace trial;

// Where the guard sees a frame end in `bytes`, given pieces of `slice`; all of it must be handed on.
std::vector<std::size_t> cuts(H2Guard& guard, std::string_view bytes, std::size_t slice) {
  std::string handed;
  std::vector<std::size_t> ends;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto part = guard.take(bytes.substr(at, slice));
    CLAW_CHECK(part.ok() && part->used > 0);
    at += part->used;
    handed += part->header;
    handed += part->bytes;
    if (guard.is_between_frames()) ends.push_back(at);
  }
  CLAW_CHECK(handed == bytes);
  return ends;
}

TEST(H2Guard, sees_the_same_frames_however_they_are_cut) {
  const H2Limits limits;
  const std::string bytes = hello() + frame(ping, none, 0, "12345678") + frame(data, none, 1, "") +
                            frame(data, none, 1, std::string(300, 'x'));
  const std::vector<std::size_t> ends = {24, 33, 50, 59, 368};
  for (std::size_t slice = 1; slice <= bytes.size(); ++slice) {
    H2Guard guard(limits, true);
    EXPECT_TRUE(guard.is_between_frames());
    EXPECT_EQ(cuts(guard, bytes, slice), ends) << slice;
  }
}

TEST(H2Guard, grants_what_progress_earns_and_never_more_than_at_first) {
  H2Limits limits;
  limits.control_frames_max = 10;
  H2Guard guard(limits, false);
  for (int i = 0; i < 100; ++i) guard.earn(H2Guard::Progress::head);
  const std::string one = frame(ping, none, 0, "12345678");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(guard.take(one).ok());
  guard.earn(H2Guard::Progress::data_read);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(guard.take(one).ok());
  EXPECT_EQ(guard.take(one).error().code, Code::limit);
}

TEST(H2Guard, earns_resets_by_streams) {
  H2Limits limits;
  limits.resets_max = 2;
  H2Guard guard(limits, false);
  EXPECT_TRUE(guard.charge_reset().ok());
  EXPECT_TRUE(guard.charge_reset().ok());
  for (int i = 0; i < 4999; ++i) guard.on_stream_opened();
  EXPECT_FALSE(guard.charge_reset().ok());
  guard.on_stream_opened();
  EXPECT_TRUE(guard.charge_reset().ok());
  EXPECT_FALSE(guard.charge_own_reset().ok());
}

TEST(H2Guard, a_head_has_few_frames_and_a_size) {
  const H2Limits limits;
  const auto taken = [&](std::size_t size, int continuations) {
    H2Guard guard(limits, false);
    const std::string part(size, 'x');
    bool ok = guard.take(frame(headers, none, 1, part)).ok();
    for (int i = 0; i < continuations; ++i) ok = ok && guard.take(frame(continuation, none, 1, part)).ok();
    return ok;
  };
  EXPECT_TRUE(taken(0, 7));
  EXPECT_FALSE(taken(0, 8));
  EXPECT_TRUE(taken(16'384, 7));
  EXPECT_FALSE(taken(16'384, 8));
}

}  // namespace
}  // namespace claw::http
