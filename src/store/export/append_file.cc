#include "store/export/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace claw::store {

Result<AppendFile> AppendFile::open(const std::string& path) {
  // Not to wait for the reader of a pipe that somebody put there.
  CLAW_TRY(Descriptor file, open_file(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK));
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) return system_error("look at", path);
  if (!S_ISREG(about.st_mode)) return invalid("this is no plain file", path);
  AppendFile made(path, std::move(file));
  made.bytes_ = static_cast<std::uint64_t>(about.st_size);
  made.inode_ = about.st_ino;
  return made;
}

bool AppendFile::is_torn() const {
  char last = '\n';
  const auto at = static_cast<off_t>(bytes_) - 1;
  return bytes_ > 0 && (::pread(file_.number(), &last, 1, at) != 1 || last != '\n');
}

bool AppendFile::is_moved() const {
  struct stat about {};
  return ::stat(path_.c_str(), &about) != 0 || about.st_ino != inode_;
}

Status AppendFile::cut(std::uint64_t bytes) {
  if (::ftruncate(file_.number(), static_cast<off_t>(bytes)) != 0) return system_error("cut", path_);
  bytes_ = bytes;
  return Done{};
}

Status AppendFile::append(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(file_.number(), lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_error("write", path_);
    lines.remove_prefix(static_cast<std::size_t>(written));
    bytes_ += static_cast<std::uint64_t>(written);
  }
  if (::fsync(file_.number()) != 0) return system_error("sync", path_);
  return Done{};
}

}  // namespace claw::store
