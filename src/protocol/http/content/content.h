// Content encodings undone (RFC 9110 §8.4: gzip, deflate, br, zstd, and lists of them) under limits on size
// and ratio, in one piece for facts and as a stream for answers that must be searched for secrets.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::http {

constexpr std::size_t encodings_max = 3;            // Nested deeper is an attack on whoever unpacks.
constexpr std::uint64_t expansion_ratio_max = 200;  // Beyond, once past 64 KiB, it is a bomb.

bool is_known_encoding(std::string_view content_encoding);  // Also for a list, and for none.

// Code::limit when more than `bytes_max` would come out or the ratio is passed; Code::unsupported for an
// encoding that is not known; Code::invalid for bytes that do not decode, or something after their end.
Result<std::string> decode_content(std::string_view content_encoding, std::string_view bytes,
                                   std::uint64_t bytes_max);

// The same as a stream, without a limit on size: memory stays bounded, the ratio is still watched.
class ContentDecoder {
 public:
  static Result<std::unique_ptr<ContentDecoder>> make(std::string_view content_encoding);
  virtual ~ContentDecoder() = default;
  virtual Status feed(std::string_view bytes, std::string& out) = 0;  // Appends.
  virtual Status finish(std::string& out) = 0;  // An error when the stream was cut.
};

}  // namespace claw::http
