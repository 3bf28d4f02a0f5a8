// Any bytes from both sides of every kind of stream, in slices that the input chooses: no crash, the same
// note for any slicing, an error for good, what a sink hears is what was counted, and an agent is heard only
// where it may speak. The input may also ask for frames in their right form.
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/cursor.h"
#include "protocol/kubernetes/streams/streams.h"
#include "protocol/spdy/peer_for_test.h"
#include "protocol/websocket/codec.h"

namespace {

using namespace claw;
using namespace claw::kubernetes;

class Heard : public Sink {
 public:
  void on_data(Channel channel, std::string_view bytes) override {
    CLAW_CHECK(channel != Channel::input || may_read_input);
    bytes_[static_cast<std::size_t>(channel)] += bytes.size();
  }
  void on_end(Channel) override {}
  std::string counted() const {
    return "stdin " + std::to_string(bytes_[0]) + " bytes, stdout " + std::to_string(bytes_[1]) +
           " bytes, stderr " + std::to_string(bytes_[2]) + " bytes";
  }

  bool may_read_input = true;

 private:
  std::size_t bytes_[5] = {};
};

struct Turn {
  bool from_agent = false;
  std::string bytes;
};

std::string spdy_frame(spdy::Peer& peer, std::uint8_t kind, spdy::StreamId stream, std::string_view text) {
  constexpr const char* types[] = {"stdin", "stdout", "stderr", "error", "resize", "data"};
  switch (kind % 6) {
    case 0:
      return peer.open(stream,
                       {{"streamtype", types[stream % 6]}, {"port", "80"}, {"requestid", std::string(text)}});
    case 1: return peer.reply(stream);
    case 2: return spdy::Peer::data(stream, text, text.size() % 2 == 1);
    case 3: return spdy::Peer::reset(stream);
    case 4: return peer.open(stream, {{"streamtype", std::string(text)}});
    default: return std::string(text);
  }
}

std::vector<Turn> turns_of(std::string_view input, bool is_spdy, bool is_websocket) {
  spdy::Peer peers[2];
  std::vector<Turn> turns;
  Cursor cursor(input);
  while (cursor.left() >= 4) {
    const std::uint8_t kind = cursor.u8();
    const std::uint8_t place = cursor.u8();
    const bool from_agent = (kind & 0x80) != 0;
    std::string text(cursor.take(std::min<std::size_t>(cursor.left(), cursor.u8() % 64)));
    if (is_spdy) text = spdy_frame(peers[from_agent ? 1 : 0], kind, place % 16 + 1u, text);
    if (is_websocket && (kind & 0x40) != 0) {
      constexpr websocket::Opcode opcodes[] = {websocket::Opcode::binary, websocket::Opcode::text,
                                               websocket::Opcode::ping, websocket::Opcode::binary};
      if (!is_spdy) text.insert(text.begin(), static_cast<char>(place % 8 == 7 ? 255 : place % 8));
      if (kind % 4 == 2) text.resize(std::min<std::size_t>(text.size(), 125));
      text = websocket::encode(opcodes[kind % 4], text,
                               from_agent ? std::string_view("mask") : std::string_view());
    }
    turns.push_back({from_agent, std::move(text)});
  }
  return turns;
}

std::string play(http::Streams& streams, const std::vector<Turn>& turns, std::size_t slice) {
  for (const Turn& turn : turns) {
    for (std::size_t at = 0; at < turn.bytes.size(); at += slice) {
      const Status status = streams.feed(turn.from_agent, std::string_view(turn.bytes).substr(at, slice));
      if (status) continue;
      CLAW_CHECK(!streams.feed(turn.from_agent, "x").ok());
      return "! " + status.error().what;
    }
  }
  return streams.note();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::string_view protocols[] = {"v4.channel.k8s.io", "v5.channel.k8s.io", "",
                                            "SPDY/3.1+portforward.k8s.io"};
  const bool is_forward = (data[0] & 1) != 0;
  const bool is_websocket = (data[0] & 2) != 0;
  const std::string_view protocol = protocols[data[0] >> 2 & 3];
  const bool is_spdy = !is_websocket || protocol.starts_with("SPDY");
  const Wanted wanted{
      is_forward ? StreamKind::port_forward : StreamKind::exec, (data[0] & 16) != 0, false, {}};
  http::Request request;
  http::Response response;
  request.protocol = is_websocket ? "websocket" : "spdy/3.1";
  request.fields.add("Sec-WebSocket-Protocol", protocol);
  if (!protocol.empty()) response.fields.add("Sec-WebSocket-Protocol", protocol);
  response.fields.add("X-Stream-Protocol-Version", is_forward ? "portforward.k8s.io" : "v4.channel.k8s.io");
  const auto turns = turns_of(std::string_view(reinterpret_cast<const char*>(data), size).substr(2), is_spdy,
                              is_websocket);
  Heard heard;
  heard.may_read_input = wanted.takes_stdin;
  const auto whole = make_streams(request, response, wanted, &heard);
  const auto sliced = make_streams(request, response, wanted);
  const std::string note = play(*whole, turns, 1 << 20);
  CLAW_CHECK(note == play(*sliced, turns, 1 + data[1] % 32));
  const bool is_read = !note.starts_with("! ") && !note.starts_with("not read");
  if (!is_forward && is_read) CLAW_CHECK(note.ends_with(heard.counted()));
  return 0;
}
