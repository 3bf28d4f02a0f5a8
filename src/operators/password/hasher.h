// Passwords as verifiers: Argon2id (RFC 9106) by libsodium. Takes some 100 ms and 64 MiB each, so only a few
// are computed at once and few wait for their turn; whoever comes on top is told to come back. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace claw::password {

constexpr std::size_t bytes_min = 12;    // NIST SP 800-63B asks for 8; these open production systems.
constexpr std::size_t bytes_max = 1024;  // A passphrase; more is somebody trying what a megabyte does.

struct Cost {
  std::uint64_t passes;
  std::size_t memory_bytes;
};
// OWASP asks for 46 MiB with one pass or 19 MiB with two, and more where one can.
constexpr Cost default_cost() { return {3, std::size_t{64} << 20}; }

Status check(
    std::string_view password);  // Code::invalid: too short or too long. Not whether it is a good one.

class Hasher {
 public:
  explicit Hasher(Cost cost);

  // `$argon2id$v=19$m=65536,t=3,p=1$SALT$HASH`. Code::limit: too many at once.
  Result<std::string> hash(const Secret& password);

  struct Compared {
    bool fits = false;
    bool outdated = false;  // Fits, and was made with another cost than we take today.
  };
  // Without a verifier it takes as long and does not fit: nobody learns which names there are.
  Result<Compared> compare(const Secret& password, std::optional<std::string_view> verifier);

 private:
  class Turn;
  Cost cost_;
  std::string nobodys_;  // A verifier that nothing fits.
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned running_ = 0;
  unsigned waiting_ = 0;
};

}  // namespace claw::password
