#include "anomaly/rate.h"

#include <algorithm>
#include <cmath>

namespace claw::anomaly {

namespace {

constexpr std::int64_t hour_us = 3600LL * 1'000'000;
constexpr std::int64_t day_us = 24 * hour_us;
constexpr double half_life_days = 7;        // Of what is usual: two quiet weeks and it is forgotten.
constexpr double peak_half_life_days = 14;  // Of the most there was.
constexpr std::int64_t gap_us_max = 28 * day_us;  // Of longer silence nothing is left to decay.

std::size_t hour_of(std::int64_t time_us) { return static_cast<std::size_t>(time_us / hour_us % 24); }

std::vector<double> numbers_in(const json::Value& saved, std::string_view name) {
  std::vector<double> numbers;
  const json::Value* found = saved.find(name);
  if (found == nullptr || found->array() == nullptr) return numbers;
  for (const json::Value& each : *found->array()) {
    const json::Number* number = each.number();
    const double value = number == nullptr ? 0 : number->as_double();
    numbers.push_back(std::isfinite(value) && value > 0 ? value : 0);
  }
  return numbers;
}

}  // namespace

// The hours beside count too: nobody begins on the stroke.
Rate::Hour Rate::usual() const {
  const std::size_t now = hour_of(window_);
  Hour usual;
  for (const std::size_t at : {(now + 23) % 24, now, (now + 1) % 24}) {
    usual.mean = std::max(usual.mean, hours_[at].mean);
    usual.variance = std::max(usual.variance, hours_[at].variance);
  }
  return usual;
}

double Rate::limit(const RateTerms& terms) const {
  const Hour hour = usual();
  const double spread = std::sqrt(std::max({hour.variance, hour.mean, 1.0}));
  return std::max({terms.least, hour.mean + terms.deviations * spread, terms.peaks * peak_});
}

// What was far too much is learned as if it had been just too much: an attack does not teach its own size.
void Rate::close(const RateTerms& terms) {
  const double count = std::min(count_, limit(terms));
  Hour& hour = hours_[hour_of(window_)];
  const double windows_of_hour =
      std::max(1.0, static_cast<double>(hour_us) / static_cast<double>(terms.window_us));
  const double slowest = 1 - std::exp2(-1 / (half_life_days * windows_of_hour));
  const double share = std::max(1 / (hour.weight + 1), slowest);
  const double off = count - hour.mean;
  hour.mean += share * off;
  hour.variance = (1 - share) * (hour.variance + share * off * off);
  hour.weight += 1;
  const double days = static_cast<double>(terms.window_us) / static_cast<double>(day_us);
  peak_ = std::max(count, peak_ * std::exp2(-days / peak_half_life_days));
  windows_ += count_ > 0 ? 1 : 0;
  count_ = 0;
  told_ = false;
}

void Rate::pass(std::int64_t until_us, const RateTerms& terms) {
  const std::int64_t window = until_us - until_us % terms.window_us;
  if (window_ == 0) window_ = window;
  if (window - window_ > gap_us_max) {
    close(terms);
    window_ = window - gap_us_max;
  }
  while (window_ < window) {
    close(terms);
    window_ += terms.window_us;
  }
}

std::optional<Excess> Rate::add(double amount, std::int64_t time_us, const RateTerms& terms) {
  pass(time_us, terms);
  count_ += amount;
  if (told_ || count_ <= limit(terms)) return std::nullopt;
  told_ = true;
  return Excess{count_, usual().mean, peak_};
}

void Rate::save(json::Writer& out) const {
  const auto list = [&](std::string_view name, double Hour::* member) {
    out.key(name);
    out.begin_array();
    for (const Hour& hour : hours_) out.real(hour.*member);
    out.end_array();
  };
  out.begin_object();
  list("mean", &Hour::mean);
  list("variance", &Hour::variance);
  list("weight", &Hour::weight);
  out.member("window", window_);
  out.key("rest");
  out.begin_array();
  for (const double each : {count_, peak_, windows_}) out.real(each);
  out.end_array();
  out.member("told", told_);
  out.end_object();
}

Rate Rate::restore(const json::Value& saved) {
  Rate rate;
  const auto list = [&](std::string_view name, double Hour::* member) {
    const std::vector<double> numbers = numbers_in(saved, name);
    for (std::size_t at = 0; at < std::min(numbers.size(), rate.hours_.size()); ++at) {
      rate.hours_[at].*member = numbers[at];
    }
  };
  list("mean", &Hour::mean);
  list("variance", &Hour::variance);
  list("weight", &Hour::weight);
  rate.window_ = std::max<std::int64_t>(0, saved.int_or("window", 0));
  const std::vector<double> rest = numbers_in(saved, "rest");
  if (rest.size() == 3) {
    rate.count_ = rest[0];
    rate.peak_ = rest[1];
    rate.windows_ = rest[2];
  }
  rate.told_ = saved.bool_or("told", false);
  return rate;
}

}  // namespace claw::anomaly
