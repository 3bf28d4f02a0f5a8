// One YAML document as it was written: scalars with their places, lists, mappings in source order with unique
// keys. The only file that knows the YAML library is yaml_document.cc; yaml.cc turns this into the tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

enum class YamlKind { null, plain, quoted, list, mapping };  // A block scalar (`|`) counts as quoted.

struct YamlNode {
  YamlKind kind = YamlKind::null;
  Range range;
  std::string text;              // plain, quoted
  std::vector<Anchor> anchors;   // plain, quoted
  std::vector<YamlNode> items;   // list; mapping: key, value, key, value, ...
};

// Nothing when it was not YAML or used what is refused: aliases, tags, several documents.
std::optional<YamlNode> read_yaml_document(const Sources& sources, FileId file, Diagnostics& diagnostics);

}  // namespace claw::config
