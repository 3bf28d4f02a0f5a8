// Files the careful way: closed when they go, private to their owner, replaced as a whole or not at all.
// Everything in store/ that touches a disk goes through here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::store {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  int number() const { return number_; }

 private:
  int number_ = -1;
};

// The error of the system call that has just failed: `cannot WHAT PATH: no space left on device`.
Error system_error(std::string_view what, const std::string& path);

Result<Descriptor> open_file(const std::string& path, int flags);  // O_CLOEXEC; created 0600.

// Makes the folder, and its parents, where they are missing; it is 0700 and ours, or that is an error.
Result<Descriptor> open_private_folder(const std::string& path);

// Nothing when there is no such file. A file longer than `bytes_max` is an error.
Result<std::optional<std::string>> read_file(const std::string& path, std::size_t bytes_max);

// Its first bytes, at most so many; nothing when there is no such file.
Result<std::optional<std::string>> read_start(const std::string& path, std::size_t bytes_max);

// Readers, and a machine that loses power, see the old content or the new: temporary file, fsync, rename,
// fsync of the folder. Created 0600.
Status replace_file(const std::string& path, std::string_view content);

Status remove_file(const std::string& path);
Status sync_folder(const std::string& path);
Result<std::vector<std::string>> names_in(const std::string& folder);  // Sorted; without `.` and `..`.

}  // namespace claw::store
