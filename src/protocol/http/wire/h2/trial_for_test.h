// What the tests, fuzz targets and benchmarks of HTTP/2 share: a reader that keeps what it was told, frames
// made by hand, and a client and a server codec that talk in memory. No part of the gateway.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "protocol/http/wire/h2.h"

namespace claw::http::trial {

// Checks while it listens that what codec.h promises about order is kept.
class Heard final : public Reader {
 public:
  struct Message {
    std::vector<Request> requests;
    std::vector<Response> responses;
    std::string body;
    std::size_t ends = 0;
    Fields trailers;
    std::vector<Reset> resets;
    std::string detail;
  };

  void on_request(StreamId stream, Request request) override {
    CLAW_CHECK(messages[stream].requests.empty());
    messages[stream].requests.push_back(std::move(request));
    order.push_back(stream);
    if (when_request) when_request(stream, messages[stream].requests.back());
  }
  void on_response(StreamId stream, Response response) override {
    Message& message = live(stream);
    CLAW_CHECK(message.responses.empty() || message.responses.back().status < 200);
    message.responses.push_back(std::move(response));
    if (when_response) when_response(stream, message.responses.back());
  }
  void on_body(StreamId stream, std::string_view bytes) override {
    CLAW_CHECK(!bytes.empty());
    live(stream).body.append(bytes);
    if (when_body) when_body(stream, bytes);
  }
  void on_end(StreamId stream, Fields trailers) override {
    Message& message = live(stream);
    ++message.ends;
    message.trailers = std::move(trailers);
    if (when_end) when_end(stream);
  }
  void on_reset(StreamId stream, Reset why, std::string_view detail) override {
    Message& message = messages[stream];
    CLAW_CHECK(message.resets.empty());
    message.resets.push_back(why);
    message.detail = detail;
    if (when_reset) when_reset(stream, why);
  }

  bool empty() const { return messages.empty(); }
  Message& at(StreamId stream) { return messages[stream]; }

  std::map<StreamId, Message> messages;
  std::vector<StreamId> order;
  std::function<void(StreamId, const Request&)> when_request;
  std::function<void(StreamId, const Response&)> when_response;
  std::function<void(StreamId, std::string_view)> when_body;
  std::function<void(StreamId)> when_end;
  std::function<void(StreamId, Reset)> when_reset;

 private:
  Message& live(StreamId stream) {
    Message& message = messages[stream];
    const bool goes_on = !message.requests.empty() && !message.requests.back().protocol.empty();
    CLAW_CHECK(message.resets.empty() && (message.ends == 0 || (message.ends == 1 && goes_on)));
    return message;
  }
};

// One side: a codec, what it has written and not yet been taken, and what it was told.
struct Side {
  std::unique_ptr<Codec> codec;
  protocol::Side to;
  protocol::Commands commands = {};
  Heard heard = {};

  Output out(protocol::Ticket ticket = 0) { return {commands, to, ticket}; }

  std::string take() {
    std::string all;
    for (const protocol::Command& command : commands.list()) {
      const auto* send = std::get_if<protocol::Send>(&command);
      CLAW_CHECK(send != nullptr && send->to == to);
      all += send->bytes();
    }
    commands.clear();
    return all;
  }

  // In pieces of `slice` bytes.
  Status feed(std::string_view bytes, std::size_t slice = std::string_view::npos) {
    while (!bytes.empty()) {
      const std::string piece(
          bytes.substr(0, slice));  // Its own block, so that a view kept too long is seen.
      auto used = codec->feed(piece, heard, out());
      if (!used) return used.error();
      CLAW_CHECK(*used == piece.size());
      bytes.remove_prefix(piece.size());
    }
    return Done{};
  }
};

struct Pair {
  explicit Pair(H2Limits server_limits = {}, H2Limits client_limits = {}, std::size_t slice_bytes = 1 << 20)
      : slice(slice_bytes) {
    server.codec = make_h2_server(server_limits);
    client.codec = make_h2_client(client_limits);
    client.codec->start(client.out());
    server.codec->start(server.out());
  }

