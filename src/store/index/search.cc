// How a search is answered: newest block first, each by a few lists; only what fits is read from the journal.
#include <limits>
#include <algorithm>

#include "store/index.h"
#include "store/index/database.h"
#include "store/index/looking.h"
#include "store/index/payloads.h"

namespace claw::store {

namespace {

using audit::Compare;
using audit::Term;

static_assert(audit::begin_bytes_max <= key_value_bytes_max);

// The lists of a block, kept or growing.
class Lists {
 public:
  virtual ~Lists() = default;
  virtual void term(std::string_view key, RecordSet& out) = 0;
  virtual void range(std::string_view from, std::string_view behind, RecordSet& out) = 0;
  virtual std::vector<Numbered> numbers(std::uint8_t field, std::int64_t least, std::int64_t most) = 0;
};

void must(const Status& done) {
  if (!done) throw SQLite::Exception(done.error().text());
}

class KeptLists final : public Lists {
 public:
  KeptLists(Index::Database& database, std::int64_t block) : it_(database), block_(block) {}
  void term(std::string_view key, RecordSet& out) override {
    if (const auto list = it_.list(block_, key)) must(decode_places(*list, out));
  }
  void range(std::string_view from, std::string_view behind, RecordSet& out) override {
    it_.each_list(block_, from, behind, [&](std::string_view list) { must(decode_places(list, out)); });
  }
  std::vector<Numbered> numbers(std::uint8_t field, std::int64_t least, std::int64_t most) override {
    const std::string key(1, static_cast<char>(field));
    const auto list = it_.list(block_, key);
    if (!list) return {};
    auto numbers = decode_numbers(*list, least, most);
    if (!numbers) throw SQLite::Exception(numbers.error().text());
    return std::move(*numbers);
  }

 private:
  Index::Database& it_;
  std::int64_t block_;
};

class GrowingLists final : public Lists {
 public:
  explicit GrowingLists(const Block& block) : block_(block) {}
  void term(std::string_view key, RecordSet& out) override {
    const auto found = block_.terms().find(std::string(key));
    if (found != block_.terms().end()) join(found->second, out);
  }
  void range(std::string_view from, std::string_view behind, RecordSet& out) override {
    for (const auto& [key, term] : block_.terms()) {
      if (key >= from && key < behind) join(term, out);
    }
  }
  std::vector<Numbered> numbers(std::uint8_t field, std::int64_t least, std::int64_t most) override {
    std::vector<Numbered> fitting;
    const auto found = block_.numbers().find(field);
    if (found == block_.numbers().end()) return fitting;
    std::ranges::copy_if(found->second, std::back_inserter(fitting), [&](const Numbered& each) {
      return each.value >= least && each.value <= most;
    });
    return fitting;
  }

