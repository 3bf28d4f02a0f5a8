#include "protocol/kubernetes/watch.h"

#include <fmt/format.h>

#include "protocol/websocket/codec.h"

namespace claw::kubernetes {
namespace {

constexpr std::size_t message_bytes_max = 1024;  // Of what an agent has no reason to send.

class WatchStreams final : public http::Streams {
 public:
  Status feed(bool from_agent, std::string_view bytes) override {
    if (!from_agent) {
      bytes_ += bytes.size();
      return Done{};
    }
    decoder_.feed(bytes);
    while (true) {
      CLAW_TRY(const auto message, decoder_.next());
      if (!message) return Done{};
      if (message->opcode == websocket::Opcode::text || message->opcode == websocket::Opcode::binary) {
        return invalid("a message on a watch, where only the server speaks");
      }
    }
  }
  std::string note() const override { return fmt::format("events {} bytes", bytes_); }

 private:
  websocket::Decoder decoder_{{true, {}, message_bytes_max}};
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<http::Streams> make_watch_streams() { return std::make_unique<WatchStreams>(); }

}  // namespace claw::kubernetes
