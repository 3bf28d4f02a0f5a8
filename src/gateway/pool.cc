#include "gateway/pool.h"

#include "io/inspect.h"

namespace claw::gateway {

namespace {

constexpr std::size_t idle_max = 512;     // Of one worker; each holds some 20 KiB of TLS.
constexpr std::size_t per_key_max = 64;
constexpr std::int64_t idle_us_max = 30'000'000;  // Under the keep-alive of common servers.
constexpr std::uint32_t sweep_ms = 5000;

}  // namespace

Pool::~Pool() { clear(); }

void Pool::clear() {
  if (timer_ != 0) loop_.cancel(std::exchange(timer_, 0));
  idle_.clear();
  count_ = 0;
}

std::optional<io::Stream> Pool::take(const std::string& key) {
  const auto found = idle_.find(key);
  if (found == idle_.end()) return std::nullopt;
  while (!found->second.empty()) {
    io::Stream stream = std::move(found->second.back().stream);
    found->second.pop_back();
    --count_;
    if (io::is_quiet(stream.fd())) return stream;  // Else it was closed, or says something nobody asked for.
    stream.close();
  }
  return std::nullopt;
}

void Pool::put(const std::string& key, io::Stream stream) {
  std::deque<Idle>& same = idle_[key];
  if (count_ >= idle_max || same.size() >= per_key_max || stream.unsent() > 0) return stream.close();
  same.push_back({std::move(stream), loop_.clock().monotonic_us()});
  ++count_;
  if (timer_ == 0) timer_ = loop_.after_ms(sweep_ms, [this] { sweep(); });
}

void Pool::sweep() {
  timer_ = 0;
  const std::int64_t oldest_us = loop_.clock().monotonic_us() - idle_us_max;
  for (auto& [key, same] : idle_) {
    while (!same.empty() && same.front().since_us < oldest_us) {
      same.front().stream.close();
      same.pop_front();
      --count_;
    }
  }
  std::erase_if(idle_, [](const auto& each) { return each.second.empty(); });
  if (count_ > 0) timer_ = loop_.after_ms(sweep_ms, [this] { sweep(); });
}

}  // namespace claw::gateway
