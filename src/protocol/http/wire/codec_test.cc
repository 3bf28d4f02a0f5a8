#include "protocol/http/wire/codec.h"

#include <gtest/gtest.h>

#include "protocol/http/wire/h1.h"

namespace claw::http {
namespace {

struct Half : Reader {  // Reads neither requests nor responses.
  void on_body(StreamId, std::string_view) override {}
  void on_end(StreamId, Fields) override {}
  void on_reset(StreamId, Reset, std::string_view) override {}
};

TEST(CodecDeathTest, a_reader_of_the_wrong_half_is_our_own_mistake) {
  Half half;
  EXPECT_DEATH(half.on_request(1, {}), "reads_requests");
  EXPECT_DEATH(half.on_response(1, {}), "reads_responses");
}

TEST(Output, an_empty_view_is_no_command) {
  protocol::Commands commands;
  const Output out{commands, protocol::Side::client, 7};
  out.relay("");
  EXPECT_TRUE(commands.list().empty());
  out.relay("x");
  EXPECT_EQ(std::get<protocol::Send>(commands.list().front()).ticket, 7u);
}

TEST(Codec, each_role_does_only_its_own) {
  protocol::Commands commands;
  const Output out{commands, protocol::Side::client};
  EXPECT_FALSE(make_h1_server()->can_open());
  EXPECT_EQ(make_h1_server()->open({}, out), 0u);
  make_h1_client()->respond(1, {}, out);
  EXPECT_TRUE(commands.list().empty());
}

}  // namespace
}  // namespace claw::http
