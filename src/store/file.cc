#include "store/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/id.h"
#include "base/secret.h"
#include "base/text.h"

namespace claw::store {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status write_all(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

Status write_new(const std::string& path, std::string_view content) {
  CLAW_TRY(const Descriptor file, open_file(path, O_WRONLY | O_CREAT | O_EXCL));
  CLAW_TRY_DONE(write_all(file.number(), content, path));
  if (::fsync(file.number()) != 0) return system_error("sync", path);
  return Done{};
}

Status make_folders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return system_error("create", part);
    if (slash == std::string::npos) return Done{};
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error system_error(std::string_view what, const std::string& path) {
  const int number = errno;
  const std::string why = lower(std::generic_category().message(number));
  return {number == ENOENT ? Code::not_found : Code::unavailable,
          fmt::format("cannot {} {}: {}", what, quoted(path), why),
          {}};
}

Result<Descriptor> open_file(const std::string& path, int flags) {
  const int number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (number < 0) return system_error("open", path);
  return Descriptor(number);
}

Result<Descriptor> open_private_folder(const std::string& path) {
  CLAW_TRY_DONE(make_folders(path));
  CLAW_TRY(Descriptor folder, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fchmod(folder.number(), 0700) != 0) return system_error("make private", path);
  return folder;
}

Result<std::optional<std::string>> read_file(const std::string& path, std::size_t bytes_max) {
  Result<Descriptor> file = open_file(path, O_RDONLY);
  if (!file && file.error().code == Code::not_found) return std::optional<std::string>();
  if (!file) return std::move(file).error();
  struct stat about {};
  if (::fstat(file->number(), &about) != 0) return system_error("examine", path);
  if (!S_ISREG(about.st_mode)) return Error{Code::unavailable, quoted(path) + " is not a file", {}};
  std::string content(std::min(static_cast<std::size_t>(about.st_size), bytes_max) + 1, '\0');
  std::size_t used = 0;
  while (used <= bytes_max) {
    if (used == content.size()) content.resize(std::min(content.size() * 2, bytes_max + 1));
    const ssize_t got = ::read(file->number(), &content[used], content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", path);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  if (used > bytes_max) {
    wipe(content);
    return Error{Code::limit, fmt::format("{} is longer than {} bytes", quoted(path), bytes_max), {}};
  }
  content.resize(used);
  return std::optional<std::string>(std::move(content));
}

Result<std::optional<std::string>> read_start(const std::string& path, std::size_t bytes_max) {
  Result<Descriptor> file = open_file(path, O_RDONLY);
  if (!file && file.error().code == Code::not_found) return std::optional<std::string>();
  if (!file) return std::move(file).error();
  std::string start(bytes_max, '\0');
  ssize_t got = 0;
  do got = ::pread(file->number(), start.data(), start.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got < 0) return system_error("read", path);
  start.resize(static_cast<std::size_t>(got));
  return std::optional<std::string>(std::move(start));
}

Status replace_file(const std::string& path, std::string_view content) {
  const std::string temporary = path + "." + random_hex(8);
  Status written = write_new(temporary, content);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = system_error("replace", path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync_folder(folder_of(path));
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path);
  return Done{};
}

Status sync_folder(const std::string& path) {
  CLAW_TRY(const Descriptor folder, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(folder.number()) != 0) return system_error("sync", path);
  return Done{};
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  DIR* opened = ::opendir(folder.c_str());
  if (opened == nullptr) return system_error("list", folder);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(opened)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(opened);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace claw::store
