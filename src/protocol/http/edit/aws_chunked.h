// The framing that S3 clients put around an upload (docs.aws.amazon.com, "Transferring payload in multiple
// chunks"): pieces with a length and the agent's signature, then trailers. Taken off here, as the signatures
// are made with a key of no worth. The checksums in the trailers go with it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::http {

// A piece's head is its length, `;chunk-signature=` and 64 digits.
constexpr std::size_t chunk_head_bytes_max = 256;
// A few checksums and their signature.
constexpr std::size_t chunk_trailer_bytes_max = 8 * 1024;

// In slices of any size: says what of each is content.
class AwsChunked {
 public:
  // Appends the content to `out`. An Error is final.
  Status feed(std::string_view bytes, std::string& out);
  bool is_done() const { return state_ == State::done; }

 private:
  enum class State { head, content, content_end, trailer, done };
  Status on_line(std::string_view line);
  Status take_line(std::string_view& bytes);
  Status take_content_end(std::string_view& bytes);

  State state_ = State::head;
  std::string line_;
  std::size_t left_ = 0;      // Of the piece, or of its line end.
  std::size_t trailer_bytes_ = 0;
};

Result<std::string> unwrap_aws_chunked(std::string_view body);  // All of it, and nothing after.

}  // namespace claw::http
