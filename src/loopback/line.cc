#include "loopback/line.h"

#include <array>

namespace claw::loopback {

Line::Line(io::Loop& loop, io::Fd end, Limits limits, Said said, Over over)
    : loop_(loop), stream_(std::move(end)), limits_(limits), said_(std::move(said)), over_(std::move(over)) {
  watch_ = io::Watch(loop_, stream_.fd(), *this, true, false);
  timer_ = loop_.after_ms(limits_.ms_max, [this] {
    timer_ = 0;
    finish(Error{Code::timeout, "it took too long", {}});
  });
}

Line::~Line() {
  if (timer_ != 0) loop_.cancel(timer_);
}

void Line::send(std::string_view bytes) {
  const auto result = stream_.send({&bytes, 1});
  if (result.kind != io::IoResult::Kind::failed) watch_.want(true, stream_.unsent() > 0);
}

void Line::ready(io::Ready what) {
  if (is_over_) return;
  if (what.writable && stream_.unsent() > 0) {
    stream_.flush();
    watch_.want(true, stream_.unsent() > 0);
  }
  if (!what.readable && !what.hung_up) return;
  std::array<char, 16 * 1024> buffer;
  const auto result = stream_.read(buffer);
  if (result.kind == io::IoResult::Kind::again) return;
  if (result.kind != io::IoResult::Kind::some) return finish(Error{Code::unavailable, "it was cut off", {}});
  unread_.append(buffer.data(), result.count);
  if (said_(unread_)) return finish(std::nullopt);
  if (unread_.size() > limits_.unread_bytes_max) finish(Error{Code::limit, "too much came back", {}});
}

void Line::finish(std::optional<Error> why) {
  if (std::exchange(is_over_, true)) return;
  watch_.reset();
  // Later: whoever is told may let go of this.
  loop_.post([over = over_, why = std::move(why), guard = std::weak_ptr<char>(alive_)] {
    if (!guard.expired()) over(why);
  });
}

}  // namespace claw::loopback
