#include "action/body/escape.h"

#include <algorithm>

namespace claw::action {

std::optional<unsigned> hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
  if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a') + 10;
  if (letter >= 'A' && letter <= 'F') return static_cast<unsigned>(letter - 'A') + 10;
  return std::nullopt;
}

std::optional<std::string_view> unescape(std::string_view text, Plus plus, cel::Arena& arena) {
  const bool spaces = plus == Plus::space;
  if (text.find('%') == text.npos && (!spaces || text.find('+') == text.npos)) return text;
  const std::span<char> out = arena.array<char>(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char letter = text[i];
    if (letter == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (!high || !low) return std::nullopt;
      letter = static_cast<char>(*high << 4 | *low);
      i += 2;
    } else if (spaces && letter == '+') {
      letter = ' ';
    }
    out[size++] = letter;
  }
  return std::string_view(out.data(), size);
}

std::string_view lower_in(std::string_view text, cel::Arena& arena) {
  const auto is_upper = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
  if (std::none_of(text.begin(), text.end(), is_upper)) return text;
  const std::span<char> out = arena.array<char>(text.size());
  std::transform(text.begin(), text.end(), out.begin(), [&](char letter) {
    return is_upper(letter) ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return {out.data(), out.size()};
}

}  // namespace claw::action
