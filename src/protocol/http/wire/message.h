// One request or response head, whatever version of HTTP carried it. What belongs to one connection only
// (RFC 9110 §7.6.1: Connection and what it names, Keep-Alive, Proxy-Connection, TE, Transfer-Encoding,
// Upgrade, HTTP2-Settings) and what has a member of its own here (Host, Content-Length, Expect) is not among
// the fields: the codec that reads takes it out, the codec that writes puts its own in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/http/wire/fields.h"

namespace claw::http {

// Which conversation on a connection: 1, 2, 3… one after the other in HTTP/1, as on the wire in HTTP/2.
using StreamId = std::uint32_t;

struct Request {
  std::string method;     // Case counts; as sent.
  std::string scheme;     // `:scheme`, or an absolute-form target's; empty: the connection's.
  std::string
      authority;  // `host[:port]` from Host, `:authority` or the target; they agree, or it is refused.
  std::string path;       // Origin-form with its query, `*` for OPTIONS, empty for CONNECT.
  std::string protocol;   // What Upgrade or `:protocol` asks for, `websocket`; empty.
  Fields fields;          // Proxy-Authorization stays; whoever it is for takes it out.
  std::optional<std::uint64_t> length;  // Of the body, when the head says.
  bool has_body = false;
  bool expects_continue = false;
  bool is_absolute = false;             // An absolute-form target: meant for a proxy.
  int version = 11;                     // 10, 11 or 20.
};

struct Response {
  int status = 200;
  std::string protocol;  // Of a 101.
  Fields fields;
  std::optional<std::uint64_t> length;
  bool has_body = true;  // False for 1xx, 204, 304 and answers to HEAD, whatever `length` says.
  int version = 11;
};

}  // namespace claw::http
