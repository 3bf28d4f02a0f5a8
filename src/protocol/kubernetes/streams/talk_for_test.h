// Both sides of an upgraded connection, as frames: what agents and servers write, and a conversation told to
// Streams in slices.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/kubernetes/streams/streams.h"
#include "protocol/websocket/codec.h"

namespace claw::kubernetes {

using Turn = std::pair<bool, std::string>;  // From the agent?
constexpr bool agent = true;
constexpr bool server = false;

inline std::string frame(bool from_agent, std::string_view payload,
                         websocket::Opcode opcode = websocket::Opcode::binary) {
  return websocket::encode(opcode, payload,
                           from_agent ? std::string_view("\x12\x34\x56\x78") : std::string_view());
}
inline std::string on_channel(bool from_agent, int channel, std::string_view bytes) {
  return frame(from_agent, std::string(1, static_cast<char>(channel)) + std::string(bytes));
}
inline std::string close_channel(bool from_agent, int channel) {
  return on_channel(from_agent, 255, std::string(1, static_cast<char>(channel)));
}
// The same frame as one of several of its message.
inline std::string in_part(std::string frame, bool is_first, bool is_last) {
  const int opcode = is_first ? frame[0] & 0x0f : 0;
  frame[0] = static_cast<char>(opcode | (is_last ? 0x80 : 0));
  return frame;
}

inline http::Request websocket_request(std::string_view protocols) {
  http::Request request;
  request.protocol = "websocket";
  request.fields.add("Sec-WebSocket-Version", "13");
  request.fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  if (!protocols.empty()) request.fields.add("Sec-WebSocket-Protocol", protocols);
  return request;
}
inline http::Response websocket_response(std::string_view protocol) {
  http::Response response;
  response.status = 101;
  response.protocol = "websocket";
  response.fields.add("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  if (!protocol.empty()) response.fields.add("Sec-WebSocket-Protocol", protocol);
  return response;
}
inline std::unique_ptr<http::Streams> over_websocket(std::string_view protocol, const Wanted& wanted,
                                                     Sink* sink = nullptr) {
  return make_streams(websocket_request(protocol), websocket_response(protocol), wanted, sink);
}
inline std::unique_ptr<http::Streams> over_spdy(std::string_view protocol, const Wanted& wanted,
                                                Sink* sink = nullptr) {
  http::Request request;
  request.protocol = "spdy/3.1";
  http::Response response;
  if (!protocol.empty()) response.fields.add("X-Stream-Protocol-Version", protocol);
  return make_streams(request, response, wanted, sink);
}

// The note, or what was wrong.
inline std::string play(http::Streams& streams, const std::vector<Turn>& turns, std::size_t slice = 1 << 20) {
  for (const auto& [from_agent, bytes] : turns) {
    for (std::size_t at = 0; at < bytes.size(); at += slice) {
      const Status status = streams.feed(from_agent, std::string_view(bytes).substr(at, slice));
      if (!status) return "! " + status.error().what;
    }
  }
  return streams.note();
}

// The same whatever the slices.
template <class Make>
void expect_play(const Make& make, const std::vector<Turn>& turns, const std::string& note) {
  std::size_t longest = 0;
  for (const Turn& turn : turns) longest = std::max(longest, turn.second.size());
  for (std::size_t slice = 1; slice <= std::min<std::size_t>(longest, 300); ++slice) {
    ASSERT_EQ(play(*make(), turns, slice), note) << slice;
  }
  EXPECT_EQ(play(*make(), turns), note);
}

inline constexpr std::string_view success = R"({"metadata":{},"status":"Success"})";
inline constexpr std::string_view exit_3 =
    R"({"metadata":{},"status":"Failure","message":"command terminated with exit code 3",)"
    R"("reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}})";

class Heard : public Sink {
 public:
  void on_data(Channel channel, std::string_view bytes) override {
    text[static_cast<std::size_t>(channel)] += bytes;
  }
  void on_end(Channel channel) override { text[static_cast<std::size_t>(channel)] += "|"; }

  std::array<std::string, 5> text;
};

}  // namespace claw::kubernetes
