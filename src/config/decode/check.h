// Holds blocks against the table in kinds.h: unknown names, missing ones, wrong types, values out of range,
// things that are not done yet. What passes can be decoded without looking at types again.
#pragma once

#include <map>
#include <set>

#include "config/kinds/kinds.h"
#include "config/diagnostic.h"
#include "config/tree.h"

namespace claw::config {

class Checker {
 public:
  Checker(Diagnostics& diagnostics, std::int64_t schema_version)
      : diagnostics_(diagnostics), schema_version_(schema_version) {}

  // One file: its attributes and all its blocks. Call for each file, then finish().
  void check(const Block& file) { check_inside(file, document(), seen_); }

  // One warning for each thing that is not done yet, where it is first used.
  void finish();

 private:
  struct Use {
    Range first;
    std::string text;
    std::size_t count = 0;
  };

  using Seen = std::set<const BlockSpec*>;  // Rows that may be used once, and were.

  void check_inside(const Block& block, const BlockSpec& spec, Seen& seen);
  void check_required(const Block& block, const BlockSpec& spec);
  void check_block(const Block& block, const BlockSpec& parent, Seen& seen);
  bool check_labels(const Block& block, const BlockSpec& spec);
  void check_attribute(const Attribute& attribute, const BlockSpec& spec);
  void check_value(const Node& node, const AttributeSpec& spec);
  void check_one(const Node& node, const AttributeSpec& spec);
  void check_choice(const Node& node, const AttributeSpec& spec);
  void check_integer(const Node& node, const AttributeSpec& spec);
  void check_member(const Node& node);
  void unknown_block(const Block& block, const BlockSpec& parent);
  void expect(const Node& node, const AttributeSpec& spec);
  void note(const void* row, const Range& range, std::string text);
  void support(const AttributeSpec& spec, const Attribute& attribute);

  Diagnostics& diagnostics_;
  std::int64_t schema_version_;
  std::map<const void*, Use> uses_;  // By row of the table.
  Seen seen_;                        // Of the top level, in all files together.
};

}  // namespace claw::config
