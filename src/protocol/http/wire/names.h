// Which field names mean something to the connection that carries a message, and which may not be where a
// sender put them: in Connection's list, or in trailers. Both HTTP/1 heads and trailers are read by this.
#pragma once

#include <string_view>

namespace claw::http {

enum class Meaning : std::uint8_t {
  end_to_end,  // Everything else: kept and judged.
  host,
  content_length,
  transfer_encoding,
  connection,
  upgrade,
  expect,
  dropped,  // Keep-Alive, Proxy-Connection, TE, HTTP2-Settings: for one connection, and nothing to us.
};

Meaning meaning_of(std::string_view name);

// A request that names one of these in Connection asks us to take out what it is judged, routed, framed or
// authenticated by; whoever does that is not talking about its connection.
bool may_be_named_by_connection(std::string_view name);

// RFC 9110 §6.5.1: what frames, routes, authenticates or directs a message was needed before its body.
// Some recipients merge trailers into the head, which nobody would have judged.
bool may_be_trailer(std::string_view name);

}  // namespace claw::http
