// Any text is read as a file, an expression and a template. Beyond not crashing: every place that is reported
// or kept lies within the file, and the whole can be shown.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "config/hcl.h"
#include "config/hcl/evaluate.h"
#include "config/hcl/parser.h"

namespace {

using namespace claw::config;

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
  for (const Block& inner : block.blocks) check(inner, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Sources sources;
  Diagnostics diagnostics;
  const FileId file = sources.add("fuzz.hcl", std::string(reinterpret_cast<const char*>(bytes), size));
  check(read_hcl(sources, file, diagnostics), size);
  for (const Diagnostic& each : diagnostics.all()) check(each.range, size);
  if (check_text(sources, file, diagnostics)) {
    const Scope nothing;
    HclParser expression(sources, file, Reading::plain, diagnostics);
    evaluate(*expression.parse_whole_expression(), nothing, diagnostics);
    HclParser text(sources, file, Reading::bare_template, diagnostics);
    evaluate(*text.parse_whole_template(), nothing, diagnostics);
  }
  diagnostics.format(sources);
  return 0;
}
