#include "operators/voucher.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/cursor.h"
#include "base/id.h"
#include "base/writer.h"

namespace claw::operators {

namespace {

constexpr std::size_t random_bytes = 16;
constexpr std::size_t start_bytes = random_bytes + 8;
constexpr std::size_t key_bytes = 32;

Secret random_key() {
  std::string bytes(key_bytes, '\0');
  fill_random(bytes);
  Secret key(std::move(bytes));
  return key;
}

std::int64_t end_of(std::string_view voucher) {
  return static_cast<std::int64_t>(Cursor(voucher.substr(random_bytes, 8)).u64());
}

}  // namespace

std::string purpose(std::initializer_list<std::string_view> words) {
  std::string text;
  Writer w(text);
  for (const std::string_view word : words) {
    w.u64(word.size());
    w.bytes(word);
  }
  return text;
}

Vouchers::Vouchers(const Clock& clock) : clock_(clock), key_(random_key()) {}

std::string Vouchers::mac(std::string_view start, std::string_view purpose_of) const {
  const std::string text = purpose({"voucher", start, purpose_of});
  return std::string(crypto::view(crypto::hmac_sha256(key_.reveal(), text)));
}

std::string Vouchers::make(std::string_view purpose_of, std::int64_t lives_us) const {
  std::string voucher(random_bytes, '\0');
  fill_random(voucher);
  Writer(voucher).u64(static_cast<std::uint64_t>(clock_.monotonic_us() + lives_us));
  return voucher + mac(voucher, purpose_of);
}

bool Vouchers::is_good(std::string_view voucher, std::string_view purpose_of) const {
  if (voucher.size() != voucher_bytes) return false;
  const std::string_view start = voucher.substr(0, start_bytes);
  if (!crypto::equal(mac(start, purpose_of), voucher.substr(start_bytes))) return false;
  if (end_of(voucher) <= clock_.monotonic_us()) return false;
  const std::lock_guard lock(mutex_);
  return !used_.contains(start);
}

bool Vouchers::use(std::string_view voucher, std::string_view purpose_of) {
  if (!is_good(voucher, purpose_of)) return false;
  const std::int64_t now_us = clock_.monotonic_us();
  const std::lock_guard lock(mutex_);
  if (used_.size() >= used_vouchers_max) {
    std::erase_if(used_, [&](const auto& used) { return used.second <= now_us; });
  }
  if (used_.size() >= used_vouchers_max) return false;
  return used_.emplace(voucher.substr(0, start_bytes), end_of(voucher)).second;
}

std::string Vouchers::derived(std::string_view voucher, std::string_view what) const {
  const std::string text = purpose({"derived", voucher, what});
  return std::string(crypto::view(crypto::hmac_sha256(key_.reveal(), text)));
}

}  // namespace claw::operators
