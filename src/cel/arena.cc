#include "cel/arena.h"

#include <algorithm>
#include <cstring>

namespace claw::cel {

void* Arena::allocate_more(std::size_t bytes, std::size_t alignment) {
  std::size_t start = (block_used_ + alignment - 1) & ~(alignment - 1);
  if (blocks_.empty() || start + bytes > block_bytes_) {
    block_bytes_ = std::max(bytes, std::max(inline_bytes * 4, block_bytes_ * 2));
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block_bytes_));
    start = 0;
  }
  block_used_ = start + bytes;
  return &blocks_.back()[start];
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  char* to = static_cast<char*>(allocate(text.size(), 1));
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

void Arena::reset() {
  used_ = 0;
  block_used_ = 0;
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin(), blocks_.end() - 1);
}

}  // namespace claw::cel
