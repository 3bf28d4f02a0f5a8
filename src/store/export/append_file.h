// A file that lines are appended to, on the disk before anybody is told so. It can be cut back to where it
// was known to be good, and notices when somebody has moved it away. Not for many writers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/file.h"

namespace claw::store {

class AppendFile {
 public:
  // Made where it is missing, 0600. A link, or anything but a plain file, is an error.
  static Result<AppendFile> open(const std::string& path);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t inode() const { return inode_; }
  bool is_torn() const;   // Its last line has no end.
  bool is_moved() const;  // Its name means another file now, or none.
  Status cut(std::uint64_t bytes);
  // All of it and on the disk, or an error; what an error leaves behind, cut() takes away.
  Status append(std::string_view lines);

 private:
  AppendFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  Descriptor file_;
  std::uint64_t bytes_ = 0;
  std::uint64_t inode_ = 0;
};

}  // namespace claw::store
