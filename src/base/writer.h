// Appends integers and text to a byte string in network order; the counterpart of Cursor.
// `hole32` leaves room for a length that is known only later; `fill32` writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace claw {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { big_endian(value, 2); }
  void u32(std::uint32_t value) { big_endian(value, 4); }
  void u64(std::uint64_t value) { big_endian(value, 8); }
  void i16(std::int16_t value) { u16(static_cast<std::uint16_t>(value)); }
  void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
  void bytes(std::string_view bytes) { out_.append(bytes); }
  void text(std::string_view text) {  // With the NUL that ends it.
    out_.append(text);
    out_.push_back('\0');
  }

  std::size_t hole32() {
    u32(0);
    return out_.size() - 4;
  }
  void fill32(std::size_t hole, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) out_.at(hole + i) = static_cast<char>(value >> (24 - 8 * i));
  }
  std::size_t size() const { return out_.size(); }

 private:
  void big_endian(std::uint64_t value, unsigned width) {
    for (unsigned i = width; i-- > 0;) out_.push_back(static_cast<char>(value >> (8 * i)));
  }

  std::string& out_;
};

}  // namespace claw
