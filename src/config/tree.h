// The tree of a configuration file as both readers, HCL and YAML, hand it to the decoder: blocks with labels,
// attributes, and values whose every part knows where it was written. Expressions are already evaluated; what
// is left open is a reference, a dotted name that the decoder resolves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.h"

namespace claw::config {

enum class Kind { null, boolean, number, string, list, object, reference };

std::string_view name_of(Kind kind);  // `a string`, as used in `expected a string, got a list`.

struct Number {
  std::string text;                     // Decimal, as written where it was a literal.
  std::optional<std::int64_t> integer;  // Exact; set when the value is whole and fits (also `5.0`, `1e3`).
  double real = 0;                      // Nearest.
};

// From this offset in the decoded string on, bytes were copied one to one from `source` on.
struct Anchor {
  std::size_t decoded = 0;
  std::size_t source = 0;
};

struct Attribute;

struct Node {
  Kind kind = Kind::null;
  Range range;  // Where it was written, quotes and brackets included.

  bool broken = false;  // Already reported as wrong; nothing more need be said about it.
  bool boolean = false;
  Number number;
  std::string text;               // string: decoded.
  std::vector<Anchor> anchors;    // string: ascending; may be empty, then at() is the start of the range.
  std::vector<Node> items;        // list
  std::vector<Attribute> members; // object: in source order, names unique.
  std::vector<std::string> parts; // reference: `https.github` is {"https", "github"}.

  std::size_t at(std::size_t offset) const;        // string: where its byte `offset` stands in the file.
  Range range_at(std::size_t begin, std::size_t end) const;  // The same for a part of the string.
  const Attribute* find(std::string_view name) const;        // object
  std::string dotted() const;                      // reference: `https.github`
};

struct Attribute {
  std::string name;
  Range name_range;
  Node value;
};

struct Label {
  std::string text;
  Range range;
};

struct Block {
  std::string type;  // Empty for the document itself.
  Range type_range;
  std::vector<Label> labels;
  std::vector<Attribute> attributes;  // Names unique within the block.
  std::vector<Block> blocks;
  Range range;  // From the type to the closing brace.

  const Attribute* find(std::string_view name) const;
};

}  // namespace claw::config