 private:
  void join(std::uint32_t term, RecordSet& out) const {
    for (const std::uint16_t place : block_.places(term)) out.add(place);
  }
  const Block& block_;
};

// The numbers that fulfil it; of `not_equal`, all of them.
std::pair<std::int64_t, std::int64_t> bounds_of(const Term& term) {
  const std::int64_t number = term.number;
  switch (term.how) {
    case Compare::equal: return {number, number};
    case Compare::not_equal: return {INT64_MIN, INT64_MAX};
    case Compare::less: return {INT64_MIN, number == INT64_MIN ? number : number - 1};
    case Compare::at_most: return {INT64_MIN, number};
    case Compare::greater: return {number == INT64_MAX ? number : number + 1, INT64_MAX};
    case Compare::at_least: return {number, INT64_MAX};
    case Compare::begins: return {1, 0};
  }
  return {1, 0};
}

RecordSet fulfilling(const Term& term, Lists& lists) {
  RecordSet found;
  for (const std::uint8_t field : term.fields) {
    if (audit::fields()[field].shape == audit::Shape::number) {
      const auto [least, most] = bounds_of(term);
      for (const Numbered& each : lists.numbers(field, least, most)) {
        if (term.how != Compare::not_equal || each.value != term.number) found.add(each.place);
      }
      continue;
    }
    const std::string key = key_of(field, term.text);
    if (term.how == Compare::equal) lists.term(key, found);
    else if (term.how == Compare::begins) lists.range(key, behind(key), found);
    else if (term.how == Compare::not_equal) {
      RecordSet there, same;
      const std::string any(1, static_cast<char>(field));
      lists.range(any, behind(any), there);
      lists.term(key, same);
      there.remove(same);
      found.join(there);
    }
  }
  return found;
}

// What is asked, the cheap and telling first: an equality is one list, a beginning may be many.
struct Asked {
  explicit Asked(const audit::Filter& filter) : terms(audit::terms_of(filter)) {
    for (const std::string& word : audit::words_of(filter.text)) words.push_back(key_of_word(word));
  }
  RecordSet in(Lists& lists, std::size_t records) const {
    RecordSet found = RecordSet::first(records);
    for (const Term& term : terms) {
      if (term.how == Compare::equal) found.keep(fulfilling(term, lists));
      if (found.empty()) return found;
    }
    for (const std::string& word : words) {
      RecordSet worded;
      lists.range(word, behind(word), worded);
      found.keep(worded);
      if (found.empty()) return found;
    }
    for (const Term& term : terms) {
      if (term.how != Compare::equal) found.keep(fulfilling(term, lists));
      if (found.empty()) return found;
    }
    return found;
  }
  std::vector<Term> terms;
  std::vector<std::string> words;
};

bool asks_endings(const audit::Filter& filter) {
  return std::ranges::any_of(filter.terms, [](const Term& term) {
    return std::ranges::any_of(term.fields,
                               [](std::uint8_t field) { return audit::fields()[field].of_ending; });
  });
}

// An id begins with its time: what belongs to it is not much older. Clocks are set back by seconds.
constexpr std::int64_t id_slack_us = 3600LL * 1'000'000;
std::int64_t id_time_us(std::string_view id) {
  std::int64_t ms = 0;
  if (id.size() != 36) return 0;
  for (const char c : std::string(id.substr(0, 8)) + std::string(id.substr(9, 4))) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'f')) return 0;
    ms = ms * 16 + (digit ? c - '0' : c - 'a' + 10);
  }
  return ms * 1000 - id_slack_us;
}

}  // namespace

Status Index::search(const audit::Filter& filter, std::size_t count, const Visit& visit,
                     std::uint64_t before) {
  const Looking looking(*database_, patience_ms_);
  if (filter.kind != "judged" || !asks_endings(filter)) return find(filter, count, visit, before);
  // What only its end says of an action is found at its end.
  audit::Filter of_endings = filter;
  of_endings.kind = "ended";
  Payloads payloads(journal_folder_);
  return find(of_endings, count, [&](std::uint64_t seq, std::string_view payload) {
    const auto ended = json::parse(payload);
    const auto place = ended ? place_of(ended->text_or("action", ""), "judged") : std::nullopt;
    const auto judged = place ? payloads.read(place->segment, place->offset, place->seq) : std::nullopt;
    if (judged) visit(seq, *judged);
  }, before);
}

Status Index::find(const audit::Filter& filter, std::size_t count, const Visit& visit,
                   std::uint64_t before) {
  const Asked asked(filter);
  Payloads payloads(journal_folder_);
  std::size_t found = 0;
  // Of one block, those that fit, last first.
  const auto look = [&](const Kept& kept, RecordSet set, const Database::Places& places) {
    for (std::size_t end = places.times.size(); found < count;) {
      const auto at = set.last_before(end);
      if (!at) return;
      end = *at;
      const auto seq = static_cast<std::uint64_t>(places.seqs[*at]);
      const std::int64_t time_us = places.times[*at];
      const bool in_time = (!filter.since_us || time_us >= *filter.since_us) &&
                           (!filter.until_us || time_us < *filter.until_us);
      if (!in_time || (before != 0 && seq >= before)) continue;
      const auto payload = payloads.read(kept.segment, static_cast<std::size_t>(places.offsets[*at]), seq);
      if (!payload) continue;
      visit(seq, *payload);
      ++found;
    }
  };
  return guarded("be searched", [&] {
    const Block& block = database_->block;
    GrowingLists growing(block);
    look({0, block.segment(), 0, 0, 0, 0}, asked.in(growing, block.size()),
         {block.times(), block.offsets(), block.seqs()});
    for (auto kept = database_->blocks.rbegin(); kept != database_->blocks.rend() && found < count; ++kept) {
      const bool is_out = (filter.since_us && kept->until_us < *filter.since_us) ||
                          (filter.until_us && kept->since_us >= *filter.until_us) ||
                          (before != 0 && kept->first >= before);
      if (is_out) continue;
      KeptLists lists(*database_, kept->id);
      const RecordSet set = asked.in(lists, block_records);
      if (!set.empty()) look(*kept, set, database_->places(kept->id));
    }
  });
}

