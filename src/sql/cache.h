// Remembers what texts were found to do: drivers send the same statement again and again. One owner and
// one thread per Cache; the facts it hands out are immutable and may go anywhere. Texts that are long
// are read but not kept. A text that differs from one already read only in its numbers is not read again
// either (skeleton.h), nor kept: it seldom comes twice, and finding its form costs little more.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sql/facts.h"

namespace claw::sql {

class Cache {
 public:
  using Reader = Facts (*)(std::string_view text);

  // Where `own` is set, the facts are those of another text of this form, which has the same but for the
  // numbers in its one statement's text; `own` is what that is here, a view of the text that was asked for.
  struct Found {
    std::shared_ptr<const Facts> facts;
    std::optional<std::string_view> own = {};
  };

  explicit Cache(Reader reader) : reader_(reader) {}

  Found read(std::string_view text);

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const Facts> facts;
  };

  struct Form {  // A statement but for its numbers.
    std::shared_ptr<const Facts> facts;
    std::size_t before = 0;  // Bytes around the statement in its text.
    std::size_t after = 0;
  };

  Found read_by_skeleton(std::string_view text);
  void make_room(std::size_t bytes);

  Reader reader_;
  std::list<Entry> entries_;                                                // The most recently used first.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;  // Keys view the entries' texts.
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Form> skeletons_;
};

}  // namespace claw::sql
