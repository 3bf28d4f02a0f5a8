// What a rule may say without writing CEL: `patterns` and `argument` become conditions. The result remembers
// which part of it came from where in the file, so that a mistake the expression checker finds is shown
// where the person wrote it.
#pragma once

#include <string>
#include <vector>

#include "action/schema.h"
#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

// Bytes [begin, end) of a condition.
struct Segment {
  std::size_t begin = 0;
  std::size_t end = 0;
  const Node* node = nullptr;  // Where it was written.
  bool verbatim = false;       // The node's text as it stands; otherwise made from it.
};

struct Condition {
  std::string text;
  std::vector<Segment> segments;
};

// All that has to be true for `rule` (a block of that type) to decide.
Condition condition_of(const Block& rule, action::Family family, Diagnostics& diagnostics);

// The part of the file that bytes [offset, offset + length) of a condition stand for.
Range range_of(const std::vector<Segment>& segments, std::size_t offset, std::size_t length,
               const Range& otherwise);

}  // namespace claw::config
