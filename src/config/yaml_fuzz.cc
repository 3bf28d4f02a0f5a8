// Any text is read as YAML. Beyond not crashing: every place that is reported or kept lies within the file.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "config/yaml.h"

namespace {

using namespace claw::config;

constexpr BlockShape inner[] = {{"b", 0}};
constexpr BlockShape shapes[] = {{"a", 0, inner}, {"c", 1, inner}, {"d", 2, inner}};

void check(const Range& range, std::size_t size) {
  CLAW_CHECK(range.begin <= range.end && range.end <= size);
}

void check(const Node& node, std::size_t size) {
  check(node.range, size);
  for (std::size_t i = 0; i <= node.text.size(); ++i) check(node.range_at(i, node.text.size()), size);
  for (const Node& item : node.items) check(item, size);
  for (const Attribute& member : node.members) check(member.value, size);
}

void check(const Block& block, std::size_t size) {
  check(block.range, size);
  for (const Attribute& attribute : block.attributes) check(attribute.value, size);
  for (const Block& each : block.blocks) check(each, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Sources sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("fuzz.yaml", std::string(reinterpret_cast<const char*>(bytes), size));
  check(read_yaml(sources, file, shapes, diagnostics), size);
  for (const Diagnostic& each : diagnostics.all()) check(each.range, size);
  diagnostics.format(sources);
  return 0;
}
