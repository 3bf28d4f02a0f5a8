// Reads YAML 1.2 into the same tree as HCL. A mapping key that names a block of the given shape becomes
// blocks, one level of mapping per label; every other key is an attribute. `rule: {no-ddl: {...}}` is the
// HCL block `rule "no-ddl" {...}`; a list under a block's key repeats it. References are written as plain
// strings. Aliases, tags and duplicate keys are refused: each lets a file mean something it does not show.
#pragma once

#include <span>
#include <string_view>

#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

// One kind of block and what may nest in it; the decoder owns the table.
struct BlockShape {
  std::string_view name;
  std::size_t labels = 0;
  std::span<const BlockShape> children = {};
};

Block read_yaml(const Sources& sources, FileId file, std::span<const BlockShape> shapes,
                Diagnostics& diagnostics);

}  // namespace claw::config
