#include "config/hcl/text.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace claw::config {

namespace {

struct IdentifierRange {
  std::uint32_t first;
  std::uint32_t last;
  bool starts;
};

constexpr IdentifierRange identifier_ranges[] = {
#include "config/hcl/identifier_table.inc"
};

struct Character {
  std::uint32_t point = 0;
  std::size_t length = 0;
};

// The text is known to be UTF-8 by the time it is looked at; a broken tail reads as one odd character.
Character character_at(std::string_view text) {
  if (text.empty()) return {};
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length > text.size()) return {0xFFFD, 1};
  std::uint32_t point = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (const char byte : text.substr(1, length - 1))
    point = point << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  return {point, length};
}

bool is_letter(std::uint32_t point) { return (point | 0x20) >= 'a' && (point | 0x20) <= 'z'; }
bool is_digit(std::uint32_t point) { return point >= '0' && point <= '9'; }

bool may_stand_in_identifier(std::uint32_t point, bool first) {
  if (point < 0x80) {
    return is_letter(point) || point == '_' || (!first && (is_digit(point) || point == '-'));
  }
  const auto* after =
      std::upper_bound(std::begin(identifier_ranges), std::end(identifier_ranges), point,
                       [](std::uint32_t p, const IdentifierRange& range) { return p < range.first; });
  if (after == std::begin(identifier_ranges)) return false;
  const IdentifierRange& range = *std::prev(after);
  return point <= range.last && (range.starts || !first);
}

std::size_t count_hex(std::string_view text, std::size_t digits_max) {
  std::size_t count = 0;
  while (count < digits_max && count < text.size() &&
         (is_digit(static_cast<unsigned char>(text[count])) ||
          ((text[count] | 0x20) >= 'a' && (text[count] | 0x20) <= 'f'))) {
    ++count;
  }
  return count;
}

std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return 1;
  if (text[1] == 'u') return 2 + count_hex(text.substr(2), 4);
  if (text[1] == 'U') return 2 + count_hex(text.substr(2), 8);
  return 1 + character_at(text.substr(1)).length;
}

// `$`, `$$` or `$${`, and the same with `%`; of a longer run the last two belong to the brace.
std::size_t marker_length(std::string_view text) {
  if (text.size() < 2 || text[1] != text[0]) return 1;
  if (text.size() == 2) return 2;
  return text[2] == '{' ? 3 : text[2] == text[0] ? 1 : 2;
}

std::size_t piece_length(std::string_view text, Quoting quoting) {
  switch (text.front()) {
    case '\\':
      if (quoting == Quoting::quoted) return escape_length(text);
      break;
    case '$':
    case '%': return marker_length(text);
    case '\n': return 1;
    case '\r': return text.starts_with("\r\n") ? 2 : 1;
    default: break;
  }
  const std::size_t end = text.find_first_of(quoting == Quoting::quoted ? "\\$%\r\n" : "$%\r\n", 1);
  return std::min(end, text.size());
}

// What a piece stands for; nothing if it is an escape that does not exist.
std::optional<std::string> decode_piece(std::string_view piece, Quoting quoting) {
  if (piece == "$${") return "${";
  if (piece == "%%{") return "%{";
  if (quoting == Quoting::bare || piece.front() != '\\') return std::string(piece);
  if (piece == "\\n") return "\n";
  if (piece == "\\r") return "\r";
  if (piece == "\\t") return "\t";
  if (piece == "\\\"") return "\"";
  if (piece == "\\\\") return "\\";
  const bool complete =
      (piece.starts_with("\\u") && piece.size() == 6) || (piece.starts_with("\\U") && piece.size() == 10);
  if (!complete) return std::nullopt;
  std::uint32_t point = 0;
  std::from_chars(piece.begin() + 2, piece.end(), point, 16);
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
  std::string out;
  append_utf8(out, point);
  return out;
}

}  // namespace

std::size_t identifier_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const Character next = character_at(text.substr(length));
    if (!may_stand_in_identifier(next.point, length == 0)) break;
    length += next.length;
  }
  return length;
}

bool is_identifier(std::string_view text) { return !text.empty() && identifier_length(text) == text.size(); }

std::size_t space_length(std::string_view text) {
  const Character next = character_at(text);
  const std::uint32_t point = next.point;
  const bool space = (point >= '\t' && point <= '\r') || point == ' ' || point == 0x85 || point == 0xA0 ||
                     point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
                     point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
  return space ? next.length : 0;
}

std::vector<std::string_view> split_literal(std::string_view literal, Quoting quoting) {
  std::vector<std::string_view> pieces;
  while (!literal.empty()) {
    pieces.push_back(literal.substr(0, piece_length(literal, quoting)));
    literal.remove_prefix(pieces.back().size());
  }
  return pieces;
}

void LiteralText::append(std::string_view piece, std::size_t source) {
  const bool continues =
      !anchors.empty() && anchors.back().source + (text.size() - anchors.back().decoded) == source;
  if (!continues) anchors.push_back({text.size(), source});
  text += piece;
}

void LiteralText::append(const LiteralText& other) {
  for (const Anchor& anchor : other.anchors) anchors.push_back({text.size() + anchor.decoded, anchor.source});
  text += other.text;
}

void LiteralText::drop_front(std::size_t bytes) {
  text.erase(0, bytes);
  std::vector<Anchor> kept;
  for (const Anchor& anchor : anchors) {
    if (anchor.decoded >= bytes) {
      kept.push_back({anchor.decoded - bytes, anchor.source});
    } else {
      kept.assign(1, {0, anchor.source + (bytes - anchor.decoded)});
    }
  }
  anchors = std::move(kept);
}

void LiteralText::trim_front() {
  std::size_t bytes = 0;
  while (const std::size_t length = space_length(std::string_view(text).substr(bytes))) bytes += length;
  drop_front(bytes);
}

void LiteralText::trim_back() {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    at += character_at(rest).length;
    if (space_length(rest) == 0) kept = at;
  }
  text.resize(kept);
  std::erase_if(anchors, [kept](const Anchor& anchor) { return anchor.decoded > kept; });
}

LiteralText decode_literal(std::string_view literal, const Range& range, Quoting quoting,
                           Diagnostics& diagnostics) {
  LiteralText out;
  std::size_t source = range.begin;
  for (const std::string_view piece : split_literal(literal, quoting)) {
    if (const auto decoded = decode_piece(piece, quoting)) {
      const bool verbatim = *decoded == piece;
      if (!verbatim) out.anchors.push_back({out.text.size(), source});
      verbatim ? out.append(*decoded, source) : void(out.text += *decoded);
    } else {
      diagnostics.error({range.file, source, source + piece.size()},
                        fmt::format("{} is not an escape", quoted(piece)),
                        R"(the escapes are \n \r \t \" \\ \uXXXX and \UXXXXXXXX; write \\ for a backslash)");
    }
    source += piece.size();
  }
  return out;
}

}  // namespace claw::config
