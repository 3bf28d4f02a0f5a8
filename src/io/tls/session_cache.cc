#include "io/tls/session_cache.h"

#include <algorithm>
#include <ctime>

namespace claw::io {

namespace {

constexpr std::size_t sessions_max = 64;       // A context serves one endpoint; about 5 KiB each.
constexpr std::size_t sessions_per_peer = 8;   // Servers hand out several; a pool dials several at once.
// A resumed session is not verified again: a certificate that was revoked or has run out is not believed
// for longer than this.
constexpr long age_s_max = 3600;

bool is_usable(const SSL_SESSION* session) {
  const long age_s = std::time(nullptr) - SSL_SESSION_get_time(session);
  return age_s >= 0 && age_s < std::min(age_s_max, SSL_SESSION_get_timeout(session)) &&
         SSL_SESSION_is_resumable(session) == 1;
}

}  // namespace

void SessionCache::keep(const std::string& peer, Owned<SSL_SESSION> session) {
  const std::lock_guard lock(mutex_);
  kept_.push_front({peer, std::move(session)});
  const auto same = [&](const Kept& each) { return each.peer == peer; };
  if (static_cast<std::size_t>(std::count_if(kept_.begin(), kept_.end(), same)) > sessions_per_peer) {
    const auto oldest = std::find_if(kept_.rbegin(), kept_.rend(), same);
    kept_.erase(std::prev(oldest.base()));
  }
  if (kept_.size() > sessions_max) kept_.pop_back();
}

Owned<SSL_SESSION> SessionCache::take(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  kept_.remove_if([](const Kept& each) { return !is_usable(each.session.get()); });
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& each) { return each.peer == peer; });
  if (found == kept_.end()) return nullptr;
  if (SSL_SESSION_get_protocol_version(found->session.get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(found->session.get());
    return Owned<SSL_SESSION>(found->session.get());
  }
  Owned<SSL_SESSION> session = std::move(found->session);
  kept_.erase(found);
  return session;
}

}  // namespace claw::io
