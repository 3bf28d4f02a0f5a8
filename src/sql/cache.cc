#include "sql/cache.h"

#include <algorithm>
#include <array>

#include "sql/skeleton.h"

namespace claw::sql {
namespace {

constexpr std::size_t entries_max = 256;            // Of each thread: what fits its cache is what pays.
constexpr std::size_t bytes_max = 4 * 1024 * 1024;  // Of text, for each owner; the facts are of that order.
constexpr std::size_t kept_bytes_max = 16 * 1024;   // Long texts are mostly data and do not come again.

constexpr std::size_t skeletons_max = 256;  // Forms of statements an application makes texts from.

// Only where no number can be a fact: not in SET, FETCH or DECLARE, nor where the session changes.
constexpr std::array<std::string_view, 4> number_free_verbs = {"select", "insert", "update", "delete"};

bool has_number_free_facts(const Facts& facts) {
  return facts.understood && facts.session.empty() && facts.statements.size() == 1 &&
         facts.statements.front().objects.empty() &&  // `16384::regclass`, `nextval(16384)`
         std::ranges::find(number_free_verbs, facts.statements.front().verb) != number_free_verbs.end();
}

}  // namespace

Cache::Found Cache::read_by_skeleton(std::string_view text) {
  auto skeleton = skeleton_of(text);
  if (!skeleton) return {std::make_shared<const Facts>(reader_(text))};
  if (const auto found = skeletons_.find(*skeleton); found != skeletons_.end()) {
    const Form& form = found->second;
    if (form.before + form.after < text.size()) {
      return {form.facts, text.substr(form.before, text.size() - form.before - form.after)};
    }
  }
  auto facts = std::make_shared<const Facts>(reader_(text));
  if (!has_number_free_facts(*facts)) return {facts};
  const std::string& own = facts->statements.front().text;
  const std::size_t before = text.find(own);
  if (before == std::string_view::npos) return {facts};
  if (skeletons_.size() >= skeletons_max) skeletons_.clear();
  skeletons_.insert_or_assign(std::move(*skeleton), Form{facts, before, text.size() - before - own.size()});
  return {facts};
}

Cache::Found Cache::read(std::string_view text) {
  if (const auto found = index_.find(text); found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return {found->second->facts};
  }
  if (text.size() > kept_bytes_max) return {std::make_shared<const Facts>(reader_(text))};
  Found found = read_by_skeleton(text);
  if (found.own) return found;
  make_room(text.size());
  entries_.push_front({std::string(text), found.facts});
  index_.emplace(entries_.front().text, entries_.begin());
  bytes_ += text.size();
  return found;
}

void Cache::make_room(std::size_t bytes) {
  while (!entries_.empty() && (entries_.size() >= entries_max || bytes_ + bytes > bytes_max)) {
    index_.erase(entries_.back().text);
    bytes_ -= entries_.back().text.size();
    entries_.pop_back();
  }
}

}  // namespace claw::sql
