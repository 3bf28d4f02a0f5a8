// Text as characters (code points), which is how the language counts. A byte that starts no character counts
// as one, so that bad UTF-8 from a peer has a length too.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace claw::cel {

inline std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end - at;
}

inline std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text, at)) ++count;
  return count;
}

// Where each character begins, and the end.
inline std::vector<std::size_t> boundaries(std::string_view text) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text, at)) found.push_back(at);
  found.push_back(text.size());
  return found;
}

}  // namespace claw::cel
