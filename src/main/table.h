// A table for a terminal: columns as wide as what is in them. Used by verbs that list things.
#pragma once

#include <string>
#include <vector>

namespace claw::verbs {

class Table {
 public:
  explicit Table(std::vector<std::string> titles) { rows_.push_back(std::move(titles)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace claw::verbs
