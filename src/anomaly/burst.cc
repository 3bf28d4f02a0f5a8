#include "anomaly/burst.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace claw::anomaly {

namespace {

constexpr double day_us = 24.0 * 3600 * 1e6;
constexpr double half_life_days = 7;
constexpr double beyond_peak = 1.5;

}  // namespace

void Bursts::close(const Burst& burst) {
  const double days = static_cast<double>(burst.since_us - peak_us_) / day_us;
  if (peak_us_ != 0 && days > 0) peak_ *= std::exp2(-days / half_life_days);
  peak_us_ = std::max(peak_us_, burst.since_us);
  peak_ = std::max(peak_, static_cast<double>(burst.texts.size()));
}

// What is over is history, and the next refusal begins another.
void Bursts::forget(std::int64_t now_us) {
  std::erase_if(rules_, [&](const auto& each) {
    const bool is_over = now_us - each.second.since_us >= burst_us;
    if (is_over) close(each.second);
    return is_over;
  });
  if (rules_.size() < burst_rules_max) return;
  const auto oldest =
      std::ranges::min_element(rules_, {}, [](const auto& each) { return each.second.since_us; });
  close(oldest->second);
  rules_.erase(oldest);
}

std::optional<Bursts::Excess> Bursts::add(const std::string& rule, std::string_view text,
                                          std::int64_t time_us, std::size_t least) {
  forget(time_us);
  Burst& burst = rules_[rule];
  if (burst.since_us == 0) burst.since_us = time_us;
  if (burst.texts.size() < burst_texts_max) burst.texts.insert(std::hash<std::string_view>()(text));
  const std::size_t texts = burst.texts.size();
  const double most = std::max(static_cast<double>(least), peak_ * beyond_peak);
  if (burst.told || static_cast<double>(texts) < most) return std::nullopt;
  burst.told = true;
  return Excess{texts, peak_};
}

void Bursts::save(json::Writer& out) const {
  out.begin_object();
  out.key("peak");
  out.real(peak_);
  out.member("peak_us", peak_us_);
  out.end_object();
}

// A burst under way begins anew with the process: it is ten minutes.
Bursts Bursts::restore(const json::Value& saved) {
  Bursts bursts;
  const json::Value* peak = saved.find("peak");
  const double value = peak == nullptr || peak->number() == nullptr ? 0 : peak->number()->as_double();
  bursts.peak_ = std::isfinite(value) && value > 0 ? value : 0;
  bursts.peak_us_ = std::max<std::int64_t>(0, saved.int_or("peak_us", 0));
  return bursts;
}

}  // namespace claw::anomaly
