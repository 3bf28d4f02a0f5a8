// How many connections an agent may have, and how long one may be silent.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "gateway/connection.h"

namespace claw::gateway {

namespace {

constexpr std::int64_t microseconds_of_ms = 1000;
// Timers count in 32 bits of milliseconds; who waits longer looks again.
constexpr std::int64_t idle_ms_max = 24LL * 3600 * 1000;

// As slow as a body that is sent may be; less where connections may not be silent for as long.
constexpr std::int64_t taking_ms = 60'000;
constexpr std::size_t taken_bytes_min = 256;

Error full(std::string what, std::uint64_t most) {
  return {Code::limit, fmt::format("too many connections {}: the limit is {}", what, most), {}};
}

}  // namespace

// Counted from the first action or login on; an agent is one connection however many endpoints it visits.
std::optional<Error> Connection::admit(const Served* to) {
  const std::string& agent = principal_.agent;
  if (agent != admitted_agent_ || places_.empty()) {
    places_.clear();
    admitted_.clear();
    const std::uint64_t most = plan_->snapshot->settings.limits.connections_per_agent;
    auto place = worker_.services().quota.take("agent " + agent, most);
    if (!place) return full("of agent " + quoted(agent), most);
    places_.push_back(std::move(*place));
    admitted_agent_ = agent;
  }
  if (to == nullptr) return std::nullopt;
  const std::string& endpoint = to->endpoint->typed;
  if (std::ranges::find(admitted_, endpoint) != admitted_.end()) return std::nullopt;
  const config::EndpointLimits& limits = to->endpoint->limits;
  auto place = worker_.services().quota.take("endpoint " + endpoint, limits.connections);
  if (!place) return full("to " + endpoint, limits.connections);
  auto own = worker_.services().quota.take(fmt::format("at {} {}", endpoint, agent),
                                           limits.connections_per_agent);
  if (!own) {
    return full(fmt::format("of agent {} to {}", quoted(agent), endpoint), limits.connections_per_agent);
  }
  places_.push_back(std::move(*place));
  places_.push_back(std::move(*own));
  admitted_.push_back(endpoint);
  return std::nullopt;
}

// Of the endpoint this connection came in for; a proxy's agent may go to several.
std::int64_t Connection::idle_limit_us() const {
  const Served* only = door_->served;
  const std::int64_t own_us = only == nullptr ? 0 : only->endpoint->limits.idle_timeout_us;
  return own_us != 0 ? own_us : plan_->snapshot->settings.limits.idle_timeout_us;
}

// One timer, set again when it goes off too early: bytes only note the time.
void Connection::watch_idle() {
  const std::int64_t limit_us = idle_limit_us();
  if (limit_us == 0 || idle_timer_ != 0) return;
  const std::int64_t now_us = worker_.services().clock.monotonic_us();
  const std::int64_t left_ms = (heard_us_ + limit_us - now_us) / microseconds_of_ms + 1;
  const auto wait_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left_ms, 1, idle_ms_max));
  idle_timer_ = worker_.loop().after_ms(wait_ms, [this] {
    idle_timer_ = 0;
    been_silent();
  });
}

// Only set while something waits to be taken: whoever takes all at once costs nothing.
void Connection::watch_taking() {
  if (taking_timer_ != 0) return;
  taken_ = 0;
  const std::int64_t idle_us = idle_limit_us();
  const std::int64_t wait_ms = idle_us == 0 ? taking_ms : std::min(taking_ms, idle_us / microseconds_of_ms);
  taking_timer_ = worker_.loop().after_ms(static_cast<std::uint32_t>(wait_ms), [this] {
    taking_timer_ = 0;
    if (closed_ || closing_ || client_.stream.unsent() == 0) return;
    if (taken_ < taken_bytes_min) tell(protocol::TimedOut{protocol::stalled_timer});
    if (!closed_ && !closing_) watch_taking();
  });
}

void Connection::been_silent() {
  if (closed_ || closing_) return;
  const std::int64_t now_us = worker_.services().clock.monotonic_us();
  if (!open_.empty() || !held_.empty()) heard_us_ = now_us;  // Something runs, or waits for a person.
  const std::int64_t limit_us = idle_limit_us();
  if (limit_us == 0 || now_us - heard_us_ < limit_us) return watch_idle();
  tell(protocol::TimedOut{protocol::idle_timer});
  if (!closed_ && !closing_) close("nothing was said for too long");
}

}  // namespace claw::gateway
