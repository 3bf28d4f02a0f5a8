#include "store/index/block.h"

#include <algorithm>

namespace claw::store {

namespace {

// Actions under way are hundreds; one that is not remembered is looked up when it ends.
constexpr std::size_t begun_max = 8192;

// An ending has a kind of its own.
bool is_of_record(std::string_view key) {
  static const std::uint8_t kind = audit::field_named("kind");
  return static_cast<std::uint8_t>(key.front()) == kind;
}

}  // namespace

std::string key_of(std::uint8_t field, std::string_view value) {
  std::string key(1, static_cast<char>(field));
  if (value.size() <= key_value_bytes_max) return key.append(value);
  key.append(value.substr(0, key_value_bytes_max));
  key.append(crypto::view(crypto::sha256(value)).substr(0, 16));
  return key;
}

std::string key_of_word(std::string_view word) { return word_key + std::string(word); }

std::string behind(std::string key) {
  while (!key.empty() && key.back() == '\xff') key.pop_back();
  if (!key.empty()) key.back() = static_cast<char>(static_cast<unsigned char>(key.back()) + 1);
  return key;
}

void Block::mark(const std::string& key) {
  if (only_remembers_) {
    if (!is_of_record(key)) remembered_.keys.push_back(key);
    return;
  }
  const auto [found, is_new] = terms_.try_emplace(key, static_cast<std::uint32_t>(places_.size()));
  if (is_new) places_.emplace_back();
  Places& places = places_[found->second];
  const auto place = static_cast<std::uint16_t>(times_.size());
  if (!places.empty() && places.back() == place) return;
  places.push_back(place);
  if (!is_of_record(key)) said_.push_back(found->second);
}

void Block::text(std::uint8_t field, std::string_view value) {
  key_.assign(1, static_cast<char>(field));
  if (value.size() <= key_value_bytes_max) key_.append(value);
  else key_ = key_of(field, value);
  mark(key_);
}

void Block::word(std::string_view word) {
  key_.assign(1, word_key);
  key_.append(word);
  mark(key_);
}

void Block::number(std::uint8_t field, std::int64_t value) {
  if (only_remembers_) remembered_.numbers.emplace_back(field, value);
  else numbers_[field].push_back({static_cast<std::uint16_t>(times_.size()), value});
}

void Block::await(const audit::Record& judged) {
  if (begun_.size() >= begun_max) begun_.erase(begun_.begin());
  begun_.insert_or_assign(judged.members.text_or("action", ""), Begun{std::move(said_), {}, {}});
}

void Block::remember(const audit::Record& judged) {
  only_remembers_ = true;
  remembered_ = {};
  audit::each_fact(judged, *this);
  only_remembers_ = false;
  begun_.insert_or_assign(judged.members.text_or("action", ""), std::move(remembered_));
}

void Block::inherit(const audit::Record& ended) {
  const auto begun = begun_.extract(ended.members.text_or("action", ""));
  if (begun.empty()) return;
  const auto place = static_cast<std::uint16_t>(times_.size());
  for (const std::uint32_t term : begun.mapped().here) {
    Places& places = places_[term];
    if (places.empty() || places.back() != place) places.push_back(place);
  }
  for (const std::string& key : begun.mapped().keys) mark(key);
  for (const auto& [field, value] : begun.mapped().numbers) number(field, value);
}

void Block::add(const audit::Record& record, std::size_t offset) {
  said_.clear();
  audit::each_fact(record, *this);
  if (record.kind == "ended") inherit(record);
  const bool goes_on = record.kind == "judged" && record.members.text_or("verdict", "") == "allow";
  if (goes_on) await(record);
  times_.push_back(record.time_us);
  offsets_.push_back(static_cast<std::int64_t>(offset));
  seqs_.push_back(static_cast<std::int64_t>(record.seq));
}

void Block::begin(const Position& at) {
  std::vector<const std::string*> names(places_.size());
  for (const auto& [key, term] : terms_) names[term] = &key;
  for (auto& [action, begun] : begun_) {
    for (const std::uint32_t term : begun.here) begun.keys.push_back(*names[term]);
    begun.here.clear();
  }
  start_ = at;
  terms_.clear();
  places_.clear();
  numbers_.clear();
  times_.clear();
  offsets_.clear();
  seqs_.clear();
}

void Block::forget() {
  begun_.clear();
  begin({});
}

}  // namespace claw::store
