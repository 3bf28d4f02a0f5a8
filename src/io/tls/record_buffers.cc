#include "io/tls/record_buffers.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <array>
#include <cstdlib>

namespace claw::io {

namespace {

// A record of 16 KiB with its head, padding and alignment: 16,592 bytes to read it, 16,720 to write it.
constexpr std::size_t record_bytes_min = 16 * 1024;
constexpr std::size_t buffer_bytes = 17 * 1024;
// Both sides' reading and writing; a turn seldom needs more than two at once.
constexpr std::size_t buffers_max = 4;

class Shelf {
 public:
  Shelf() = default;
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;
  ~Shelf() {
    while (count_ > 0) std::free(kept_[--count_]);
    room_ = 0;  // OpenSSL's own end of the thread may come later.
  }

  void* take() { return count_ > 0 ? kept_[--count_] : std::malloc(buffer_bytes); }
  bool keep(void* buffer) {
    if (count_ == room_) return false;
    kept_[count_++] = buffer;
    return true;
  }

 private:
  std::array<void*, buffers_max> kept_{};
  std::size_t count_ = 0;
  std::size_t room_ = buffers_max;
};

thread_local Shelf shelf;

bool is_record(std::size_t bytes) { return bytes >= record_bytes_min && bytes <= buffer_bytes; }

void* allocate(std::size_t bytes, const char*, int) {
  return is_record(bytes) ? shelf.take() : std::malloc(bytes);
}

void* reallocate(void* block, std::size_t bytes, const char*, int) { return std::realloc(block, bytes); }

void release(void* block, const char*, int) {
  // Nothing smaller than a buffer is kept, whoever took it; the heap says how large a block is.
  const std::size_t bytes = block == nullptr ? 0 : ::malloc_usable_size(block);
  if (bytes >= buffer_bytes && bytes < buffer_bytes + 64 && shelf.keep(block)) return;
  std::free(block);
}

}  // namespace

bool keep_record_buffers() { return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1; }

}  // namespace claw::io
