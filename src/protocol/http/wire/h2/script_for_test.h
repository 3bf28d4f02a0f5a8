// A fuzzer's input read as a script of HTTP/2 frames: field blocks are made of fields that mean something, so
// that mutation reaches beyond HPACK, and any frame may still be any bytes.
#pragma once

#include "protocol/http/wire/h2/trial_for_test.h"

namespace claw::http::trial {

class Script {
 public:
  explicit Script(std::string_view input) : rest_(input) {}

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<std::uint8_t>(taken);
  }

  // The bytes of the whole script, behind `start` and SETTINGS; or, for some scripts, just what is written
  // there.
  std::string bytes(std::string_view start) {
    if (byte() % 8 == 7) return std::string(start) + text(rest_.size());
    std::string all = std::string(start) + frame(settings, none, 0, byte() % 4 == 3 ? small_windows() : "");
    while (!rest_.empty() && all.size() < 100'000) all += next();
    return all;
  }

 private:
  static std::string small_windows() { return number(4, 2) + number(10, 4) + number(8, 2) + number(1, 4); }

  std::string text(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return std::string(taken);
  }

  std::string block() {
    static const std::string parts[] = {
        get_block(),
        post_block(),
        field(":status", "200"),
        field(":status", "103"),
        field(":status", "404"),
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":authority", "b"),
        field(":path", "/x"),
        field(":scheme", "http"),
        field("host", "api.example.com"),
        field("cookie", "a=b"),
        field("content-length", "4"),
        field("content-length", "0"),
        field("te", "trailers"),
        field("expect", "100-continue"),
        field("connection", "close"),
        field("x", "y"),
        field("x", "a\nb"),
        field("x-long", std::string(900, 'l'), 0x40),
        "\xbe",
        "\x82",
        "\x86",
        "\x84",
        field(":method", "CONNECT") + field(":scheme", "https") + field(":authority", "a") +
            field(":path", "/") + field(":protocol", "websocket"),
    };
    std::string all;
    for (int fields = byte() % 8; fields > 0; --fields) {
      const std::uint8_t which = byte();
      all += which < std::size(parts) ? parts[which] : which < 200 ? field(text(3), text(5)) : text(4);
    }
    return all;
  }

  std::string next() {
    const std::uint8_t kind = byte();
    const StreamId id = byte() % 16;
    const std::uint8_t flags = byte();
    switch (kind % 14) {
      case 0: return frame(headers, end_headers | end_stream, id, block());
      case 1: return frame(headers, end_headers, id, block());
      case 2: return frame(headers, flags & 5U, id, block());
      case 3: return frame(continuation, flags & 4U, id, block());
      case 4: return frame(data, flags & 1U, id, std::string(flags % 64, 'd'));
      case 5: return frame(data, none, id, std::string(flags * 16U, 'd'));
      case 6: return frame(data, padded | (flags & 1U), id, text(8));
      case 7: return frame(rst_stream, none, id, number(byte() % 16, 4));
      case 8: return frame(window_update, none, flags % 2 == 0 ? 0 : id, number(byte() * 64U, 4));
      case 9: return frame(settings, none, 0, number(1 + byte() % 9, 2) + number(byte() * 257U, 4));
      case 10: return frame(goaway, none, 0, number(byte() % 16, 4) + number(byte() % 16, 4));
      case 11: return frame(ping, flags & 1U, 0, number(0, 8));
      case 12: return frame(byte(), flags, id, text(byte() % 32));
      default: return text(byte() % 16);
    }
  }

  std::string_view rest_;
};

// All a reader was told, to be compared: each stream's story, whatever happened between its lines.
inline std::string told(Heard& heard) {
  std::string all;
  for (const auto& [id, message] : heard.messages) {
    all += "stream " + std::to_string(id);
    for (const Request& each : message.requests) {
      all += ' ' + each.method + ' ' + each.scheme + "://" + each.authority + each.path + ' ' + each.protocol;
      for (const Field field : each.fields) {
        all += '\n' + std::string(field.name) + '=' + std::string(field.value);
      }
    }
    for (const Response& each : message.responses) {
      all += ' ' + std::to_string(each.status) + (each.has_body ? " body" : "");
      for (const Field field : each.fields) {
        all += '\n' + std::string(field.name) + '=' + std::string(field.value);
      }
    }
    all += '\n' + message.body + "\nends " + std::to_string(message.ends);
    for (const Field field : message.trailers) {
      all += '\n' + std::string(field.name) + '=' + std::string(field.value);
    }
    for (const Reset each : message.resets) all += " reset " + std::to_string(static_cast<int>(each));
    all += message.detail + '\n';
  }
  return all;
}

}  // namespace claw::http::trial
