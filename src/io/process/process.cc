#include "io/process/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot that C++ reads it too.
}

namespace claw::io {

namespace {

// Above what a program is given, so that no number is overwritten before it was passed on.
constexpr int numbers_from = 64;

Error failed(std::string_view what, int number) {
  return {Code::unavailable, fmt::format("{}: {}", what, std::strerror(number)), {}};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  Status pass(const std::vector<int>& descriptors) {
    CLAW_CHECK(descriptors.size() < numbers_from);
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
      kept_.emplace_back(::fcntl(descriptors[i], F_DUPFD_CLOEXEC, numbers_from));
      if (!kept_.back()) return failed("cannot pass a descriptor on", errno);
      posix_spawn_file_actions_adddup2(&actions_, kept_.back().number(), static_cast<int>(i));
    }
    posix_spawn_file_actions_addclosefrom_np(&actions_, static_cast<int>(descriptors.size()));
    return Done{};
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
  std::vector<Fd> kept_;
};

// Signals as they are for a program that somebody starts: we block some and ignore others.
class Attributes {
 public:
  Attributes() {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<Process> Process::start(const Launch& launch) {
  CLAW_CHECK(!launch.arguments.empty());
  Actions actions;
  CLAW_TRY_DONE(actions.pass(launch.descriptors));
  const Attributes attributes;
  pid_t pid = 0;
  const int outcome =
      posix_spawn(&pid, launch.arguments.front().c_str(), actions.get(), attributes.get(),
                  pointers(launch.arguments).data(), pointers(launch.environment).data());
  if (outcome != 0) return failed("cannot start " + launch.arguments.front(), outcome);
  auto found = find(pid);
  if (!found) {  // Nobody would hear of its end.
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  return found;
}

Result<Process> Process::find(pid_t pid) {
  Fd handle(::pidfd_open(pid, 0));
  if (!handle) return failed(fmt::format("no process {}", pid), errno);
  return Process(pid, std::move(handle));
}

void Process::kill() const { ::pidfd_send_signal(handle_.number(), SIGKILL, nullptr, 0); }

std::optional<int> Process::reap() {
  siginfo_t seen{};
  const auto which = static_cast<id_t>(handle_.number());
  if (::waitid(P_PIDFD, which, &seen, WEXITED | WNOHANG) != 0 || seen.si_pid == 0) return std::nullopt;
  return seen.si_code == CLD_EXITED ? seen.si_status : 128 + seen.si_status;
}

Result<Fd> empty_memory_file() {
  Fd file(::memfd_create("claw", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return failed("no memory for a file", errno);
  return file;
}

Result<Fd> memory_file(std::string_view content) {
  CLAW_TRY(Fd file, empty_memory_file());
  for (std::string_view rest = content; !rest.empty();) {
    const ssize_t count = ::write(file.number(), rest.data(), rest.size());
    if (count <= 0) return failed("no memory for a file", errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.number(), F_ADD_SEALS, seals) != 0 || ::lseek(file.number(), 0, SEEK_SET) != 0) {
    return failed("cannot seal a file", errno);
  }
  return file;
}

std::string read_file(const Fd& file, std::size_t bytes_max) {
  std::string out(bytes_max, '\0');
  const ssize_t count = ::pread(file.number(), out.data(), out.size(), 0);
  out.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return out;
}

Result<Fd> open_file(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed("cannot open " + path, errno);
  return file;
}

}  // namespace claw::io
