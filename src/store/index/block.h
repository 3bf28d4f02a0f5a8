// The records that are being taken in: a block of the index while it grows. It knows, for each term, which of
// its records have it, and what an action that has not ended yet will add to its end. The database keeps it
// when it is full; until then a search asks it as it asks the blocks that are kept.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/search/facts.h"
#include "base/crypto.h"
#include "store/index/postings.h"

namespace claw::store {

// Where reading goes on: behind a record of a segment.
struct Position {
  std::uint64_t segment = 0;
  std::size_t offset = 0;
  crypto::Digest hash{};
  std::uint64_t seq = 0;
  bool operator==(const Position&) const = default;
};

// The key of a term: its field, and the value, or of a long one the beginning and a digest.
constexpr std::size_t key_value_bytes_max = 112;
constexpr char word_key = '\xff';
std::string key_of(std::uint8_t field, std::string_view value);
std::string key_of_word(std::string_view word);
std::string behind(std::string key);  // The first key that does not begin so.

class Block final : private audit::FactVisitor {
 public:
  void add(const audit::Record& record, std::size_t offset);
  void begin(const Position& at);  // Empty again; actions that have not ended are remembered.
  void forget();                   // Those too.

  bool full() const { return times_.size() == block_records; }
  std::size_t size() const { return times_.size(); }
  std::uint64_t segment() const { return start_.segment; }
  const Position& start() const { return start_; }
  const std::vector<std::int64_t>& times() const { return times_; }
  const std::vector<std::int64_t>& offsets() const { return offsets_; }
  const std::vector<std::int64_t>& seqs() const { return seqs_; }

  using Places = std::vector<std::uint16_t>;
  using Terms = std::unordered_map<std::string, std::uint32_t>;
  const Terms& terms() const { return terms_; }
  const Places& places(std::uint32_t term) const { return places_[term]; }
  const std::unordered_map<std::uint8_t, std::vector<Numbered>>& numbers() const { return numbers_; }

  // What an ending adds itself to, where its action was not seen by this object.
  bool awaits(const std::string& action) const { return begun_.contains(action); }
  void remember(const audit::Record& judged);

 private:
  void text(std::uint8_t field, std::string_view value) override;
  void number(std::uint8_t field, std::int64_t value) override;
  void word(std::string_view word) override;
  void mark(const std::string& key);
  void inherit(const audit::Record& ended);
  void await(const audit::Record& judged);

  // What an action said of itself: terms of this block, or of one before, by their keys.
  struct Begun {
    std::vector<std::uint32_t> here;
    std::vector<std::string> keys;
    std::vector<std::pair<std::uint8_t, std::int64_t>> numbers;
  };

  Position start_;
  Terms terms_;
  std::vector<Places> places_;
  std::unordered_map<std::uint8_t, std::vector<Numbered>> numbers_;
  std::vector<std::int64_t> times_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::int64_t> seqs_;
  std::unordered_map<std::string, Begun> begun_;
  std::vector<std::uint32_t> said_;  // Of the record that is being added.
  std::string key_;
  bool only_remembers_ = false;
  Begun remembered_;
};

}  // namespace claw::store
