// Remembers what texts were found to do: drivers send the same statement again and again. One owner and
// one thread per Cache; the facts it hands out are immutable and may go anywhere. Texts that are long
// are read but not kept.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sql/facts.h"

namespace claw::sql {

class Cache {
 public:
  using Reader = Facts (*)(std::string_view text);

  explicit Cache(Reader reader) : reader_(reader) {}

  std::shared_ptr<const Facts> read(std::string_view text);

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const Facts> facts;
  };

  void make_room(std::size_t bytes);

  Reader reader_;
  std::list<Entry> entries_;                                                // The most recently used first.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;  // Keys view the entries' texts.
  std::size_t bytes_ = 0;
};

}  // namespace claw::sql
