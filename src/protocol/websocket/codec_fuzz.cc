// Any bytes from either side, with and without compression, in slices that the input chooses: no crash, the
// same messages for any slicing, no payload over its limit, text in UTF-8; and whoever is sent the frames
// that were kept reads from them what was judged.
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "protocol/websocket/codec.h"

namespace {

using namespace claw::websocket;

struct Read {
  std::vector<Message> messages;
  bool has_failed = false;
};

Read read(const Decoder::Settings& settings, std::string_view bytes, std::size_t slice) {
  Decoder decoder(settings);
  Read read;
  for (std::size_t at = 0; at < bytes.size() && !read.has_failed; at += slice) {
    decoder.feed(bytes.substr(at, slice));
    for (;;) {
      auto message = decoder.next();
      read.has_failed = !message.ok();
      if (read.has_failed || !*message) break;
      read.messages.push_back(std::move(**message));
    }
  }
  return read;
}

void check_same(const Read& a, const Read& b) {
  CLAW_CHECK(a.messages.size() == b.messages.size());
  for (std::size_t i = 0; i < a.messages.size(); ++i) {
    CLAW_CHECK(a.messages[i].opcode == b.messages[i].opcode);
    CLAW_CHECK(a.messages[i].payload == b.messages[i].payload);
    CLAW_CHECK(a.messages[i].frames == b.messages[i].frames);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  Decoder::Settings settings;
  settings.from_client = (data[0] & 1) != 0;
  settings.deflate = {(data[0] & 2) != 0, (data[0] & 4) != 0, 8 + (data[0] >> 4) % 8};
  settings.message_bytes_max = std::size_t{data[1]} * 8;
  const std::string bytes(data + 3, data + size);
  const Read whole = read(settings, bytes, bytes.size() + 1);
  const Read sliced = read(settings, bytes, 1 + data[2] % 64);
  check_same(whole, sliced);
  CLAW_CHECK(whole.has_failed == sliced.has_failed);
  std::string relayed;
  for (const Message& message : whole.messages) {
    CLAW_CHECK(message.payload.size() <= std::max<std::size_t>(settings.message_bytes_max, 125));
    if (message.opcode == Opcode::text) CLAW_CHECK(claw::is_utf8(message.payload));
    relayed += message.frames;
  }
  const Read again = read(settings, relayed, relayed.size() + 1);
  CLAW_CHECK(!again.has_failed);
  check_same(whole, again);
  return 0;
}
