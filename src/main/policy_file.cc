#include "main/policy_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>

#include "base/text.h"
#include "config/load.h"
#include "main/speak.h"
#include "main/verbs.h"

namespace claw::verbs {

Path look_at(const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0) return Path::missing;
  return S_ISDIR(about.st_mode) ? Path::folder : Path::file;
}

std::string no_such_path(const std::string& path) { return "no such file or folder: " + quoted(path); }

Opened open_policy(const std::string& path) {
  if (look_at(path) == Path::missing) return {nullptr, misuse(no_such_path(path))};
  config::LoadResult loaded = config::load(path);
  if (loaded.snapshot == nullptr) fmt::print(stderr, "{}", loaded.report());
  return {std::move(loaded.snapshot), loaded.diagnostics.has_errors() ? failed : ok};
}

}  // namespace claw::verbs
