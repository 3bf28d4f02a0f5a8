// The hash chain: every frame's hash is SHA-256(hash of the frame before || payload), so that no record can
// be changed, dropped, added or moved without every later hash changing too. Writer and reader share it.
#pragma once

#include <string_view>

#include "base/crypto.h"

namespace claw::audit {

class Chain {
 public:
  explicit Chain(const crypto::Digest& last = {}) : last_(last) {}

  // Takes the payload in two pieces because the writer makes it in two. Returns the new last().
  const crypto::Digest& extend(std::string_view head, std::string_view body = {}) {
    hasher_.update(crypto::view(last_));
    hasher_.update(head);
    hasher_.update(body);
    last_ = hasher_.finish();
    return last_;
  }
  const crypto::Digest& last() const { return last_; }
  void restart(const crypto::Digest& last) { last_ = last; }

 private:
  crypto::Sha256 hasher_;
  crypto::Digest last_;
};

}  // namespace claw::audit
