// One stream of an HTTP/2 connection: what is kept for it while the peer's window is shut, and which of its
// two halves are over. The connection owns them; both forget a stream as soon as nothing more can be said on
// it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/http/wire/codec.h"

namespace claw::http {

// Body bytes that nghttp2 has not asked for yet. `now` is seen only while body() runs: what the window takes
// at once is never kept.
class H2Unsent {
 public:
  void show(std::string_view now) { now_ = now; }
  void keep(std::string_view bytes) { kept_.append(bytes); }
  void keep_rest() { kept_.append(std::exchange(now_, {})); }
  std::size_t size() const { return kept_.size() - taken_ + now_.size(); }

  // Appends the next `count` bytes to `out`; there are that many.
  void take(std::size_t count, std::string& out) {
    const std::size_t old = std::min(count, kept_.size() - taken_);
    out.append(kept_, taken_, old);
    taken_ += old;
    if (taken_ == kept_.size()) clear_kept();
    else if (taken_ > kept_.size() / 2) drop_taken();
    out.append(now_.substr(0, count - old));
    now_.remove_prefix(count - old);
  }

 private:
  void clear_kept() {
    if (kept_.capacity() > 64 * 1024) kept_ = {};  // It was a stall; do not hold its memory for ever.
    kept_.clear();
    taken_ = 0;
  }
  void drop_taken() {
    kept_.erase(0, taken_);
    taken_ = 0;
  }

  std::string kept_;
  std::size_t taken_ = 0;
  std::string_view now_;
};

struct H2Stream {
  protocol::Ticket ticket = 0;  // What its bytes are sent under.
  H2Unsent unsent;
  Fields trailers;              // To follow the body.
  std::size_t owed_bytes = 0;   // Read while paused: their window is still shut.
  bool is_paused = false;
  std::string protocol;         // Of an extended CONNECT; else empty.
  bool is_upgraded = false;
  bool is_head = false;         // Client: HEAD was asked, so no body follows whatever the head says.
  bool is_answered = false;     // The final response head was read, or written.
  bool ended_in = false;        // The peer has said all.
  bool ended_out = false;       // The machine has said all; some of it may be in `unsent`.
  bool stop_peer = false;       // Once all is written, the peer is told to stop sending.
};

}  // namespace claw::http
