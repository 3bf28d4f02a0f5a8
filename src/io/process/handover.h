// What two processes of ours say to each other over a socket between them: words, and sockets that one has
// opened for the other. Also the pipes that a program reads and writes. Whoever is at the other end may be
// anybody by then: a word that does not fit is an end.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/fd.h"
#include "io/tls.h"

namespace claw::io {

constexpr std::size_t word_bytes_max = 1024;
constexpr std::size_t handed_max = 64;  // Sockets in one word.

// Ours, which never waits, and the other process's, which does.
Result<std::pair<Fd, Fd>> make_hand();

struct Handed {
  enum class Kind : std::uint8_t { word, again, end };
  Kind kind = Kind::end;
  std::string word;
  std::vector<Fd> sockets;
};
Status hand_over(int hand, std::string_view word, std::span<const Fd> sockets);
Handed take_over(int hand);

// One end of a pipe for us, which never waits, and one for a program.
struct Pipe {
  Fd ours;
  Fd theirs;
};
Result<Pipe> pipe_from_program();
Result<Pipe> pipe_to_program();
IoResult read_pipe(int pipe, std::span<char> into);
IoResult write_pipe(int pipe, std::string_view bytes);

}  // namespace claw::io
