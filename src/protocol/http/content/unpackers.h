// One content encoding undone, a block at a time; content.cc puts them together. Each wraps its library, and
// only unpackers.cc knows those.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace claw::http {

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // Takes from the front of `bytes` and returns what came out, valid until the next call. Takes and returns
  // nothing once the stream has ended: whatever is left came after its end.
  virtual Result<std::string_view> step(std::string_view& bytes) = 0;
  virtual bool has_more() const = 0;  // The last block was full: more may come out of what was taken.
  virtual bool is_done() const = 0;   // At the end of a stream, not within it.
};

// `gzip`, `deflate`, `br` or `zstd`; null for any other.
std::unique_ptr<Unpacker> make_unpacker(std::string_view encoding);

}  // namespace claw::http
