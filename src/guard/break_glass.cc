#include "guard/break_glass.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/id.h"
#include "base/log.h"
#include "base/text.h"

namespace claw::guard {
namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::string_view nobody = "gateway";  // Who ends what runs out.

}  // namespace

BreakGlass::BreakGlass(const Clock& clock, audit::Sink& sink, metrics::Registry& registry)
    : clock_(clock), sink_(sink),
      gauge_(registry.gauge("claw_break_glass_active", "profiles for which somebody broke the glass")) {}

Result<std::string> BreakGlass::grant(std::string_view profile, std::string_view person, std::int64_t minutes,
                                      std::string_view reason) {
  if (profile.empty()) return invalid("for which profile?");
  if (person.empty()) return invalid("who breaks the glass?");
  if (trim(reason).empty()) return invalid("a reason is needed: it is what the record will say");
  if (reason.size() > break_glass_reason_bytes_max) {
    return Error{
        Code::limit, fmt::format("a reason of more than {} bytes", break_glass_reason_bytes_max), {}};
  }
  if (minutes < 1 || minutes > break_glass_minutes_max) {
    return invalid(fmt::format("from 1 to {} minutes", break_glass_minutes_max));
  }
  const std::lock_guard lock(mutex_);
  if (grants_.size() >= break_glass_max) return Error{Code::limit, "too many are active already", {}};
  const std::int64_t now_us = clock_.wall_us();
  BrokenGlass told{std::string(make_id(now_us).view()), std::string(profile), std::string(person),
                   std::string(reason), now_us, now_us + minutes * minute_us};
  const std::string detail = fmt::format("profile {} for {} minutes: {}", told.profile, minutes, told.reason);
  const auto written = sink_.append(audit::Admin{told.person, "break_glass_started", told.id, detail});
  if (!written) return written.error();
  CLAW_TRY_DONE(sink_.wait_durable(*written));
  log::warning("the glass is broken",
               {{"profile", told.profile}, {"person", told.person}, {"minutes", minutes}});
  std::string id = told.id;
  grants_.push_back({std::move(told), clock_.monotonic_us() + minutes * minute_us});
  gauge_.set(static_cast<double>(grants_.size()));
  any_ = true;
  return id;
}

void BreakGlass::record(std::string_view person, std::string_view event, const BrokenGlass& which) const {
  const std::string detail = "profile " + which.profile;
  const auto written = sink_.append(audit::Admin{person, event, which.id, detail});
  if (!written) log::error("the end of a broken glass is not recorded", {{"why", written.error().text()}});
  log::warning("the glass is whole again", {{"profile", which.profile}, {"person", person}});
}

Status BreakGlass::end(std::string_view id, std::string_view person) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(grants_, [id](const Grant& each) { return each.told.id == id; });
  if (found == grants_.end()) return Error{Code::not_found, "no such broken glass: it may have ended", {}};
  const Grant ended = std::move(*found);
  grants_.erase(found);
  any_ = !grants_.empty();
  gauge_.set(static_cast<double>(grants_.size()));
  record(person, "break_glass_ended", ended.told);
  return Done{};
}

void BreakGlass::tick() {
  if (!any_) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  std::erase_if(grants_, [&](const Grant& each) {
    if (now_us < each.deadline_us) return false;
    record(nobody, "break_glass_ran_out", each.told);
    return true;
  });
  any_ = !grants_.empty();
  gauge_.set(static_cast<double>(grants_.size()));
}

// Looks at the time itself: what has run out counts no more, whether tick() has come round or not.
std::string BreakGlass::active(std::string_view profile) const {
  if (!any_.load(std::memory_order_relaxed)) return {};
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  for (const Grant& each : grants_) {
    if (each.told.profile == profile && now_us < each.deadline_us) return each.told.id;
  }
  return {};
}

std::vector<BrokenGlass> BreakGlass::list() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  std::vector<BrokenGlass> active;
  for (const Grant& each : grants_) {
    if (now_us < each.deadline_us) active.push_back(each.told);
  }
  return active;
}

}  // namespace claw::guard
