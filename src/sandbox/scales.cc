#include "sandbox/scales.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

namespace claw::sandbox {

namespace {

constexpr std::uint64_t entry_bytes = 2048;  // What the kernel keeps for a file, however empty.

// `RssAnon:     1234 kB` of a process's status.
std::uint64_t private_bytes(std::string_view status) {
  constexpr std::string_view name = "\nRssAnon:";
  const std::size_t at = status.find(name);
  if (at == status.npos) return 0;  // It has ended.
  status.remove_prefix(at + name.size());
  status.remove_prefix(std::min(status.find_first_not_of(" \t"), status.size()));
  std::uint64_t kilobytes = 0;
  std::from_chars(status.data(), std::to_address(status.end()), kilobytes);
  return kilobytes * 1024;
}

std::uint64_t weigh_process(int processes, const std::string& number) {
  const io::Fd status(::openat(processes, (number + "/status").c_str(), O_RDONLY | O_CLOEXEC));
  if (!status) return 0;
  std::array<char, 4096> text{};
  const ssize_t count = ::read(status.number(), text.data(), text.size());
  return count <= 0 ? 0 : private_bytes({text.data(), static_cast<std::size_t>(count)});
}

std::uint64_t weigh_processes(int processes) {
  const int own = ::openat(processes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // closedir() closes it.
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(own < 0 ? nullptr : ::fdopendir(own), ::closedir);
  if (folder == nullptr) return 0;
  std::uint64_t sum = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name(&entry->d_name[0]);
    if (name.find_first_not_of("0123456789") == name.npos) sum += weigh_process(processes, name);
  }
  return sum;
}

std::uint64_t weigh_folder(int folder) {
  struct statvfs seen {};
  if (::fstatvfs(folder, &seen) != 0) return 0;
  return (seen.f_blocks - seen.f_bfree) * seen.f_frsize + (seen.f_files - seen.f_ffree) * entry_bytes;
}

}  // namespace

std::uint64_t Scales::bytes() const {
  if (!processes_) return 0;
  return weigh_processes(processes_.number()) + weigh_folder(scratch_.number());
}

}  // namespace claw::sandbox
