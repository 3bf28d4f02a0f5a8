// The frames of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00) as plain structs, as far as somebody who only reads
// along needs them. A data frame may be of 16 MiB: it comes in pieces, as its bytes come. For codec.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace claw::spdy {

using StreamId = std::uint32_t;  // 31 bits; odd where the client opened the stream, never 0.

struct Header {
  std::string name;   // In lower case.
  std::string value;  // Several values stand with a NUL between each two.
};
using Headers = std::vector<Header>;  // No name twice.

struct SynStream {
  StreamId stream = 0;
  bool is_fin = false;          // Who opens it sends nothing.
  bool is_one_way = false;      // Who did not open it sends nothing.
  Headers headers;
};
struct SynReply {
  StreamId stream = 0;
  bool is_fin = false;
  Headers headers;
};
struct MoreHeaders {
  StreamId stream = 0;
  bool is_fin = false;
  Headers headers;
};
struct Reset {
  StreamId stream = 0;
  std::uint32_t status = 0;
};
struct WindowUpdate {
  StreamId stream = 0;          // 0: the whole connection.
  std::uint32_t bytes = 0;
};
struct Ping {
  std::uint32_t id = 0;
};
struct GoAway {
  StreamId last = 0;
  std::uint32_t status = 0;
};
struct Settings {};             // What they say is between the two ends.
struct Piece {                  // Of a data frame.
  StreamId stream = 0;
  std::string_view bytes;       // Of what was fed.
  bool is_fin = false;          // The last of its frame, and of its side of the stream.
};

using Frame =
    std::variant<SynStream, SynReply, MoreHeaders, Reset, WindowUpdate, Ping, GoAway, Settings, Piece>;

}  // namespace claw::spdy
