#include "protocol/http/edit/known_patterns.h"

#include <algorithm>

namespace claw::http {

std::shared_ptr<const Patterns> KnownPatterns::of(const action::Edits& edits) {
  const auto same = [](const Secret& a, const Secret& b) { return a.equals(b.reveal()); };
  const std::lock_guard lock(mutex_);
  Known& known = known_[edits.credential];
  if (known.patterns != nullptr && std::ranges::equal(known.secrets, edits.hidden, same)) {
    return known.patterns;
  }
  known.secrets.clear();
  for (const Secret& secret : edits.hidden) known.secrets.push_back(secret.clone());
  known.patterns = make_patterns(known.secrets);
  return known.patterns;
}

}  // namespace claw::http
