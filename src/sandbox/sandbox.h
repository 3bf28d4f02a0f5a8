// One program in a sandbox: namespaces of its own, no file system but the system's programs and a scratch
// folder in memory, few system calls, no privilege, and no network but sockets of ours that answer at every
// address, whose connections come to whoever started it. bubblewrap builds it; where that cannot be done
// nothing is run. All of it is on one loop's thread, which must not end before the program does.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/address.h"
#include "io/fd.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/process/process.h"
#include "sandbox/census.h"
#include "sandbox/scales.h"

namespace claw::sandbox {

constexpr std::string_view scratch_folder = "/scratch";  // Its home, its working folder and its /tmp.
constexpr std::string_view files_folder = "/etc/clawpatrol";  // Where made files may stand, beside `/etc`.

struct MadeFile {
  std::string path;     // In the sandbox: under /etc. Read-only there.
  std::string content;
};

struct Folder {
  std::string path;     // Of this machine.
  std::string at = {};  // In the sandbox, read-only; empty: at the same path.
};

struct Limits {
  std::uint64_t time_ms = 60'000;                    // 0: none, for what lives until it is killed.
  std::uint64_t memory_bytes = 512ULL << 20;         // Of all its processes together.
  std::uint64_t scratch_bytes = 64ULL << 20;
  std::uint64_t processes = 256;                     // Threads too: Go has some for each core.
  std::uint64_t open_files = 256;                    // Of each process.
  std::uint64_t output_bytes = 1ULL << 20;           // Both streams together; 0: the listener bounds it.
};

struct Program {
  std::vector<std::string> arguments;  // The first is an absolute path.
  std::vector<std::pair<std::string, std::string>> environment;  // Besides PATH, HOME, TMPDIR and a locale.
  std::vector<MadeFile> files;
  std::vector<Folder> folders;         // Besides /usr, /bin and their like.
  std::vector<std::uint16_t> ports;    // At every address in there. None: no address leads anywhere.
  bool asks_names = false;             // At its name server, which is whoever started it; needs ports.
  bool takes_input = false;            // Otherwise its input is empty.
  std::shared_ptr<Census> census = nullptr;  // May be null.
  std::string stage = "/proc/self/exe";  // Which program has stage.h in it.
  Limits limits;
};

struct Ended {
  enum class Why : std::uint8_t { exited, killed, timed_out, too_much_memory, too_much_output, not_set_up };
  Why why = Why::exited;
  int code = 0;         // As a shell says it: 128 and the number of a signal.
  std::string detail;   // Of `not_set_up`.
};
std::string_view name_of(Ended::Why why);

enum class Output : std::uint8_t { out, error };

struct Ears {  // None but the last may destroy the Child.
  std::function<void(Output which, std::string_view bytes)> output;
  std::function<void(const io::Address& to, io::Fd socket)> connected;
  std::function<std::string(std::string_view question)> asked;  // A message of DNS; empty: no answer.
  std::function<void(const Ended&)> ended;  // Once, never from within another call of the Child.
};

// What must be there: an error that says what to install.
Status check_machine();

class Child {
 public:
  // Destroyed, it kills what runs, and `ended` is not called.
  static Result<std::unique_ptr<Child>> start(io::Loop& loop, Program program, Ears ears);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void write(std::string_view bytes);  // To its input; kept until it is read.
  void end_input();                    // Once what was written has been read.
  std::size_t unwritten() const { return input_.size(); }
  void want_output(bool wanted);       // False: it waits when its pipe is full.
  void kill();
  // Its time does not run while it waits for somebody. These count: as many resume() as hold().
  void hold();
  void resume();

 private:
  class Ear;
  Child(io::Loop& loop, Program program, Ears ears);
  Status launch();
  void heard_hand();
  void set_up(std::vector<io::Fd> sockets);
  void watch_input();
  void heard_input();
  void heard_output(Output which);
  void heard_end();
  void hear_questions(io::Fd socket);
  void heard_questions();
  bool read(Output which);
  void take(Output which, std::string_view bytes);
  void stop(Ended::Why why);
  void fail(std::string why);
  void start_clock();
  void weigh();
  void finish();
  void count_gone(std::string_view why);

  struct Pipe {
    io::Fd fd;
    std::unique_ptr<Ear> ear;
    io::Watch watch;
  };

  io::Loop& loop_;
  Program program_;
  Ears ears_;
  std::optional<io::Process> process_;  // bubblewrap outside, whose child is
  std::optional<io::Process> first_;    // the first process inside: with it all die.
  io::Fd facts_;                        // What bubblewrap says of that one.
  Scales scales_;
  Pipe hand_, end_, in_, questions_;
  std::array<Pipe, 2> out_;
  std::vector<std::unique_ptr<io::Listener>> listeners_;
  std::string input_;
  bool input_ends_ = false;
  bool is_running_ = false;   // The stage was told to go on.
  bool wants_output_ = true;
  std::string complaints_;    // What was said before that.
  std::uint64_t told_bytes_ = 0;
  std::optional<Ended> ended_;
  int code_ = 0;
  std::size_t holds_ = 0;
  std::int64_t time_left_us_ = 0;
  std::int64_t clock_since_us_ = 0;
  std::int64_t begun_us_ = 0;
  bool is_counted_ = false;   // By the census, as running.
  io::TimerId deadline_ = 0;
  io::TimerId weighing_ = 0;
  io::TimerId hearing_ = 0;   // Questions again, after many.
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace claw::sandbox
