// One direction's decompressor for permessage-deflate (RFC 7692 §7.2.2), zlib inside. Stricter than zlib: a
// message must end where a block ends, so that the next begins where its sender means. For codec.h only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::websocket {

class Inflater {
 public:
  explicit Inflater(int window_bits);  // 8 to 15.
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends to `out` what a piece of a message's payload inflates to. Code::limit as soon as `out` would hold
  // more than `bytes_max`: the rest of a bomb is never inflated.
  Status add(std::string_view piece, std::string& out, std::size_t bytes_max);
  Status finish(std::string& out, std::size_t bytes_max);  // The message has ended.
  void forget();  // No context takeover: the next message refers to nothing before it.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace claw::websocket
