#include "watch/follower.h"

#include <algorithm>

#include "base/log.h"
#include "store/file.h"
#include "store/journal_files.h"

namespace claw::watch {

namespace {

constexpr std::size_t file_bytes_max = 256
                                       << 20;  // Of as many agents as there can be, with all they can have.

anomaly::Settings terms_of(const config::AnomalySettings& settings) {
  using To = anomaly::Sensitivity;
  switch (settings.sensitivity) {
    case config::Sensitivity::low: return {settings.learn_us, To::low};
    case config::Sensitivity::normal: return {settings.learn_us, To::normal};
    case config::Sensitivity::high: break;
  }
  return {settings.learn_us, To::high};
}

std::string account_in(const json::Value& members) {
  return guard::account_of({members.text_or("agent", ""), members.text_or("profile", ""),
                            members.text_or("address", "")});
}

void skip(const store::Skipped& skipped) { log::warning("journal", {{"damage", skipped.text}}); }

}  // namespace

Follower::Follower(Services services)
    : services_(std::move(services)),
      agents_(
          services_.registry.gauge("claw_anomaly_agents", "agents whose history is kept to compare with")),
      lag_(services_.registry.gauge("claw_anomaly_lag_seconds",
                                    "how far behind the journal the search for anomalies is")),
      detector_({}) {
  if (auto end = store::JournalTail::at_end(services_.journal_folder)) start_ = std::move(*end);
  for (const anomaly::Kind kind : anomaly::kinds) {
    services_.registry.counter("claw_anomalies_total", "findings of what is unlike an agent",
                               {{"kind", std::string(name_of(kind))}});
  }
}

void Follower::stop() { stopping_ = true; }

void Follower::use(const config::AnomalySettings& settings) {
  const std::lock_guard lock(mutex_);
  wanted_ = settings;
}

bool Follower::adopt() {
  const std::lock_guard lock(mutex_);
  if (!wanted_) return false;
  settings_ = *wanted_;
  detector_.use(terms_of(settings_));
  was_off_ = was_off_ || !settings_.enabled;
  return settings_.enabled;
}

bool Follower::step() {
  if (stopping_) return false;
  if (!adopt()) {
    tail_.reset();
    return false;
  }
  bool has_more = false;
  const Status done = tail_ ? Status(Done{}) : begin();
  if (done && tail_) has_more = look();
  if (done.ok() == failing_) {
    failing_ = !done.ok();
    if (failing_) log::error("agents are not compared with their past", {{"why", done.error().text()}});
  }
  if (services_.clock.monotonic_us() - saved_us_ >= saved_every_us) save();
  return has_more;
}

bool Follower::look() {
  batch_ = 0;
  const Status read = tail_->catch_up([this](const audit::Record& record, std::string_view) {
    return visit(record);
  }, skip);
  if (!read) log::warning("the journal cannot be followed", {{"why", read.error().text()}});
  const bool has_more = batch_ >= batch_records;
  agents_.set(static_cast<double>(detector_.agents()));
  lag_.set(has_more ? static_cast<double>(services_.clock.wall_us() - seen_us_) * 1e-6 : 0);
  return has_more && !stopping_;
}

bool Follower::visit(const audit::Record& record) {
  for (const anomaly::Finding& finding : found_in(record)) report(finding);
  return ++batch_ < batch_records && !stopping_;
}

Follower::Findings Follower::found_in(const audit::Record& record) {
  seen_ = record.seq;
  seen_us_ = record.time_us;
  if (auto seen = anomaly::seen_in(record)) {
    seen->agent = account_in(record.members);
    endings_.begin(record, *seen);
    return detector_.judged(*seen);
  }
  if (const auto moved = endings_.moved_in(record)) return detector_.moved(*moved);
  return {};
}

// What is written while the rest is read comes after the end that was looked up first.
Status Follower::begin() {
  if (was_off_) start_.reset();
  if (!start_) {
    CLAW_TRY(start_, store::JournalTail::at_end(services_.journal_folder));
  }
  store::JournalTail tail = *start_;
  CLAW_TRY(const auto saved, store::read_file(services_.file, file_bytes_max));
  std::uint64_t through = 0;
  if (saved) {
    const auto restored = detector_.restore(*saved);
    if (restored) through = *restored;
    else log::warning("histories of agents are learned anew", {{"why", restored.error().text()}});
  }
  if (was_off_) {
    seen_ = tail.last_seq();
  } else {
    CLAW_TRY_DONE(catch_up(through, tail.last_seq()));
  }
  if (stopping_) return Done{};
  was_off_ = false;
  start_.reset();
  tail_ = std::move(tail);
  save();
  return Done{};
}

// What was found in these records is on record already, or was lost with the process that would have told it.
Status Follower::catch_up(std::uint64_t through, std::uint64_t until) {
  if (through >= until) return Done{};
  CLAW_TRY(const std::uint64_t last, store::segment_of(services_.journal_folder, until));
  CLAW_TRY(const std::uint64_t holds, store::segment_of(services_.journal_folder, through + 1));
  const std::uint64_t first = last > reread_segments_max ? last - reread_segments_max : 1;
  const bool is_whole = holds >= first;
  std::set<std::pair<std::uint64_t, std::string>> told;
  Findings found;
  const auto visit = [&](const audit::Record& record, std::string_view) {
    if (record.seq > until || stopping_) return false;
    if (record.seq <= through) return true;
    if (record.kind == "anomaly") {
      told.emplace(static_cast<std::uint64_t>(record.members.int_or("record", 0)),
                   record.members.text_or("what", ""));
    }
    for (anomaly::Finding& each : found_in(record)) found.push_back(std::move(each));
    return true;
  };
  CLAW_TRY_DONE(store::each_record(services_.journal_folder, visit, skip, std::max(first, holds)));
  for (const anomaly::Finding& each : found) {
    const bool is_told = told.contains({each.seq, std::string(name_of(each.kind))});
    if (through != 0 && is_whole && !is_told && !stopping_) report(each);
  }
  return Done{};
}

void Follower::report(const anomaly::Finding& finding) {
  const std::string kind(name_of(finding.kind));
  if (std::ranges::find(settings_.quiet, kind) != settings_.quiet.end()) return;
  const std::int64_t age_us = std::max<std::int64_t>(0, services_.clock.wall_us() - finding.time_us);
  services_.guard.unlike().note(finding.agent, kind, services_.clock.monotonic_us() - age_us);
  services_.registry.counter("claw_anomalies_total", "findings of what is unlike an agent", {{"kind", kind}})
      .add();
  const auto written = services_.sink.append(audit::Anomaly{
      kind, finding.agent, finding.session, finding.endpoint, finding.subject, finding.number,
      finding.baseline, finding.sentence, finding.seq});
  if (!written) log::warning("a finding is not on record", {{"agent", finding.agent}, {"kind", kind}});
  log::warning("unlike this agent", {{"agent", finding.agent}, {"kind", kind}, {"what", finding.sentence}});
  if (!settings_.notify.empty() && services_.tell) services_.tell(settings_.notify, finding);
}

void Follower::save() {
  saved_us_ = services_.clock.monotonic_us();
  if (!tail_ || seen_ == saved_) return;
  const Status done = store::replace_file(services_.file, detector_.save(seen_));
  if (done) saved_ = seen_;
  else log::warning("histories of agents are not saved", {{"why", done.error().text()}});
}

}  // namespace claw::watch
