// Reads a run of bytes from front to back; the only way bytes from a peer are looked at.
// Every read is checked. A read past the end fails the cursor: it and every later read yield zero or
// empty, and ok() is false, so a decoder reads all its fields and asks once. Views returned point into
// the input and live as long as it does.
#pragma once

#include <cstdint>
#include <string_view>

namespace claw {

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(big_endian(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(big_endian(4)); }
  std::uint64_t u64() { return big_endian(8); }
  std::int16_t i16() { return static_cast<std::int16_t>(u16()); }
  std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
  std::uint16_t u16_le() { return static_cast<std::uint16_t>(little_endian(2)); }
  std::uint32_t u32_le() { return static_cast<std::uint32_t>(little_endian(4)); }
  std::uint64_t u64_le() { return little_endian(8); }

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) return fail();
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  // Text up to, and past, the next NUL byte; fails if there is none.
  std::string_view text() {
    const std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) return fail();
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return taken;
  }

  std::string_view rest() const { return rest_; }
  std::size_t left() const { return rest_.size(); }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }  // All understood, nothing left over.

 private:
  std::string_view fail() {
    ok_ = false;
    rest_ = {};
    return {};
  }
  std::uint64_t big_endian(std::size_t width) {
    std::uint64_t value = 0;
    for (const char byte : take(width)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::uint64_t little_endian(std::size_t width) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char byte : take(width)) {
      value |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift;
      shift += 8;
    }
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace claw
