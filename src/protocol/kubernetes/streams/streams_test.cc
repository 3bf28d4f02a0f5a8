#include "protocol/kubernetes/streams/streams.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/streams/talk_for_test.h"

namespace claw::kubernetes {
namespace {

const Wanted exec{.kind = StreamKind::exec, .takes_stdin = true};
const Wanted forward{.kind = StreamKind::port_forward};

std::string first_byte(std::unique_ptr<http::Streams> streams) {
  const Status status = streams->feed(agent, "\x82");
  return status ? "reads" : status.error().what;
}
std::string chosen(std::string_view protocol, const Wanted& wanted) {
  return first_byte(over_websocket(protocol, wanted));
}

TEST(Streams, subprotocols_that_are_read) {
  for (const std::string_view protocol : {"", "channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io",
                                          "v4.channel.k8s.io", "v5.channel.k8s.io"}) {
    EXPECT_EQ(chosen(protocol, exec), "reads") << protocol;
    EXPECT_EQ(chosen(protocol, {.kind = StreamKind::attach}), "reads") << protocol;
  }
  for (const std::string_view protocol : {"", "v4.channel.k8s.io", "SPDY/3.1+portforward.k8s.io"}) {
    EXPECT_EQ(chosen(protocol, forward), "reads") << protocol;
  }
  EXPECT_EQ(chosen("v5.channel.k8s.io", forward), "the subprotocol `v5.channel.k8s.io`");
  EXPECT_EQ(chosen("SPDY/3.1+portforward.k8s.io", exec), "the subprotocol `SPDY/3.1+portforward.k8s.io`");
  for (const std::string_view protocol :
       {"base64.channel.k8s.io", "v4.base64.channel.k8s.io", "v6.channel.k8s.io", "V4.channel.k8s.io",
        "v4.channel.k8s.io, v5.channel.k8s.io"}) {
    EXPECT_EQ(chosen(protocol, exec).substr(0, 15), "the subprotocol") << protocol;
  }
}

TEST(Streams, only_what_was_offered_and_once_and_without_extensions) {
  const http::Request request = websocket_request("v4.channel.k8s.io, channel.k8s.io");
  EXPECT_EQ(first_byte(make_streams(request, websocket_response("channel.k8s.io"), exec)), "reads");
  EXPECT_EQ(first_byte(make_streams(request, websocket_response("v5.channel.k8s.io"), exec)),
            "a subprotocol that was not offered");
  http::Response twice = websocket_response("v4.channel.k8s.io");
  twice.fields.add("Sec-WebSocket-Protocol", "channel.k8s.io");
  EXPECT_EQ(first_byte(make_streams(request, twice, exec)), "the subprotocol `v4.channel.k8s.io`");
  http::Response packed = websocket_response("v4.channel.k8s.io");
  packed.fields.add("Sec-WebSocket-Extensions", "permessage-deflate");
  const auto streams = make_streams(request, packed, exec);
  EXPECT_EQ(streams->note(), "not read: a WebSocket extension");
  EXPECT_EQ(first_byte(make_streams(request, packed, exec)), "a WebSocket extension");
}

TEST(Streams, protocols_over_spdy) {
  const auto over = [](std::string_view protocol, const Wanted& wanted) {
    const Status status = over_spdy(protocol, wanted)->feed(agent, "\x80");
    return status ? "reads" : status.error().what;
  };
  EXPECT_EQ(over("v4.channel.k8s.io", exec), "reads");
  EXPECT_EQ(over("", exec), "reads");  // The first version said nothing.
  EXPECT_EQ(over("v6.channel.k8s.io", exec), "the protocol `v6.channel.k8s.io`");
  EXPECT_EQ(over("portforward.k8s.io", forward), "reads");
  EXPECT_EQ(over("", forward), "the protocol ``");
  EXPECT_EQ(over("portforward.k8s.io", exec), "the protocol `portforward.k8s.io`");
  http::Request strange;
  strange.protocol = "h2c";
  EXPECT_EQ(first_byte(make_streams(strange, {}, exec)), "an upgrade to `h2c`");
}

TEST(Streams, upgrades_that_may_be_asked_for) {
  const auto may = [](std::string_view protocols, StreamKind kind) {
    return may_read(websocket_request(protocols), kind);
  };
  EXPECT_TRUE(may("", StreamKind::exec));
  EXPECT_TRUE(may("v5.channel.k8s.io", StreamKind::exec));
  EXPECT_TRUE(may("v4.base64.channel.k8s.io, v4.channel.k8s.io", StreamKind::attach));
  EXPECT_FALSE(may("base64.channel.k8s.io", StreamKind::exec));
  EXPECT_FALSE(may("SPDY/3.1+portforward.k8s.io", StreamKind::exec));
  EXPECT_FALSE(may(",", StreamKind::exec));
  EXPECT_TRUE(may("SPDY/3.1+portforward.k8s.io", StreamKind::port_forward));
  EXPECT_FALSE(may("v5.channel.k8s.io", StreamKind::port_forward));
  http::Request request;
  request.protocol = "spdy/3.1";
  EXPECT_TRUE(may_read(request, StreamKind::exec));
  request.protocol = "spdy/2";
  EXPECT_FALSE(may_read(request, StreamKind::exec));
}

}  // namespace
}  // namespace claw::kubernetes
