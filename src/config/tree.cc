#include "config/tree.h"

#include "base/text.h"

namespace claw::config {

namespace {

const Attribute* find_in(const std::vector<Attribute>& attributes, std::string_view name) {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const Attribute& attribute) { return attribute.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::number: return "a number";
    case Kind::string: return "a string";
    case Kind::list: return "a list";
    case Kind::object: return "an object";
    case Kind::reference: return "a reference";
  }
  return "nothing";
}

std::size_t Node::at(std::size_t offset) const {
  const auto after =
      std::upper_bound(anchors.begin(), anchors.end(), offset,
                       [](std::size_t wanted, const Anchor& anchor) { return wanted < anchor.decoded; });
  if (after == anchors.begin()) return range.begin;
  const Anchor& anchor = *(after - 1);
  return std::min(anchor.source + (offset - anchor.decoded), range.end);
}

Range Node::range_at(std::size_t begin, std::size_t end) const {
  if (anchors.empty()) return range;
  const std::size_t first = at(begin);
  // The last byte is what must be shown; its successor may already stand on the next line of a heredoc.
  const std::size_t last = end > begin ? at(end - 1) + 1 : first;
  return {range.file, first, std::max(first, last)};
}

const Attribute* Node::find(std::string_view name) const { return find_in(members, name); }

std::string Node::dotted() const { return join(parts, "."); }

const Attribute* Block::find(std::string_view name) const { return find_in(attributes, name); }

}  // namespace claw::config
