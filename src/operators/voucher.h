// Things that may be used once and soon, and are not remembered until they are: a challenge, a login's state.
// A voucher is random bytes, when it ends, and a MAC over both and what it is for, so strangers who ask for
// thousands fill nothing. Used ones are remembered until they would have ended. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace claw::operators {

constexpr std::size_t voucher_bytes = 56;      // 16 random, 8 of time, 32 of MAC.
constexpr std::size_t used_vouchers_max = 10'000;  // Each was paid for with a right answer; more are refused.

class Vouchers {
 public:
  explicit Vouchers(const Clock& clock);

  // `purpose`: what it is good for and for whom; see purpose(). Ends after `lives_us`.
  std::string make(std::string_view purpose, std::int64_t lives_us) const;

  // Ours, for this purpose, in time and not used yet.
  bool is_good(std::string_view voucher, std::string_view purpose) const;
  // The same, and it is used from now on: of two that ask at once one is told yes. Ask last, after all else
  // was right.
  bool use(std::string_view voucher, std::string_view purpose);

  // A secret that goes with a voucher and need not be kept: 32 bytes.
  std::string derived(std::string_view voucher, std::string_view what) const;

 private:
  std::string mac(std::string_view start, std::string_view purpose) const;

  const Clock& clock_;
  Secret key_;  // Of this process: a voucher does not outlive it.
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> used_;  // Until when; monotonic.
};

// Words, each with its length, so that no two lists of words are one purpose.
std::string purpose(std::initializer_list<std::string_view> words);

}  // namespace claw::operators