  // Until neither has anything to say.
  Status talk() {
    for (std::size_t rounds = 0; rounds < 100'000; ++rounds) {
      const std::string asked = client.take();
      const std::string said = server.take();
      if (asked.empty() && said.empty()) return Done{};
      CLAW_TRY_DONE(server.feed(asked, slice));
      CLAW_TRY_DONE(client.feed(said, slice));
    }
    return invalid("they never stop");
  }

  std::size_t slice;
  Side client = {nullptr, protocol::Side::upstream};
  Side server = {nullptr, protocol::Side::client};
};

inline Request ask(std::string method, std::string path, bool has_body = false) {
  Request request;
  request.method = std::move(method);
  request.scheme = "https";
  request.authority = "api.example.com";
  request.path = std::move(path);
  request.has_body = has_body;
  return request;
}

inline Response answer(int status, bool has_body = false) {
  Response response;
  response.status = status;
  response.has_body = has_body;
  return response;
}

// Frames by hand, RFC 9113 §4.1.
enum Type : std::uint8_t { data, headers, priority, rst_stream, settings, push_promise, ping, goaway,
                           window_update, continuation };
enum Flag : std::uint8_t {
  none = 0,
  end_stream = 1,
  ack = 1,
  end_headers = 4,
  padded = 8,
  has_priority = 32
};

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

inline std::string frame(std::uint8_t type, unsigned flags, StreamId stream, std::string_view payload) {
  return number(payload.size(), 3) + number(type, 1) + number(flags, 1) + number(stream, 4) +
         std::string(payload);
}

inline std::string length7(std::size_t size) {  // RFC 7541 §5.1 with a prefix of seven bits.
  if (size < 127) return std::string(1, static_cast<char>(size));
  std::string text(1, '\x7f');
  for (size -= 127; size >= 128; size >>= 7) text += static_cast<char>(size % 128 + 128);
  return text + static_cast<char>(size);
}

// A literal field that is not indexed, without Huffman's code. `first` 0x40 puts it into the table.
inline std::string field(std::string_view name, std::string_view value, char first = 0) {
  return first + length7(name.size()) + std::string(name) + length7(value.size()) + std::string(value);
}

inline std::string get_block(std::string_view more = {}) {
  return field(":method", "GET") + field(":scheme", "https") + field(":authority", "api.example.com") +
         field(":path", "/") + std::string(more);
}
inline std::string post_block(std::string_view more = {}) {
  return field(":method", "POST") + field(":scheme", "https") + field(":authority", "api.example.com") +
         field(":path", "/") + std::string(more);
}

inline std::string hello() { return std::string(preface) + frame(settings, none, 0, ""); }

// The frames in what a codec wrote: what came back, without a decoder in between.
struct Seen {
  std::uint8_t type;
  std::uint8_t flags;
  StreamId stream;
  std::string payload;
};
inline std::vector<Seen> frames_of(std::string_view bytes) {
  const auto read = [&bytes](std::size_t count) {
    std::size_t value = 0;
    for (const char c : bytes.substr(0, count)) value = value << 8 | static_cast<unsigned char>(c);
    bytes.remove_prefix(count);
    return value;
  };
  if (bytes.starts_with(preface)) bytes.remove_prefix(preface.size());
  std::vector<Seen> seen;
  while (!bytes.empty()) {
    CLAW_CHECK(bytes.size() >= 9);
    const std::size_t size = read(3);
    const auto type = static_cast<std::uint8_t>(read(1));
    const auto flags = static_cast<std::uint8_t>(read(1));
    const auto stream = static_cast<StreamId>(read(4));
    CLAW_CHECK(bytes.size() >= size);
    seen.push_back({type, flags, stream, std::string(bytes.substr(0, size))});
    bytes.remove_prefix(size);
  }
  return seen;
}

inline std::size_t count_of(const std::vector<Seen>& seen, std::uint8_t type) {
  std::size_t count = 0;
  for (const Seen& each : seen) count += each.type == type ? 1 : 0;
  return count;
}

}  // namespace claw::http::trial
