#include "anomaly/names.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/crypto.h"
#include "base/cursor.h"

namespace claw::anomaly {

namespace {

constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;
constexpr std::int64_t together_us = 3600LL * 1'000'000;  // A deploy brings ten tables, once.
constexpr double half_life_days = 3;
constexpr double seldom = 0.5;      // A day: below that each new name is worth a word.
constexpr double deviations = 3;    // Above it, only days with so many more than usual.

// Not std::hash: what is saved is read by another build.
std::uint64_t hash_of(std::string_view name) {
  const crypto::Digest digest = crypto::sha256(name);
  std::uint64_t hash = 0;
  for (std::size_t at = 0; at < 8; ++at) hash = hash << 8 | static_cast<std::uint8_t>(digest[at]);
  return hash;
}

}  // namespace

bool Names::know(std::uint64_t hash, std::int64_t time_us) {
  const auto [found, is_new] = known_.try_emplace(hash, time_us);
  const bool is_forgotten = !is_new && time_us - found->second > names_us;
  found->second = std::max(found->second, time_us);
  if (known_.size() > names_max) {
    known_.erase(std::ranges::min_element(known_, {}, [](const auto& each) { return each.second; }));
  }
  return !is_new && !is_forgotten;
}

double Names::expected(std::int64_t time_us) const {
  const double days = static_cast<double>(time_us - novel_us_) / static_cast<double>(day_us);
  return novel_ * std::exp2(-days / half_life_days) * std::log(2.0) / half_life_days;
}

std::optional<Novelty> Names::use(std::string_view name, std::int64_t time_us, bool counts) {
  if (know(hash_of(name), time_us) || !counts) return std::nullopt;
  const double usual = expected(time_us);
  const std::int64_t day = time_us - time_us % day_us;
  if (day != day_) today_ = 0;
  day_ = day;
  const bool is_one_more = time_us - novel_us_ < together_us;
  const bool is_seldom = usual < seldom;
  if (!is_one_more) {
    const double days = static_cast<double>(time_us - novel_us_) / static_cast<double>(day_us);
    novel_ = novel_ * std::exp2(-days / half_life_days) + 1;
    novel_us_ = time_us;
    today_ += 1;
  }
  const double most = usual + deviations * std::sqrt(usual);
  if (is_seldom || (today_ > most && today_ - 1 <= most)) return Novelty{usual};
  return std::nullopt;
}

void Names::save(json::Writer& out) const {
  out.begin_object();
  out.key("known");
  out.begin_array();
  for (const auto& [hash, used_us] : known_) {
    out.integer(std::bit_cast<std::int64_t>(hash));
    out.integer(used_us);
  }
  out.end_array();
  out.key("novel");
  out.real(novel_);
  out.member("novel_us", novel_us_);
  out.key("today");
  out.real(today_);
  out.member("day", day_);
  out.end_object();
}

Names Names::restore(const json::Value& saved) {
  Names names;
  const auto integer = [](const json::Value& value) {
    const json::Number* number = value.number();
    return number == nullptr ? 0 : number->as_int64().value_or(0);
  };
  const auto real = [&](std::string_view name) {
    const json::Value* found = saved.find(name);
    const double value =
        found == nullptr || found->number() == nullptr ? 0 : found->number()->as_double();
    return std::isfinite(value) && value > 0 ? value : 0;
  };
  const json::Value* known = saved.find("known");
  if (known != nullptr && known->array() != nullptr) {
    const json::Array& list = *known->array();
    const std::size_t most = std::min(list.size(), 2 * names_max);
    for (std::size_t at = 0; at + 1 < most; at += 2) {
      names.known_.emplace(std::bit_cast<std::uint64_t>(integer(list[at])), integer(list[at + 1]));
    }
  }
  names.novel_ = real("novel");
  names.novel_us_ = saved.int_or("novel_us", 0);
  names.today_ = real("today");
  names.day_ = saved.int_or("day", 0);
  return names;
}

}  // namespace claw::anomaly
