// Server-sent events (WHATWG HTML §9.2) that carry messages: written by a server, read by a client piece by
// piece. Comments and fields that nobody asked for are passed over; an event that grows past its bound is the
// end of the stream.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::mcp {

std::string format_event(std::string_view json);  // `event: message`; the JSON has no line break.

class EventReader {
 public:
  explicit EventReader(std::size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}

  void feed(std::string_view bytes) { unread_ += bytes; }
  // The data of the next event whose type is `message` or not said; not yet: nothing. Code::limit: too long,
  // for good.
  Result<std::optional<std::string>> next();

 private:
  bool take_line(std::string& line);
  void take_field(std::string_view line);

  std::size_t event_bytes_max_;
  std::string unread_;
  std::size_t at_ = 0;      // Of unread_: before it all has been read,
  std::size_t seen_ = 0;    // and up to here there is no end of a line.
  std::string type_;
  std::string data_;
  bool has_data_ = false;
  bool broken_ = false;
};

}  // namespace claw::mcp
