// Another program, started without a shell and without a copy of this process: what it is to have open is
// named one by one, and nothing else of ours passes. It is waited for by a descriptor that a loop can watch.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/fd.h"

namespace claw::io {

struct Launch {
  std::vector<std::string> arguments;    // The first is the program's path.
  std::vector<std::string> environment;  // `NAME=value`; the whole of it.
  std::vector<int> descriptors;          // Its 0, 1, 2, …; there are no others.
};

// Killed and forgotten where it is destroyed before it was reaped; reap_later() is for that.
class Process {
 public:
  static Result<Process> start(const Launch& launch);
  // One that somebody else started, to be killed and never waited for.
  static Result<Process> find(pid_t pid);

  pid_t pid() const { return pid_; }
  int ended() const { return handle_.number(); }  // Readable once it has.
  void kill() const;
  // How it ended: its exit code, or 128 and the signal's number as shells say it. Nothing: it has not.
  std::optional<int> reap();

 private:
  Process(pid_t pid, Fd handle) : pid_(pid), handle_(std::move(handle)) {}
  pid_t pid_ = 0;
  Fd handle_;
};

// What somebody can read as a file, and nobody change.
Result<Fd> memory_file(std::string_view content);
// One that others write, for read_file().
Result<Fd> empty_memory_file();
std::string read_file(const Fd& file, std::size_t bytes_max);  // From its beginning.

Result<Fd> open_file(const std::string& path);  // To read.

}  // namespace claw::io
