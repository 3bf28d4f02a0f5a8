#include "protocol/mcp/events.h"

#include <fmt/format.h>

#include <algorithm>

namespace claw::mcp {

std::string format_event(std::string_view json) { return fmt::format("event: message\ndata: {}\n\n", json); }

// A line ends with CR, LF or both; a CR that is the last byte so far may be half of both.
bool EventReader::take_line(std::string& line) {
  const std::size_t end = unread_.find_first_of("\r\n", std::max(at_, seen_));
  if (end == unread_.npos || (unread_[end] == '\r' && end + 1 == unread_.size())) {
    seen_ = end == unread_.npos ? unread_.size() : end;
    if (at_ > 0) {
      unread_.erase(0, at_);
      seen_ -= at_;
      at_ = 0;
    }
    return false;
  }
  line = unread_.substr(at_, end - at_);
  at_ = end + (unread_.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  seen_ = at_;
  return true;
}

void EventReader::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // A comment.
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  const std::string_view name = line.substr(0, colon);
  if (name == "event") type_ = value;
  if (name != "data") return;
  if (has_data_) data_ += '\n';
  data_ += value;
  has_data_ = true;
}

Result<std::optional<std::string>> EventReader::next() {
  std::string line;
  while (!broken_ && take_line(line)) {
    broken_ = data_.size() + line.size() > event_bytes_max_;
    if (broken_) break;
    if (!line.empty()) {
      take_field(line);
      continue;
    }
    const bool is_message = has_data_ && !data_.empty() && (type_.empty() || type_ == "message");
    std::string data = std::exchange(data_, {});
    type_.clear();
    has_data_ = false;
    if (is_message) return std::optional(std::move(data));
  }
  broken_ = broken_ || data_.size() + (unread_.size() - at_) > event_bytes_max_;
  if (broken_) {
    return Error{Code::limit, fmt::format("an event has more than {} bytes", event_bytes_max_), {}};
  }
  return std::optional<std::string>();
}

}  // namespace claw::mcp
