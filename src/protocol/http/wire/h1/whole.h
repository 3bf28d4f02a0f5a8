// Whole HTTP/1.1 messages with their bodies in memory, one per connection: what the operators' API needs.
// They are read by the same strict readers and written by the same writers as the agents' traffic.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/http/wire/h1.h"

namespace claw::http {

struct WholeRequest {
  Request head;
  std::string body;
};

// A request, not yet (nothing), or why this is none. Bodies come with a Content-Length; a longer one than
// `body_bytes_max` is Code::limit, a chunked one Code::unsupported.
Result<std::optional<WholeRequest>> decode_request(std::string_view bytes, std::size_t body_bytes_max);

struct WholeResponse {
  int status = 200;
  Fields fields;
  std::string body;
};

std::string encode(const WholeResponse& response);  // With Content-Length and `Connection: close`.

// `path` in origin-form. Empty when the head cannot be written.
std::string encode(const WholeRequest& request);

// What was read until the server closed, as an answer.
Result<WholeResponse> decode_response(std::string_view bytes);

}  // namespace claw::http
