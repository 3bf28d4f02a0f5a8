// A folder of its own for one test, gone with it. Only tests and benchmarks include this; it makes nothing
// private and checks nothing.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "store/file.h"

namespace claw::store {

class ScratchFolder {
 public:
  ScratchFolder() : path_(::mkdtemp(std::string("/tmp/claw_store_XXXXXX").data())) {}
  ~ScratchFolder() { remove(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  static void remove(const std::string& path) {
    if (::unlink(path.c_str()) == 0) return;
    if (const auto names = names_in(path)) {
      for (const std::string& name : *names) remove(path + "/" + name);
    }
    ::rmdir(path.c_str());
  }

  std::string path_;
};

}  // namespace claw::store
