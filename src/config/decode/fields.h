// The attributes of one block as plain values. parse_* say what is wrong with a value and are what the
// checker uses; Fields is what the decoder uses afterwards: it gives the default for whatever is absent
// or was already refused, and reports nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/model.h"
#include "config/tree.h"

namespace claw::config {

Result<std::int64_t> parse_duration(
    const Node& node);                              // Microseconds; more than nothing. A number is seconds.
Result<std::int64_t> parse_keep(const Node& node);  // Microseconds; 0 is for ever.
Result<std::uint64_t> parse_bytes(const Node& node);

// The elements of a list, or the one value that stands in its place.
std::vector<const Node*> elements(const Node& node);

class Fields {
 public:
  explicit Fields(const Block& block) : block_(block) {}

  const Node* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  Range range(std::string_view name) const;  // Of the value; of the block's head when it is absent.

  std::string text(std::string_view name, std::string_view otherwise = {}) const;
  bool boolean(std::string_view name, bool otherwise) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  std::int64_t duration_us(std::string_view name, std::int64_t otherwise) const;
  std::int64_t keep_us(std::string_view name, std::int64_t otherwise) const;
  std::uint64_t bytes(std::string_view name, std::uint64_t otherwise) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::vector<HostPort> hosts(std::string_view name) const;
  std::vector<HostPort> listen(std::string_view name) const;
  std::vector<const Node*> list(std::string_view name) const;  // Empty when absent.
  const Block* nested(std::string_view type) const;            // The first block of that type, or null.

  const Block& block() const { return block_; }

 private:
  const Block& block_;
};

Range head_of(const Block& block);  // Its type and labels: what a mistake about the whole block points at.

}  // namespace claw::config
