#include "policy/index.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace claw::policy {
namespace {

constexpr std::size_t bits_per_word = 64;
constexpr std::size_t list_per_word =
    4;  // Setting four single bits costs about as much as one word of a mask.

void set(std::span<std::uint64_t> bits, std::uint32_t at) {
  bits[at / bits_per_word] |= std::uint64_t{1} << (at % bits_per_word);
}
void unset(std::span<std::uint64_t> bits, std::uint32_t at) {
  bits[at / bits_per_word] &= ~(std::uint64_t{1} << (at % bits_per_word));
}

}  // namespace

Index::Index(std::size_t rules)
    : words_((rules + bits_per_word - 1) / bits_per_word),
      enabled_(words_),
      credential_(blank()),
      profile_(blank()) {}

Index::Question Index::blank() const {
  return {Bits(words_, std::numeric_limits<std::uint64_t>::max()), {}};
}

void Index::add(std::uint32_t rule, const RuleSource& source,
                const std::vector<cel::Requirement>& requirements) {
  if (source.disabled) return;
  set(enabled_, rule);
  if (!source.credentials.empty()) require(credential_, rule, source.credentials);
  if (!source.profiles.empty()) require(profile_, rule, source.profiles);
  for (const cel::Requirement& requirement : requirements) {
    require(question_for(requirement).question, rule, requirement.any_of);
  }
}

Index::FactQuestion& Index::question_for(const cel::Requirement& requirement) {
  const auto same = [&](const FactQuestion& each) {
    return each.slot == requirement.slot && each.how == requirement.how;
  };
  const auto found = std::find_if(facts_.begin(), facts_.end(), same);
  if (found != facts_.end()) return *found;
  return facts_.emplace_back(FactQuestion{requirement.slot, requirement.how, blank()});
}

// A rule may require two things of one fact (`'a' in x && 'b' in x`); the first is kept, and is enough.
void Index::require(Question& question, std::uint32_t rule, std::span<const std::string> any_of) {
  const std::uint64_t bit = std::uint64_t{1} << (rule % bits_per_word);
  if ((question.indifferent[rule / bits_per_word] & bit) == 0) return;
  unset(question.indifferent, rule);
  for (const std::string& value : any_of) {
    auto at = question.by_value.find(value);
    if (at == question.by_value.end()) {
      at = question.by_value.emplace(values_.emplace_back(value), Rules{}).first;
    }
    at->second.list.push_back(rule);
  }
}

void Index::build() {
  finish(credential_);
  finish(profile_);
  for (FactQuestion& each : facts_) {
    finish(each.question);
    if (each.how != How::begins) continue;
    for (const auto& [value, rules] : each.question.by_value) each.lengths.push_back(value.size());
    std::ranges::sort(each.lengths);
    each.lengths.erase(std::ranges::unique(each.lengths).begin(), each.lengths.end());
  }
}

void Index::finish(Question& question) const {
  for (auto& [value, rules] : question.by_value) {
    if (rules.list.size() <= words_ * list_per_word) continue;
    rules.bits.assign(words_, 0);
    for (const std::uint32_t rule : rules.list) set(rules.bits, rule);
    rules.list.clear();
  }
}

void Index::let_through(const Question& question, std::string_view value,
                        std::span<std::uint64_t> through) const {
  const auto found = question.by_value.find(value);
  if (found == question.by_value.end()) return;
  for (const std::uint32_t rule : found->second.list) set(through, rule);
  for (std::size_t i = 0; i < found->second.bits.size(); ++i) through[i] |= found->second.bits[i];
}

std::span<const std::uint64_t> Index::candidates(const cel::Activation& facts, const Pins& pins,
                                                 cel::Arena& arena) const {
  const std::span<std::uint64_t> left = arena.array<std::uint64_t>(words_);
  const std::span<std::uint64_t> through = arena.array<std::uint64_t>(words_);
  std::copy(enabled_.begin(), enabled_.end(), left.begin());

  const auto keep = [&] {
    for (std::size_t i = 0; i < words_; ++i) left[i] &= through[i];
  };
  const auto pin = [&](const Question& question, std::string_view value) {
    if (question.by_value.empty()) return;
    std::copy(question.indifferent.begin(), question.indifferent.end(), through.begin());
    let_through(question, value, through);
    keep();
  };
  pin(credential_, pins.credential);
  pin(profile_, pins.profile);

  for (const FactQuestion& each : facts_) {
    const cel::Value fact = facts.fact(each.slot);
    if (!fact.is(each.how == How::has ? cel::Kind::list : cel::Kind::string)) continue;
    std::copy(each.question.indifferent.begin(), each.question.indifferent.end(), through.begin());
    if (!ask(each, fact, through)) return left;
    keep();
  }
  return left;
}

// False where the fact holds something else than text.
bool Index::ask(const FactQuestion& each, const cel::Value& fact, std::span<std::uint64_t> through) const {
  if (each.how == How::has) {
    for (std::size_t i = 0; i < fact.size(); ++i) {
      const cel::Value element = fact.at(i);
      if (!element.is(cel::Kind::string)) return false;
      let_through(each.question, element.as_text(), through);
    }
    return true;
  }
  const std::string_view text = fact.as_text();
  if (each.how == How::is) let_through(each.question, text, through);
  for (const std::size_t length : each.lengths) {
    if (length > text.size()) break;
    let_through(each.question, text.substr(0, length), through);
  }
  return true;
}

}  // namespace claw::policy
