// HTTP/1.1 request heads, read as strictly as RFC 9112 allows a server to be, and responses written.
// What two servers could read differently is refused: bare line feeds, folded lines, space before a
// colon, Content-Length twice or beside Transfer-Encoding, no Host or two. Used by admin/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/http/message.h"

namespace claw::http {

constexpr std::size_t head_bytes_max = 32 * 1024;  // Cookies included; what common servers take.
constexpr std::size_t fields_max = 100;            // More is an attack on whoever walks them.

struct Head {
  Request request;
  std::size_t bytes = 0;  // How much of the input the head took, empty line included.
};

// A head, not yet (nothing), or why this is no request.
Result<std::optional<Head>> decode_head(std::string_view bytes);

// With Content-Length and `Connection: close`.
std::string encode(const Response& response);

struct Answer {
  int status = 0;
  std::string body;
};
// A whole answer as encode() writes it, for our own command line.
Result<Answer> decode_answer(std::string_view bytes);

}  // namespace claw::http
