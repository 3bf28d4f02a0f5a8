#include "audit/query.h"

#include <algorithm>

#include "base/text.h"

namespace claw::audit {

namespace {

// Actions allowed and never ended are those of connections that died with their gateway: few. The bound
// only keeps a crafted journal from filling the reader's memory.
constexpr std::size_t begun_max = 1 << 20;

bool in_time(const Filter& filter, const Record& record) {
  return (!filter.since_us || record.time_us >= *filter.since_us) &&
         (!filter.until_us || record.time_us < *filter.until_us);
}

// One mark for each.
std::uint64_t all_of(const std::vector<Term>& terms) {
  return terms.size() >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << terms.size()) - 1;
}

}  // namespace

std::vector<Term> terms_of(const Filter& filter) {
  std::vector<Term> terms = filter.terms;
  const std::pair<std::string_view, const std::string&> members[] = {
      {"kind", filter.kind},       {"action", filter.action},   {"agent.name", filter.agent},
      {"session", filter.session}, {"verdict", filter.verdict}, {"rule", filter.rule},
      {"action.endpoint", filter.endpoint}};
  for (const auto& [name, wanted] : members) {
    if (!wanted.empty()) terms.push_back(equals(name, wanted));
  }
  return terms;
}

bool matches(const Filter& filter, const Record& record) {
  if (!in_time(filter, record)) return false;
  const std::vector<Term> terms = terms_of(filter);
  if (fulfilled(terms, record) != all_of(terms)) return false;
  return filter.text.empty() || has_words(words_of(filter.text), record);
}

Search::Search(Filter filter) : filter_(std::move(filter)) {
  Filter whatever_kind = filter_;
  whatever_kind.kind.clear();
  terms_ = terms_of(whatever_kind);
  all_ = all_of(terms_);
  words_ = words_of(filter_.text);
}

bool Search::matches(const Record& record) {
  std::uint64_t marks = fulfilled(terms_, record);
  bool worded = words_.empty() || has_words(words_, record);
  if (record.kind == "ended") {
    if (auto action = begun_.extract(record.members.text_or("action", ""))) {
      marks |= action.mapped().marks;
      worded = worded || action.mapped().worded;
    }
  } else if (record.kind == "judged" && record.members.text_or("verdict", "") == "allow" &&
             begun_.size() < begun_max) {
    begun_.insert_or_assign(record.members.text_or("action", ""), Begun{marks, worded});
  }
  const bool wanted = filter_.kind.empty() || record.kind == filter_.kind;
  return wanted && fits(marks, worded) && in_time(filter_, record);
}

}  // namespace claw::audit
