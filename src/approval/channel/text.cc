#include "approval/channel/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace claw::channel {

namespace {

struct Span {
  std::uint32_t from;
  std::uint32_t to;
};

// What a reader cannot see, or what makes others seem to stand elsewhere (Unicode 15: Cf, and what is blank
// without being a space).
constexpr Span hidden[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x0600, 0x0605},
    {0x061C, 0x061C}, {0x06DD, 0x06DD}, {0x070F, 0x070F}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0x2800, 0x2800},
    {0x3164, 0x3164}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFC},
    {0x110BD, 0x110BD}, {0x13430, 0x1345F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

bool is_hidden(std::uint32_t point) {
  return std::ranges::any_of(hidden, [point](Span span) { return point >= span.from && point <= span.to; });
}

struct Character {
  std::uint32_t point = 0xFFFD;
  std::size_t size = 1;  // Bytes it took.
};

// The first of a text that is not empty; what is no UTF-8 is U+FFFD, a byte at a time.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (text.size() < size || !is_utf8(text.substr(0, size))) return {};
  std::uint32_t point = size == 4 ? lead & 0x07U : size == 3 ? lead & 0x0FU : lead & 0x1FU;
  for (std::size_t i = 1; i < size; ++i) point = point << 6U | (byte(i) & 0x3FU);
  return {point, size};
}

std::string show(std::string_view foreign, std::size_t bytes_max, bool lines) {
  std::string out;
  std::size_t at = 0;
  while (at < foreign.size()) {
    const Character next = first_of(foreign.substr(at));
    std::string piece;
    if (next.point == '\n') piece = lines ? "\n" : "\\n";
    else if (next.point == '\t') piece = lines ? "\t" : "\\t";
    else if (next.point == '\r') piece = "\\r";
    else if (is_hidden(next.point)) piece = fmt::format("\\u{{{:x}}}", next.point);
    else append_utf8(piece, next.point);
    if (out.size() + piece.size() > bytes_max) {
      return out + fmt::format("… (cut: {} more bytes)", foreign.size() - at);
    }
    out += piece;
    at += next.size;
  }
  return out;
}

}  // namespace

std::string shown(std::string_view foreign, std::size_t bytes_max) { return show(foreign, bytes_max, true); }

std::string shown_line(std::string_view foreign, std::size_t bytes_max) {
  return show(foreign, bytes_max, false);
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// https://api.slack.com/reference/surfaces/formatting#escaping; and what makes words bold, struck or code is
// given a word joiner's distance, because mrkdwn has no escape for it.
std::string slack_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '*':
      case '_':
      case '~':
      case '`': out += "\u2060", out += c; break;
      default: out += c;
    }
  }
  return out;
}

std::string discord_text(std::string_view text) {
  constexpr std::string_view marks = "\\*_~`|>#-+[](){}<@:!./";
  std::string out;
  for (const char c : text) {
    if (marks.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string discord_block(std::string_view text) {
  std::string out = "```\n";
  for (const char c : text) {
    out += c;
    if (c == '`') out += "\u200b";  // Three in a row would end the block.
  }
  return out + "\n```";
}

std::string header_text(std::string_view text) {
  const std::string line = shown_line(text, 400);
  const bool is_plain = std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7F; }) &&
                        line.find("=?") == std::string::npos;
  if (is_plain && line.size() <= 200) return line;
  std::string out;
  std::string_view rest = line;
  while (!rest.empty()) {  // An encoded word is 75 characters at most, and whole characters.
    std::size_t size = 0;
    while (size < rest.size()) {
      const std::size_t next = first_of(rest.substr(size)).size;
      if (size + next > 42) break;
      size += next;
    }
    out += (out.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + to_base64(rest.substr(0, size)) + "?=";
    rest.remove_prefix(size);
  }
  return out;
}

}  // namespace claw::channel
