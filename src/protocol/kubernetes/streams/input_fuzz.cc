// Any frames of an agent, in slices that the input chooses: no crash, the same input for any slicing, never
// more than the limit, the words exactly as they came, and no more kept than allowed. Whatever was taken in
// is what the Streams of the same request then count.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/cursor.h"
#include "protocol/kubernetes/streams/input.h"
#include "protocol/kubernetes/streams/streams.h"

namespace {

using namespace claw;
using namespace claw::kubernetes;
using websocket::Opcode;

std::string words_of(std::string_view input) {
  std::string words;
  Cursor cursor(input);
  while (cursor.left() >= 3) {
    const std::uint8_t kind = cursor.u8();
    std::string text(cursor.take(std::min<std::size_t>(cursor.left(), cursor.u8() % 100)));
    if (kind % 8 == 7) {
      words += text;
      continue;
    }
    constexpr std::string_view channels("\x00\x00\x04\xff", 4);
    if (kind % 8 < 4) text.insert(text.begin(), channels[kind % 8]);
    words += websocket::encode(kind % 8 == 5 ? Opcode::ping : Opcode::binary, text, "mask");
  }
  return words;
}

struct Taken {
  std::string text;
  bool has_ended = false;
};

Taken take(std::string_view words, std::size_t slice, std::uint64_t bytes_max) {
  CommandInput input("key", bytes_max);
  Taken taken;
  for (std::size_t at = 0; at < words.size(); at += slice) {
    const auto fed = input.feed(words.substr(at, slice));
    if (!fed) return {"! " + fed.error().what, false};
    CLAW_CHECK(*fed || !taken.has_ended);
    taken.has_ended = *fed;
    input.take_replies();
  }
  CLAW_CHECK(input.take_words() == words);
  CLAW_CHECK(input.body().bytes.size() <= bytes_max);
  CLAW_CHECK(!input.body().is_whole || taken.has_ended);
  taken.text = (input.body().is_whole ? "whole:" : "more:") + std::string(input.body().bytes);
  return taken;
}

class Heard : public Sink {
 public:
  void on_data(Channel channel, std::string_view bytes) override {
    if (channel == Channel::input) input += bytes;
  }
  void on_end(Channel) override {}
  std::string input;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string words = words_of(std::string_view(reinterpret_cast<const char*>(data), size).substr(2));
  const std::uint64_t bytes_max = data[0] * 4u;
  const Taken whole = take(words, 1 << 20, bytes_max);
  const Taken sliced = take(words, 1 + data[1] % 64, bytes_max);
  CLAW_CHECK(whole.text == sliced.text && whole.has_ended == sliced.has_ended);
  if (!whole.text.starts_with("whole:")) return 0;
  Heard heard;
  http::Request request;
  http::Response response;
  request.protocol = "websocket";
  request.fields.add("Sec-WebSocket-Protocol", input_protocol);
  response.fields.add("Sec-WebSocket-Protocol", input_protocol);
  const auto streams = make_streams(request, response, {StreamKind::exec, true, false, {}}, &heard);
  CLAW_CHECK(streams->feed(true, words).ok());
  CLAW_CHECK("whole:" + heard.input == whole.text);
  return 0;
}
