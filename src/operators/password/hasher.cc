#include "operators/password/hasher.h"

#include <sodium.h>

#include <array>

namespace claw::password {

namespace {

constexpr unsigned running_max = 2;   // 128 MiB, and the other cores go on serving.
constexpr unsigned waiting_max = 16;  // Some two seconds' worth; more is an attack or a stampede.
constexpr std::string_view kind = "$argon2id$";

std::string make(std::string_view password, const Cost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const bool is_made = crypto_pwhash_str(text.data(), password.data(), password.size(), cost.passes,
                                         cost.memory_bytes) == 0;
  return is_made ? std::string(text.data()) : std::string();
}

}  // namespace

// A place among those that run; waits for one, or has none where too many wait already.
class Hasher::Turn {
 public:
  explicit Turn(Hasher& hasher) : hasher_(hasher) {
    std::unique_lock lock(hasher_.mutex_);
    if (hasher_.running_ >= running_max && hasher_.waiting_ >= waiting_max) return;
    ++hasher_.waiting_;
    hasher_.changed_.wait(lock, [&] { return hasher_.running_ < running_max; });
    --hasher_.waiting_;
    ++hasher_.running_;
    is_mine_ = true;
  }
  ~Turn() {
    if (!is_mine_) return;
    {
      const std::lock_guard lock(hasher_.mutex_);
      --hasher_.running_;
    }
    hasher_.changed_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return is_mine_; }

 private:
  Hasher& hasher_;
  bool is_mine_ = false;
};

Status check(std::string_view password) {
  if (password.size() < bytes_min) return invalid("a password has at least 12 characters");
  if (password.size() > bytes_max) return invalid("a password has at most 1024 bytes");
  return Done{};
}

Hasher::Hasher(Cost cost) : cost_(cost) {
  CLAW_CHECK(sodium_init() >= 0);
  std::array<unsigned char, 32> unknown{};
  randombytes_buf(unknown.data(), unknown.size());
  nobodys_ = make({reinterpret_cast<const char*>(unknown.data()), unknown.size()}, cost_);
  sodium_memzero(unknown.data(), unknown.size());
  CLAW_CHECK(!nobodys_.empty());
}

Result<std::string> Hasher::hash(const Secret& password) {
  CLAW_TRY_DONE(check(password.reveal()));
  const Turn turn(*this);
  if (!turn) return Error{Code::limit, "too many passwords at once", {}};
  std::string text = make(password.reveal(), cost_);
  if (text.empty()) return Error{Code::unavailable, "not enough memory for a password", {}};
  return text;
}

Result<Hasher::Compared> Hasher::compare(const Secret& password, std::optional<std::string_view> verifier) {
  const Turn turn(*this);
  if (!turn) return Error{Code::limit, "too many passwords at once", {}};
  const bool is_kept = verifier && verifier->starts_with(kind) && verifier->size() < crypto_pwhash_STRBYTES;
  const std::string text(is_kept ? *verifier : std::string_view(nobodys_));
  // Only what check() takes can have been kept; the rest takes as long as a wrong one.
  const std::string_view tried = password.reveal().substr(0, bytes_max + 1);
  const bool fits = crypto_pwhash_str_verify(text.c_str(), tried.data(), tried.size()) == 0;
  Compared compared;
  compared.fits = fits && is_kept;
  compared.outdated =
      compared.fits && crypto_pwhash_str_needs_rehash(text.c_str(), cost_.passes, cost_.memory_bytes) != 0;
  return compared;
}

}  // namespace claw::password
