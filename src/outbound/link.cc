#include "outbound/link.h"

#include <array>

#include "outbound/request.h"

namespace claw::outbound {

namespace {

constexpr std::uint32_t look_again_ms = 20;
constexpr int looks_max = 50;  // A second: an answer's way back is shorter.

}  // namespace

Link::Link(io::Loop& loop, Goal goal, LinkUser& user)
    : loop_(loop), goal_(std::move(goal)), user_(&user), alive_(std::make_shared<bool>(true)) {
  timer_ = loop_.after_ms(goal_.timeout_ms, [this] {
    timer_ = 0;
    fail(Error{Code::timeout, "no answer in time from " + goal_.host, {}});
  });
  connector_ = std::make_unique<io::Connector>(loop_, io::Address{goal_.host, goal_.port, goal_.path},
                                               goal_.reach, goal_.timeout_ms,
                                               [this](Result<io::Fd> socket) { open(std::move(socket)); });
}

Link::~Link() {
  *alive_ = false;
  if (timer_ != 0) loop_.cancel(timer_);
}

void Link::open(Result<io::Fd> socket) {
  if (!socket) return fail(std::move(socket).error());
  stream_ = io::Stream(std::move(socket).value());
  watch_ = io::Watch(loop_, stream_.fd(), *this, true, goal_.has_tls);
  if (goal_.has_tls) return start_tls();
  if (user_ != nullptr) user_->connected();
}

void Link::start_tls() {
  if (goal_.trust == nullptr) {
    auto system = trust_of({});
    if (!system) return fail(std::move(system).error());
    goal_.trust = *system;
  }
  stream_.start_tls(goal_.trust, goal_.host);
  shaking_ = true;
  watch_.want(true, true);
}

void Link::send(std::string bytes) {
  const std::string_view piece = bytes;
  const bool lost = stream_.send({&piece, 1}).kind == io::IoResult::Kind::failed;
  wipe(bytes);
  if (lost) return fail(Error{Code::unavailable, "connection to " + goal_.host + " lost", {}});
  watch_.want(true, stream_.unsent() > 0);
}

void Link::finish() {
  finishing_ = stream_.unsent() > 0;
  finished_ = !finishing_;
  if (finished_) stream_.finish();
}

void Link::ready(io::Ready) {
  if (shaking_) return shake_hands();
  if (stream_.flush().kind == io::IoResult::Kind::failed) {
    return fail(Error{Code::unavailable, "connection to " + goal_.host + " lost", {}});
  }
  if (finishing_ && stream_.unsent() == 0) {
    finishing_ = false;
    finished_ = true;
    stream_.finish();
  }
  read();
}

void Link::shake_hands() {
  const io::IoResult result = stream_.handshake();
  if (result.kind == io::IoResult::Kind::again) {
    return watch_.want(!result.again_on_write, result.again_on_write);
  }
  if (result.kind != io::IoResult::Kind::some) {
    return fail(Error{Code::unavailable, "TLS with " + goal_.host + " failed: " + result.why, {}});
  }
  shaking_ = false;
  watch_.want(true, false);
  if (user_ != nullptr) user_->connected();
}

// All there is: what TLS has read already, the loop does not announce again.
void Link::read() {
  const std::shared_ptr<bool> alive = alive_;
  watch_.want(true, stream_.unsent() > 0);
  std::array<char, 16 * 1024> buffer;
  while (*alive && user_ != nullptr && !shaking_) {
    const io::IoResult result = stream_.read(buffer);
    if (result.kind == io::IoResult::Kind::again) return;
    if (result.kind != io::IoResult::Kind::some) return end(result.kind == io::IoResult::Kind::end);
    user_->received({buffer.data(), result.count});
  }
}

// A process that is killed ends its connections like one that has read everything, if it was quick so far:
// whether its kernel still took what was under way tells them apart.
void Link::end_when_taken() {
  if (finished_ && stream_.is_acknowledged()) return tell_end();
  if (finishing_ || ++looks_ > looks_max) {
    return fail(Error{Code::unavailable, goal_.host + " went before it had read everything", {}});
  }
  loop_.after_ms(look_again_ms, [this, alive = alive_] {
    if (*alive && user_ != nullptr) end_when_taken();
  });
}

// Who says nothing of an end in TLS, or resets, has ended too; but not after what finish() is told.
void Link::end(bool in_order) {
  watch_.reset();
  if (finished_ || finishing_) {
    if (in_order) return end_when_taken();
    return fail(Error{Code::unavailable, "connection to " + goal_.host + " lost", {}});
  }
  tell_end();
}

void Link::tell_end() {
  if (LinkUser* user = std::exchange(user_, nullptr)) user->ended();
}

void Link::fail(Error why) {
  watch_.reset();
  if (LinkUser* user = std::exchange(user_, nullptr)) user->failed(std::move(why));
}

}  // namespace claw::outbound
