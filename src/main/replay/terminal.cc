#include "main/replay/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "audit/replay/terminal.h"
#include "main/speak.h"

namespace claw::verbs {

namespace {

constexpr int ctrl_c = 3;
constexpr int no_key = -1;

}  // namespace

// Interrupts come as keys too, so that nothing can end us between two halves of a sequence.
KeyedTerminal::KeyedTerminal() {
  ::tcgetattr(STDIN_FILENO, &before_);
  termios keyed = before_;
  keyed.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
  keyed.c_cc[VMIN] = 0;
  keyed.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &keyed);
}

KeyedTerminal::~KeyedTerminal() {
  put(audit::terminal_restored);
  std::fflush(stdout);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

bool KeyedTerminal::is_there() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

int KeyedTerminal::key(int timeout_ms) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, timeout_ms) <= 0) return no_key;
  unsigned char byte = 0;
  if (::read(STDIN_FILENO, &byte, 1) != 1) return 'q';  // Hung up.
  return byte;
}

KeyedTerminal::Go KeyedTerminal::wait_us(std::int64_t us) {
  std::fflush(stdout);
  int pressed = key(static_cast<int>(std::clamp<std::int64_t>(us / 1000, 0, 60'000)));
  if (pressed == ' ') pressed = key(-1);
  if (pressed == 'q' || pressed == ctrl_c) return Go::quit;
  return pressed == 'n' || pressed == '\r' || pressed == '\n' ? Go::next : Go::on;
}

}  // namespace claw::verbs
