// What a recorded stream may do to the terminal of whoever plays it: letters, colours, the cursor, parts of
// the screen. It may not ask the terminal anything, because the answer would be typed at the viewer's shell;
// nor reach the clipboard, the title, the mouse, links or the keyboard. What is not known here is dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace claw::audit {

// A string to the terminal (a title, a clipboard) that does not end is shown after so much, so that nothing
// can hide what follows it.
constexpr std::size_t control_string_bytes_max = 4096;
constexpr std::size_t control_sequence_bytes_max = 64;  // Longer ones have no use but to confuse.

class TerminalFilter {
 public:
  // What of it may be shown; sequences and letters may be cut anywhere between two calls.
  std::string feed(std::string_view bytes);

 private:
  enum class State : std::uint8_t { text, escape, charset, sequence, string, string_escape };

  void on(char c);
  void on_text(unsigned char c);
  void on_control(unsigned char c);
  void on_letter(unsigned char c);
  void on_escape(unsigned char c);
  void on_sequence(unsigned char c);
  void on_string(unsigned char c);
  void spell_out();

  State state_ = State::text;
  std::string kept_;    // The sequence we are in, from its ESC on.
  std::string letter_;  // The beginning of a letter of several bytes.
  std::string out_;
};

// What to say to a terminal when a played stream has ended: colours, cursor, screen as they were.
inline constexpr std::string_view terminal_restored =
    "\x1b[0m\x1b[4l\x1b[r\x1b(B\x0f\x1b[?7h\x1b[?25h\x1b[?1049l";

}  // namespace claw::audit
