// The terminal on which a replay is played: it waits between two moments, and a key ends the waiting, pauses
// or ends the whole. Only where both standard input and output are one; it is left as it was found.
#pragma once

#include <cstdint>
#include <memory>
#include <termios.h>

namespace claw::verbs {

class KeyedTerminal {
 public:
  KeyedTerminal();
  KeyedTerminal(const KeyedTerminal&) = delete;
  KeyedTerminal& operator=(const KeyedTerminal&) = delete;
  ~KeyedTerminal();

  static bool is_there();

  enum class Go : std::uint8_t { on, next, quit };
  // `next`: what is being played is enough (n, Enter). The space bar stops time until any key.
  Go wait_us(std::int64_t us);

 private:
  static int key(int timeout_ms);  // -1: none came.

  termios before_{};
};

}  // namespace claw::verbs
