#include "main/secrets/ask_secret.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "main/speak.h"

namespace claw::verbs {

namespace {

// As long as the store takes, and one byte to see that there is more.
constexpr std::size_t secret_bytes_max = 64UL * 1024;

// A terminal that does not show what is typed, whatever ends the asking: an interrupt only ends the read.
class Hidden {
 public:
  Hidden() {
    struct sigaction interrupt = {};
    interrupt.sa_handler = [](int) {};
    ::sigaction(SIGINT, &interrupt, &before_interrupt_);
    ::sigaction(SIGTERM, &interrupt, &before_terminate_);
    ::tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::sigaction(SIGINT, &before_interrupt_, nullptr);
    ::sigaction(SIGTERM, &before_terminate_, nullptr);
    warn("\n");
  }

 private:
  termios before_{};
  struct sigaction before_interrupt_ = {};
  struct sigaction before_terminate_ = {};
};

// The buffer never grows, so that no copy of it is left behind.
Result<Secret> read_all(bool one_line) {
  std::string text(secret_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(STDIN_FILENO, &text[size], text.size() - size);
    if (count == 0) break;
    if (count < 0) {
      wipe(text);
      return Error{
          Code::unavailable, errno == EINTR ? "nothing was changed" : "standard input cannot be read", {}};
    }
    size += static_cast<std::size_t>(count);
    if (one_line && text[size - 1] == '\n') break;
  }
  text.resize(size);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return Secret(std::move(text));
}

}  // namespace

Result<Secret> ask_secret(std::string_view what) {
  Result<Secret> secret = Secret();
  if (::isatty(STDIN_FILENO) == 1) {
    warn("{}: ", what);
    const Hidden hidden;
    secret = read_all(true);
  } else {
    secret = read_all(false);
  }
  if (secret && secret->empty()) return invalid("the value is empty");
  if (secret && secret->size() > secret_bytes_max) {
    return Error{Code::limit, "a secret is at most 64 KiB long", {}};
  }
  return secret;
}

}  // namespace claw::verbs
