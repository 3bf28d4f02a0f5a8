#include "audit/replay/terminal.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace claw::audit {

namespace {

constexpr char escape = '\x1b';
constexpr unsigned char cancel = 0x18;
constexpr unsigned char substitute = 0x1a;
constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD.

// ECMA-48 and DEC: cursor, erasing, inserting, scrolling, colours, tabs, margins. No `c`, `n`, `p`, `q`, `t`,
// `x`: those ask, or change the window.
constexpr std::string_view finals = "@ABCDEFGHIJKLMPSTXZ`abdefgmrsu";
// Private modes: wrapping, the cursor, the other screen. Not the mouse, focus, or pasting.
constexpr auto modes = std::to_array<std::string_view>({"7", "12", "25", "47", "1047", "1048", "1049"});

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ';' || c == ':'; });
}

bool are_modes(std::string_view list) {
  return std::ranges::all_of(split(list, ';'), [](std::string_view mode) {
    return std::ranges::find(modes, mode) != modes.end();
  });
}

// `whole` is ESC [ … final.
bool may_pass(std::string_view whole) {
  const char final = whole.back();
  std::string_view parameters = whole.substr(2, whole.size() - 3);
  if (final == 'h' || final == 'l') {
    return parameters.starts_with('?') ? are_modes(parameters.substr(1)) : parameters == "4";
  }
  if (parameters.starts_with('?') && (final == 'J' || final == 'K')) parameters.remove_prefix(1);
  return is_digits(parameters) && finals.find(final) != std::string_view::npos;
}

std::size_t length_of(unsigned char first) {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return 2;
}

// U+0080 to U+009F: some terminals take them for ESC and a letter.
bool is_control_letter(std::string_view letter) {
  return letter.size() == 2 && letter[0] == '\xc2' && static_cast<unsigned char>(letter[1]) < 0xa0;
}

}  // namespace

std::string TerminalFilter::feed(std::string_view bytes) {
  for (const char c : bytes) on(c);
  return std::exchange(out_, {});
}

void TerminalFilter::on(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (state_ != State::text && (byte == cancel || byte == substitute)) {
    kept_.clear();
    state_ = State::text;
    return;
  }
  switch (state_) {
    case State::text: return on_text(byte);
    case State::escape: return on_escape(byte);
    case State::charset:
      if (byte == 'B' || byte == '0' || byte == 'A') (out_ += kept_) += c;
      kept_.clear();
      state_ = State::text;
      return;
    case State::sequence: return on_sequence(byte);
    case State::string:
    case State::string_escape: return on_string(byte);
  }
}

void TerminalFilter::on_text(unsigned char c) {
  if (!letter_.empty() && (c & 0xc0) != 0x80) {
    letter_.clear();
    out_ += replacement;
  }
  if (c < 0x20 || c == 0x7f) return on_control(c);
  if (c < 0x80) out_ += static_cast<char>(c);
  else on_letter(c);
}

void TerminalFilter::on_control(unsigned char c) {
  if (c == escape) {
    kept_.assign(1, escape);
    state_ = State::escape;
    return;
  }
  // Not ENQ, which is answered, and no bell: a stream can ring a thousand a second.
  constexpr std::string_view shown = "\b\t\n\v\f\r\x0e\x0f";
  if (shown.find(static_cast<char>(c)) != std::string_view::npos) out_ += static_cast<char>(c);
}

void TerminalFilter::on_letter(unsigned char c) {
  letter_ += static_cast<char>(c);
  if (letter_.size() == 1) {
    if (c >= 0xc2 && c <= 0xf4) return;  // Its rest follows.
  } else if (letter_.size() < length_of(static_cast<unsigned char>(letter_.front()))) {
    return;
  }
  if (!is_utf8(letter_)) out_ += replacement;
  else if (!is_control_letter(letter_)) out_ += letter_;
  letter_.clear();
}

void TerminalFilter::on_escape(unsigned char c) {
  constexpr std::string_view alone = "78DEMH";            // Cursor kept and restored, line feeds, tabs.
  constexpr std::string_view strings = "]PX^_";           // OSC, DCS, SOS, PM, APC.
  kept_ += static_cast<char>(c);
  if (c == '[') {
    state_ = State::sequence;
  } else if (strings.find(static_cast<char>(c)) != std::string_view::npos) {
    state_ = State::string;
  } else if (c == '(' || c == ')') {
    state_ = State::charset;
  } else if (c == escape) {
    kept_.assign(1, escape);
  } else {
    if (alone.find(static_cast<char>(c)) != std::string_view::npos) out_ += kept_;
    kept_.clear();
    state_ = State::text;
  }
}

void TerminalFilter::on_sequence(unsigned char c) {
  if (c == escape) {  // Begins anew, as terminals have it.
    kept_.assign(1, escape);
    state_ = State::escape;
    return;
  }
  if (c < 0x20) return on_control(c);  // Obeyed in the middle of a sequence.
  kept_ += static_cast<char>(c);
  if (kept_.size() > control_sequence_bytes_max || c >= 0x7f) return spell_out();
  if (c < 0x40) return;
  if (may_pass(kept_)) out_ += kept_;
  kept_.clear();
  state_ = State::text;
}

void TerminalFilter::on_string(unsigned char c) {
  const bool is_over = c == '\a' || (state_ == State::string_escape && c == '\\');
  if (is_over) {
    kept_.clear();
    state_ = State::text;
    return;
  }
  if (state_ == State::string_escape) {  // The string was cut short by another sequence.
    kept_.assign(1, escape);
    state_ = State::escape;
    return on_escape(c);
  }
  kept_ += static_cast<char>(c);
  if (c == escape) state_ = State::string_escape;
  if (kept_.size() > control_string_bytes_max) spell_out();
}

// For people to read: as letters, so that nothing of it is obeyed.
void TerminalFilter::spell_out() {
  out_ += printable(kept_, kept_.size() * 4);
  kept_.clear();
  state_ = State::text;
}

}  // namespace claw::audit
