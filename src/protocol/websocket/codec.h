// WebSocket frames by RFC 6455 and permessage-deflate by RFC 7692: bytes to messages and back, one decoder
// for each direction. Reads strictly (masking by role, no reserved bits, control frames short and whole,
// valid UTF-8 in text) and keeps a message's frames so that they can be relayed as they came.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::websocket {

enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Deflate {               // As negotiated by Sec-WebSocket-Extensions in the 101.
  bool enabled = false;
  bool no_context_takeover = false;  // Of the side that sends.
  int window_bits = 15;
};
struct Negotiated {
  Deflate client;
  Deflate server;
};
// An extension other than permessage-deflate, or parameters that make no sense, is an error.
Result<Negotiated> read_extensions(std::string_view sec_websocket_extensions);

struct Message {
  Opcode opcode = Opcode::text;
  std::string payload;        // Unmasked, inflated.
  std::string frames;         // As they came, control frames that stood between them left out.
};

class Decoder {
 public:
  struct Settings {
    bool from_client = true;             // Then frames must be masked, else they must not be.
    Deflate deflate;
    std::size_t message_bytes_max = 1024 * 1024;  // On the wire and inflated; a longer one: Code::limit.
  };
  explicit Decoder(Settings settings);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  void feed(std::string_view bytes);
  Result<std::optional<Message>> next();  // A message, not yet, or why this peer makes no sense.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A whole message in one frame; `mask` of 4 random bytes for a client's. Never compressed.
std::string encode(Opcode opcode, std::string_view payload, std::string_view mask = {});
std::string encode_close(std::uint16_t code, std::string_view reason, std::string_view mask = {});

}  // namespace claw::websocket
