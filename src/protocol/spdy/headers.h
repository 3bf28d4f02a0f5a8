// One direction's header blocks: zlib with SPDY's dictionary (draft-mbelshe-httpbis-spdy-00 §2.6.10), whose
// context runs across frames, so that every block must be read, in order. Stricter than zlib: a block ends
// where its frame ends, or the next one would begin with what this one hid. For codec.h only.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "protocol/spdy/message.h"

namespace claw::spdy {

constexpr std::size_t header_block_bytes_max = 16 * 1024;  // Inflated; Kubernetes' have some 100 bytes.
constexpr std::size_t headers_max = 64;

class HeaderReader {
 public:
  HeaderReader();
  ~HeaderReader();
  HeaderReader(const HeaderReader&) = delete;
  HeaderReader& operator=(const HeaderReader&) = delete;

  Result<Headers> read(std::string_view block);

 private:
  struct State;
  std::unique_ptr<State> state_;  // Made for the first block: zlib holds 40 KiB.
};

std::string_view dictionary();  // 1,423 bytes that both ends know.

}  // namespace claw::spdy
