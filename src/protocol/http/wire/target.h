// The request target in its four forms (RFC 9112 §3.2) and the authority (RFC 3986 §3.2) in it or in Host.
// Whether two spellings are the same place is asked here and nowhere else.
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

// `name`, `name:port`, `[IPv6]` or `[IPv6]:port`; no userinfo. Port 1 to 65535.
bool is_authority(std::string_view text);

// The same place: letters in any case, and a scheme's own port said or not. An empty scheme has none.
bool same_authority(std::string_view a, std::string_view b, std::string_view scheme);

// Fills scheme, authority, path and is_absolute of `request`, whose method is set.
Status read_target(std::string_view target, Request& request);

// What goes into a request line: absolute-form is only for proxies and is never written.
// Empty when the head has no such form: it cannot be sent.
std::string_view target_of(const Request& request);

}  // namespace claw::http
