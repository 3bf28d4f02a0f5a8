// Memory for one evaluation: grows by bumping a pointer, is given back all at once by reset(). The first
// bytes are inside the object, so that an ordinary condition never asks the heap. Only trivially
// destructible things and List/Map views are put here; no destructor is ever run.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace claw::cel {

class Arena {
 public:
  static constexpr std::size_t inline_bytes = 4096;  // More than any rule of the examples needs.

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(std::size_t bytes, std::size_t alignment) {
    const std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    if (start + bytes <= inline_bytes) {
      used_ = start + bytes;
      return &first_[start];
    }
    return allocate_more(bytes, alignment);
  }

  template <class T, class... Args>
  T* make(Args&&... args) {
    return new (allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
  }
  template <class T>
  std::span<T> array(std::size_t count) {  // Value-initialised.
    return {new (allocate(sizeof(T) * count, alignof(T))) T[count](), count};
  }
  std::string_view copy(std::string_view text);

  void reset();  // Everything made here is gone; the largest block is kept.

 private:
  void* allocate_more(std::size_t bytes, std::size_t alignment);

  alignas(std::max_align_t) std::byte first_[inline_bytes];
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::size_t block_bytes_ = 0;
  std::size_t block_used_ = 0;
};

}  // namespace claw::cel