std::optional<Index::Place> Index::place_of(const std::string& action, std::string_view kind) {
  if (action.empty()) return std::nullopt;
  audit::Filter filter;
  filter.action = action;
  filter.kind = kind;
  const Asked asked(filter);
  const std::int64_t since_us = id_time_us(action);
  const Block& block = database_->block;
  GrowingLists growing(block);
  if (const auto at = asked.in(growing, block.size()).last_before(block.size())) {
    return Place{block.segment(), static_cast<std::size_t>(block.offsets()[*at]),
                 static_cast<std::uint64_t>(block.seqs()[*at])};
  }
  // Soon after its beginning, nearly always.
  const auto& blocks = database_->blocks;
  auto kept = std::ranges::find_if(blocks, [&](const Kept& each) { return each.until_us >= since_us; });
  for (; kept != blocks.end(); ++kept) {
    KeptLists lists(*database_, kept->id);
    const auto at = asked.in(lists, block_records).last_before(block_records);
    if (!at) continue;
    const Database::Places places = database_->places(kept->id);
    if (*at >= places.offsets.size()) continue;
    return Place{kept->segment, static_cast<std::size_t>(places.offsets[*at]),
                 static_cast<std::uint64_t>(places.seqs[*at])};
  }
  return std::nullopt;
}

Status Index::of_actions(std::span<const std::string> actions, std::string_view kind, const Visit& visit) {
  const Looking looking(*database_, patience_ms_);
  Payloads payloads(journal_folder_);
  return guarded("be searched", [&] {
    for (const std::string& action : actions) {
      const auto place = place_of(action, kind);
      const auto payload = place ? payloads.read(place->segment, place->offset, place->seq) : std::nullopt;
      if (payload) visit(place->seq, *payload);
    }
  });
}

Status Index::all_of_action(const std::string& action, std::string_view kind, const Visit& visit) {
  audit::Filter filter;
  filter.action = action;
  filter.kind = kind;
  std::vector<std::pair<std::uint64_t, std::string>> found;
  const auto keep = [&](std::uint64_t seq, std::string_view payload) { found.emplace_back(seq, payload); };
  CLAW_TRY_DONE(search(filter, std::numeric_limits<std::size_t>::max(), keep));
  for (auto each = found.rbegin(); each != found.rend(); ++each) visit(each->first, each->second);
  return Done{};
}

Result<std::vector<std::int64_t>> Index::durations(std::int64_t since_us, std::size_t count) {
  const Looking looking(*database_, patience_ms_);
  static const std::uint8_t duration = audit::field_named("duration_us");
  const Term ended = audit::equals("kind", "ended");
  std::vector<std::int64_t> found;
  const auto look = [&](Lists& lists, const std::vector<std::int64_t>& times) {
    const RecordSet ends = fulfilling(ended, lists);
    const std::vector<Numbered> numbers = lists.numbers(duration, 0, INT64_MAX);
    for (auto each = numbers.rbegin(); each != numbers.rend() && found.size() < count; ++each) {
      const bool wanted =
          ends.has(each->place) && each->place < times.size() && times[each->place] >= since_us;
      if (wanted) found.push_back(each->value);
    }
  };
  CLAW_TRY_DONE(guarded("be searched", [&] {
    GrowingLists growing(database_->block);
    look(growing, database_->block.times());
    for (auto kept = database_->blocks.rbegin(); kept != database_->blocks.rend(); ++kept) {
      if (found.size() >= count || kept->until_us < since_us) break;
      KeptLists lists(*database_, kept->id);
      look(lists, database_->places(kept->id).times);
    }
  }));
  return found;
}

}  // namespace claw::store
