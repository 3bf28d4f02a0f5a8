#include "anomaly/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "anomaly/agent.h"
#include "base/text.h"

namespace claw::anomaly {

namespace {

constexpr std::int64_t minute_us = 60LL * 1'000'000;
constexpr std::int64_t hour_us = 60 * minute_us;
constexpr std::int64_t day_us = 24 * hour_us;

// A person reads one, looks, and sees the rest beside it.
constexpr std::int64_t again_us = 15 * minute_us;
constexpr std::int64_t new_again_us = hour_us;  // A deploy goes on bringing names for a while.

// Who has done less than this has no history to be compared with, however long ago it began.
constexpr std::int64_t actions_min = 50;
constexpr double windows_min = 8;

struct Terms {
  RateTerms short_actions, long_actions, rows, destructive;
  std::size_t probing_texts;
};

// By sensitivity: deviations, and how far beyond the most there ever was.
Terms terms_of(Sensitivity sensitivity) {
  const double deviations = sensitivity == Sensitivity::low    ? 8
                            : sensitivity == Sensitivity::high ? 4
                                                               : 6;
  const double peaks = sensitivity == Sensitivity::low    ? 2.5
                       : sensitivity == Sensitivity::high ? 1.25
                                                          : 1.6;
  const std::size_t texts = sensitivity == Sensitivity::low    ? 16
                            : sensitivity == Sensitivity::high ? 6
                                                               : 10;
  return {{5 * minute_us, 40, deviations, peaks},
          {hour_us, 100, deviations, peaks},
          {hour_us, 10'000, deviations, 2 * peaks},
          {hour_us, 6, deviations, peaks},
          texts};
}

std::string age_of(std::int64_t us) {
  if (us >= 2 * day_us) return fmt::format("{} days", us / day_us);
  return fmt::format("{} hours", us / hour_us);
}

// `1.5`, `20`, `12,345` would be read as prose; digits alone are enough.
std::string figure(double value) {
  return value < 10 && value != std::floor(value) ? fmt::format("{:.1f}", value)
                                                  : fmt::format("{:.0f}", value);
}

Finding finding_of(Kind kind, const Seen& seen, std::string subject) {
  Finding finding;
  finding.kind = kind;
  finding.seq = seen.seq;
  finding.time_us = seen.time_us;
  finding.agent = seen.agent;
  finding.session = seen.session;
  finding.endpoint = seen.endpoint;
  finding.subject = std::move(subject);
  return finding;
}

void tell(Finding finding, const Excess& excess, std::string_view what, std::string_view time,
          std::vector<Finding>& found) {
  finding.number = static_cast<std::int64_t>(excess.count);
  finding.baseline = excess.mean;
  finding.sentence = fmt::format("{} {} {}; at this hour {} are usual, and there were never more than {}",
                                 figure(excess.count), what, time, figure(excess.mean), figure(excess.peak));
  found.push_back(std::move(finding));
}

// Of one kind only the first is told for a while; what is too much is learned all the same.
template <class Told>
void keep_news(Told& told_us, std::vector<Finding>& found) {
  std::erase_if(found, [&](const Finding& each) {
    std::int64_t& last_us = told_us[static_cast<std::size_t>(each.kind)];
    const bool is_old =
        last_us != 0 && each.time_us - last_us < (each.kind <= Kind::new_host ? new_again_us : again_us);
    if (!is_old) last_us = each.time_us;
    return is_old;
  });
}

}  // namespace

Detector::Detector(Settings settings) : settings_(settings) {}
Detector::~Detector() = default;

void Detector::use(Settings settings) { settings_ = settings; }

Detector::Agent& Detector::agent(const std::string& name, std::int64_t time_us) {
  std::unique_ptr<Agent>& found = agents_[name];
  if (found == nullptr) {
    found = std::make_unique<Agent>();
    found->since_us = time_us;
    found->last_us = time_us;
    if (agents_.size() > agents_max) {
      const auto older = [](const auto& a, const auto& b) { return a.second->last_us < b.second->last_us; };
      const auto oldest = std::ranges::min_element(agents_, older);
      if (oldest->second != found) agents_.erase(oldest);
    }
  }
  found->last_us = std::max(found->last_us, time_us);
  return *found;
}

bool Detector::is_known(const Agent& agent, std::int64_t time_us) const {
  return time_us - agent.since_us >= settings_.learn_us && agent.actions >= actions_min;
}

bool Detector::is_learning(const std::string& name, std::int64_t time_us) const {
  const auto found = agents_.find(name);
  return found == agents_.end() || !is_known(*found->second, time_us);
}

std::vector<Finding> Detector::judged(const Seen& seen) {
  Agent& agent = this->agent(seen.agent, seen.time_us);
  Seen ordered = seen;
  ordered.time_us = agent.last_us;  // A clock that was set back makes no window open again.
  std::vector<Finding> found;
  names(agent, ordered, found);
  rates(agent, ordered, found);
  if (!seen.allowed) denials(agent, ordered, found);
  ++agent.actions;
  keep_news(agent.told_us, found);
  return found;
}

// What is new about the place says more than what is new in it: an endpoint's first table is no news.
void Detector::names(Agent& agent, const Seen& seen, std::vector<Finding>& found) const {
  const bool counts = seen.time_us - agent.since_us >= settings_.learn_us / 2;
  const bool is_known = this->is_known(agent, seen.time_us);
  bool is_told = false;
  const auto use = [&](Kind kind, const std::string& name, std::string subject, std::string_view words) {
    const std::optional<Novelty> news =
        agent.names[static_cast<std::size_t>(kind)].use(name, seen.time_us, counts);
    if (!news || !is_known || is_told) return;
    is_told = true;
    Finding finding = finding_of(kind, seen, std::move(subject));
    finding.number = 1;
    finding.baseline = news->expected;
    finding.sentence = fmt::format("{} for the first time in {} and {} actions", words,
                                   age_of(seen.time_us - agent.since_us), agent.actions);
    found.push_back(std::move(finding));
  };
  use(Kind::new_endpoint, seen.endpoint, seen.endpoint, fmt::format("used {}", quoted(seen.endpoint)));
  if (!seen.host.empty()) {
    use(Kind::new_host, seen.host, seen.host, fmt::format("asked the host {}", quoted(seen.host)));
  }
  for (const std::string& object : seen.objects) {
    use(Kind::new_object, seen.endpoint + " " + object, object,
        fmt::format("named {} of {}", quoted(object), quoted(seen.endpoint)));
  }
  for (const std::string& verb : seen.verbs) {
    use(Kind::new_verb, seen.endpoint + " " + verb, verb,
        fmt::format("did {} on {}", quoted(verb), quoted(seen.endpoint)));
  }
}

void Detector::rates(Agent& agent, const Seen& seen, std::vector<Finding>& found) const {
  const Terms terms = terms_of(settings_.sensitivity);
  const bool is_known = this->is_known(agent, seen.time_us);
  const auto soon = agent.short_actions.add(1, seen.time_us, terms.short_actions);
  const auto later = agent.long_actions.add(1, seen.time_us, terms.long_actions);
  const bool has_past = is_known && agent.short_actions.windows() >= windows_min;
  if (soon && has_past) {
    tell(finding_of(Kind::rate, seen, "actions"), *soon, "actions", "in five minutes", found);
  } else if (later && has_past) {
    tell(finding_of(Kind::rate, seen, "actions"), *later, "actions", "within an hour", found);
  }
  // These are few, and who has no past has had none.
  if (!seen.destructive || !seen.allowed) return;
  if (const auto excess = agent.destructive.add(1, seen.time_us, terms.destructive)) {
    tell(finding_of(Kind::destructive, seen, ""), *excess, "destructive actions", "within an hour", found);
  }
}

void Detector::denials(Agent& agent, const Seen& seen, std::vector<Finding>& found) const {
  const Terms terms = terms_of(settings_.sensitivity);
  const auto excess = agent.denials.add(seen.rule, seen.text, seen.time_us, terms.probing_texts);
  if (!excess) return;
  Finding finding = finding_of(Kind::denials, seen, seen.rule);
  finding.number = static_cast<std::int64_t>(excess->texts);
  finding.baseline = excess->peak;
  const std::string by = seen.rule.empty() ? "because no rule allows them" : "by rule " + quoted(seen.rule);
  finding.sentence =
      fmt::format("{} different actions refused {} within ten minutes; there were never more than {} before",
                  excess->texts, by, figure(excess->peak));
  found.push_back(std::move(finding));
}

std::vector<Finding> Detector::moved(const Moved& moved) {
  std::vector<Finding> found;
  const auto at = agents_.find(moved.agent);
  if (at == agents_.end() || moved.rows <= 0) return found;
  Agent& agent = *at->second;
  agent.last_us = std::max(agent.last_us, moved.time_us);
  const auto excess = agent.rows.add(static_cast<double>(moved.rows), agent.last_us,
                                     terms_of(settings_.sensitivity).rows);
  if (!excess || !is_known(agent, agent.last_us) || agent.rows.windows() < windows_min) return found;
  Seen seen;
  seen.seq = moved.seq;
  seen.time_us = agent.last_us;
  seen.agent = moved.agent;
  seen.session = moved.session;
  seen.endpoint = moved.endpoint;
  tell(finding_of(Kind::rate, seen, "rows"), *excess, "rows", "within an hour", found);
  keep_news(agent.told_us, found);
  return found;
}

}  // namespace claw::anomaly
