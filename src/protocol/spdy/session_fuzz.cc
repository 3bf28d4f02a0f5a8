// Any bytes from both sides, in slices that the input chooses: no crash, the same told for any slicing, an
// error for good, never more open streams than the limit, and nothing told of a stream that is not open. The
// input may also ask for frames in their right form, so that more than the first header is tried.
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/cursor.h"
#include "protocol/spdy/peer_for_test.h"
#include "protocol/spdy/session.h"

namespace {

using namespace claw;
using namespace claw::spdy;

class Told : public Listener {
 public:
  Status on_open(bool, StreamId stream, const Headers& headers) override {
    CLAW_CHECK(open_.insert(stream).second && headers.size() <= headers_max);
    text += "open " + std::to_string(stream) + "\n";
    return Done{};
  }
  Status on_data(bool from_client, StreamId stream, std::string_view bytes) override {
    CLAW_CHECK(open_.contains(stream) && !ended_.contains({from_client, stream}) && !bytes.empty());
    data[{from_client, stream}] += bytes;
    return Done{};
  }
  Status on_end(bool from_client, StreamId stream) override {
    CLAW_CHECK(open_.contains(stream) && ended_.insert({from_client, stream}).second);
    text += "end " + std::to_string(stream) + "\n";
    return Done{};
  }
  Status on_gone(StreamId stream) override {
    CLAW_CHECK(open_.erase(stream) == 1);
    text += "gone " + std::to_string(stream) + "\n";
    return Done{};
  }

  std::string text;
  std::map<std::pair<bool, StreamId>, std::string> data;

 private:
  std::set<StreamId> open_;
  std::set<std::pair<bool, StreamId>> ended_;
};

struct Turn {
  bool from_client = false;
  std::string bytes;
};

std::vector<Turn> turns_of(std::string_view input) {
  Peer peers[2];
  std::vector<Turn> turns;
  Cursor cursor(input);
  while (cursor.left() >= 4) {
    const std::uint8_t kind = cursor.u8();
    const StreamId stream = cursor.u8() % 16 + 1u;
    const std::uint8_t flags = cursor.u8() % 4;
    const std::string_view text = cursor.take(std::min<std::size_t>(cursor.left(), cursor.u8() % 64));
    const bool from_client = (kind & 0x80) != 0;
    Peer& peer = peers[from_client ? 1 : 0];
    std::string bytes;
    switch (kind % 8) {
      case 0: bytes = peer.open(stream, {{"streamtype", std::string(text)}}, flags); break;
      case 1: bytes = peer.reply(stream, {}, flags % 2); break;
      case 2: bytes = Peer::data(stream, text, flags == 1); break;
      case 3: bytes = Peer::reset(stream); break;
      case 4: bytes = peer.more(stream, {{"a", std::string(text)}}, flags % 2); break;
      case 5: bytes = Peer::control(flags + 1, flags, text); break;
      case 6: bytes = Peer::control(4 + flags, 0, text); break;
      default: bytes = text; break;
    }
    turns.push_back({from_client, std::move(bytes)});
  }
  return turns;
}

bool play(const std::vector<Turn>& turns, std::size_t slice, Told& told) {
  Session session(told);
  for (const Turn& turn : turns) {
    for (std::size_t at = 0; at < turn.bytes.size(); at += slice) {
      if (session.feed(turn.from_client, std::string_view(turn.bytes).substr(at, slice))) continue;
      CLAW_CHECK(!session.feed(true, Peer::ping(1)).ok());
      return false;
    }
    CLAW_CHECK(session.open_streams() <= open_streams_max);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string input(data + 1, data + size);
  const std::vector<Turn> turns = turns_of(input);
  Told whole;
  Told sliced;
  const bool is_good = play(turns, 1 << 20, whole);
  CLAW_CHECK(play(turns, 1 + data[0] % 64, sliced) == is_good);
  CLAW_CHECK(whole.text == sliced.text);
  if (is_good) CLAW_CHECK(whole.data == sliced.data);
  Told raw;
  play({{true, input}, {false, input}}, 1 + data[0], raw);
  return 0;
}
