// A secret in memory: can be moved, never copied, printed, formatted or compared by accident, and is
// zeroed when it goes. reveal() is the one way to its bytes; search for it to see who looks.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace claw {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::string_view reveal() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  Secret clone() const { return Secret(bytes_); }        // A deliberate copy.
  bool equals(std::string_view guess) const;             // In time that depends only on the lengths.

  bool operator==(const Secret&) const = delete;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  void wipe();
  std::string bytes_;
};

void wipe(std::string& bytes);  // Zeroes the whole capacity, then empties.

}  // namespace claw
