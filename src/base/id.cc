#include "base/id.h"

#include <openssl/rand.h>

#include "base/check.h"
#include "base/text.h"

namespace claw {

namespace {

// One call to the generator serves many ids: it costs more than everything else here.
class RandomPool {
 public:
  std::uint64_t next() {
    if (used_ == pool_.size()) {
      CLAW_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(pool_.data()), sizeof pool_) == 1);
      used_ = 0;
    }
    return pool_[used_++];
  }

 private:
  std::array<std::uint64_t, 128> pool_{};
  std::size_t used_ = 128;
};

void put_hex(char* out, std::uint64_t value, unsigned digits) {
  constexpr char alphabet[] = "0123456789abcdef";
  for (unsigned i = digits; i-- > 0;) {
    out[i] = alphabet[value & 15];
    value >>= 4;
  }
}

}  // namespace

Id make_id(std::int64_t wall_us) {
  thread_local RandomPool pool;
  const std::uint64_t ms = static_cast<std::uint64_t>(wall_us / 1000);
  const std::uint64_t a = pool.next();
  const std::uint64_t b = pool.next();
  Id id;
  char* out = id.text.data();
  put_hex(out, ms >> 16, 8);
  out[8] = '-';
  put_hex(out + 9, ms & 0xFFFF, 4);
  out[13] = '-';
  put_hex(out + 14, 0x7000 | (a & 0x0FFF), 4);
  out[18] = '-';
  put_hex(out + 19, 0x8000 | (b >> 48 & 0x3FFF), 4);
  out[23] = '-';
  put_hex(out + 24, b & 0xFFFF'FFFF'FFFF, 12);
  return id;
}

void fill_random(std::string& out) {
  CLAW_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1);
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  fill_random(raw);
  return to_hex(raw);
}

}  // namespace claw
