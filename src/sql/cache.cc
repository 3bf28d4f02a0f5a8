#include "sql/cache.h"

namespace claw::sql {
namespace {

constexpr std::size_t entries_max = 1024;           // More distinct texts than any driver keeps prepared.
constexpr std::size_t bytes_max = 4 * 1024 * 1024;  // Of text, for each owner; the facts are of that order.
constexpr std::size_t kept_bytes_max = 16 * 1024;   // Long texts are mostly data and do not come again.

}  // namespace

std::shared_ptr<const Facts> Cache::read(std::string_view text) {
  if (const auto found = index_.find(text); found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->facts;
  }
  auto facts = std::make_shared<const Facts>(reader_(text));
  if (text.size() > kept_bytes_max) return facts;
  make_room(text.size());
  entries_.push_front({std::string(text), facts});
  index_.emplace(entries_.front().text, entries_.begin());
  bytes_ += text.size();
  return facts;
}

void Cache::make_room(std::size_t bytes) {
  while (!entries_.empty() && (entries_.size() >= entries_max || bytes_ + bytes > bytes_max)) {
    index_.erase(entries_.back().text);
    bytes_ -= entries_.back().text.size();
    entries_.pop_back();
  }
}

}  // namespace claw::sql
