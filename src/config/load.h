// From files to a Snapshot: reads a file or a folder of them, decodes, checks and compiles everything, and
// reports all mistakes at once. Used by main and gateway at start and on reload, by `validate`, `test` and
// `explain`. When to reload is the gateway's; a load that fails leaves nothing behind.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/diagnostic.h"
#include "config/snapshot.h"

namespace claw::config {

struct LoadResult {
  Sources sources;
  Diagnostics diagnostics;
  std::shared_ptr<const Snapshot> snapshot;  // Null when the diagnostics have errors.
  std::string report() const { return diagnostics.format(sources); }
};

// Reads a file the configuration names; `path` is already relative to the configuration's folder.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

LoadResult load(const std::string& path);

// One text as if it stood in a file called `name`; `*.yaml` and `*.yml` are YAML, everything else HCL.
LoadResult load_text(std::string name, std::string text, const ReadFile& read = {});

// Several, as if they stood in one folder: a candidate that somebody wants to try.
struct NamedText {
  std::string name;
  std::string text;
};
LoadResult load_texts(std::vector<NamedText> texts, const ReadFile& read);

// Changes whenever a file that load(path) would read may have changed: names, sizes, times and inodes of
// the sources, of included files, and of certificates. Cheap enough to ask every few seconds.
std::string fingerprint(const std::string& path, const LoadResult& loaded);

}  // namespace claw::config
