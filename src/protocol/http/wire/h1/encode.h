// Writes the head of an HTTP/1.1 message anew, in one string: what belongs to this connection is ours, what
// was among the fields under such a name is left out. A head that would not be read back as what it is (a
// line break in a credential, a space in a path) is not written at all.
#pragma once

#include <string>

#include "protocol/http/wire/h1/body.h"

namespace claw::http {

// Empty: it cannot be sent. `framing` is `none` or how the body goes; `length` also tells of a body that is
// not sent, or of none (`Content-Length: 0`), when it is there.
std::string encode_request_head(const Request& request, Framing framing);

struct ResponseFraming {
  Framing framing = Framing::none;
  std::optional<std::uint64_t> length;  // To be said.
  bool close = false;
};
std::string encode_response_head(const Response& response, const ResponseFraming& how);

std::string_view reason_of(int status);  // `Not Found`; a word of ours for what RFC 9110 does not name.

}  // namespace claw::http
