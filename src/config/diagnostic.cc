#include "config/diagnostic.h"

#include <fmt/format.h>

#include <tuple>

#include "base/json.h"
#include "base/text.h"

namespace claw::config {

namespace {

constexpr std::size_t shown_columns_max = 120;  // A generated one-line file must not flood the terminal.
constexpr std::size_t shown_before_max = 60;    // Of them at most so many stand before the caret.
constexpr std::size_t tab_columns = 4;

std::string_view name_of(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

struct CodePoints {
  std::uint32_t first;
  std::uint32_t last;
};

// Terminals give these two columns (Unicode East Asian Width W and F, without the rare scripts).
constexpr CodePoints wide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF},
    {0x20000, 0x3FFFD},
};
// And these none: combining marks, joiners, variation selectors.
constexpr CodePoints narrow[] = {
    {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  std::uint32_t value = character.size() == 1 ? first : first & (0xFFU >> (character.size() + 1));
  for (const char byte : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  return value;
}

std::size_t columns_of(std::string_view character) {
  const std::uint32_t point = code_point(character);
  const auto holds = [point](const CodePoints& range) { return range.first <= point && point <= range.last; };
  if (std::any_of(std::begin(wide), std::end(wide), holds)) return 2;
  return std::any_of(std::begin(narrow), std::end(narrow), holds) ? 0 : 1;
}

// The first character and the bytes that follow it; a broken sequence is a character of its own.
std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && length < 4 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    ++length;
  return is_utf8(text.substr(0, length)) ? text.substr(0, length) : text.substr(0, 1);
}

// One character as a terminal may see it, and the columns it takes.
std::pair<std::string, std::size_t> show(std::string_view character) {
  if (character == "\t") return {std::string(tab_columns, ' '), tab_columns};
  std::string shown = printable(character, 8);
  const bool escaped = shown != character;
  const std::size_t columns = escaped ? shown.size() : columns_of(character);
  return {std::move(shown), columns};
}

// The start of the part of a long line that is shown: a character boundary not far before the caret.
std::size_t window_start(std::string_view line, std::size_t caret) {
  if (caret <= shown_before_max) return 0;
  std::size_t start = caret - shown_before_max;
  while (start < caret && (static_cast<unsigned char>(line[start]) & 0xC0) == 0x80) ++start;
  return start;
}

// The source line and, under it, carets from `range.begin` to the end of the range or of the line.
std::string excerpt(const Sources& sources, const Range& range) {
  const Range line_range = sources.line_of(range.file, range.begin);
  const std::string_view line = sources.text(line_range);
  const std::size_t caret = std::min(range.begin - line_range.begin, line.size());
  const std::size_t caret_end = range.end - line_range.begin;
  const std::size_t start = window_start(line, caret);

  std::string shown = start > 0 ? "…" : "";
  std::string pad(start > 0 ? 1 : 0, ' ');
  std::string carets;
  std::size_t columns = 0;
  for (std::size_t at = start; at < line.size();) {
    const std::string_view character = first_character(line.substr(at));
    const auto [text, width] = show(character);
    columns += width;
    if (columns > shown_columns_max) {
      shown += "…";
      break;
    }
    shown += text;
    if (at < caret) pad.append(width, ' ');
    if (at >= caret && at < caret_end) carets.append(width, '^');
    at += character.size();
  }
  if (carets.empty()) carets = "^";  // An empty range, or one at the end of the line.
  return fmt::format("  {}\n  {}{}\n", shown, pad, carets);
}

auto order(const Diagnostic& diagnostic) {
  return std::tie(diagnostic.range.file.index, diagnostic.range.begin, diagnostic.range.end, diagnostic.text);
}

}  // namespace

void Diagnostics::error(const Range& range, std::string text, std::string hint) {
  ++errors_;
  add({Severity::error, range, std::move(text), std::move(hint)});
}

void Diagnostics::warning(const Range& range, std::string text, std::string hint) {
  add({Severity::warning, range, std::move(text), std::move(hint)});
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (all_.size() < diagnostics_max) all_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> out = all_;
  std::sort(out.begin(), out.end(),
            [](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
  const auto same = [](const Diagnostic& a, const Diagnostic& b) { return order(a) == order(b); };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

std::string Diagnostics::format(const Sources& sources) const {
  std::string out;
  for (const Diagnostic& diagnostic : sorted()) {
    out += fmt::format("{}: {}: {}\n", sources.where(diagnostic.range), name_of(diagnostic.severity),
                       diagnostic.text);
    out += excerpt(sources, diagnostic.range);
    if (!diagnostic.hint.empty()) out += fmt::format("  {}\n", diagnostic.hint);
  }
  if (all_.size() == diagnostics_max) out += fmt::format("only the first {} are shown\n", diagnostics_max);
  return out;
}

std::string Diagnostics::format_json(const Sources& sources) const {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (const Diagnostic& diagnostic : sorted()) {
    const Range& range = diagnostic.range;
    const Position start = sources.position(range.file, range.begin);
    const Position end = sources.position(range.file, range.end);
    writer.begin_object();
    writer.member("severity", name_of(diagnostic.severity));
    writer.member("file", sources.name(range.file));
    writer.member("line", static_cast<std::int64_t>(start.line));
    writer.member("column", static_cast<std::int64_t>(start.column));
    writer.member("end_line", static_cast<std::int64_t>(end.line));
    writer.member("end_column", static_cast<std::int64_t>(end.column));
    writer.member("text", diagnostic.text);
    writer.member_unless_empty("hint", diagnostic.hint);
    writer.end_object();
  }
  writer.end_array();
  return out;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const auto near = nearest(word, candidates);
  return near ? fmt::format("did you mean {}?", quoted(*near)) : std::string();
}

bool check_text(const Sources& sources, FileId file, Diagnostics& diagnostics) {
  const std::string_view text = sources.text(file);
  if (text.size() > file_bytes_max) {
    diagnostics.error({file, 0, 0}, fmt::format("the file is larger than {} bytes", file_bytes_max));
    return false;
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    diagnostics.error({file, 0, 3}, "the file starts with a byte order mark",
                      "save it as UTF-8 without a mark");
    return false;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = first_character(text.substr(at));
    if (character.front() == '\0' || !is_utf8(character)) {
      diagnostics.error({file, at, at + 1}, "this byte is not UTF-8 text", "save the file as UTF-8");
      return false;
    }
    at += character.size();
  }
  return true;
}

}  // namespace claw::config
