#include "exporter/line.h"

#include <algorithm>
#include <iterator>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

namespace claw::exporter {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t pause_us_first = second_us;
constexpr std::int64_t pause_us_max = 60 * second_us;  // A sink that is back is seen within a minute.
// Of records nobody wants, before the others have their turn.
constexpr std::size_t passed_max = 20'000;

// A record that is shorter, and too long for a sink, is not the record's fault: the server is set up wrongly.
constexpr std::size_t alone_bytes_max = 16 * 1024;
constexpr std::uint32_t fits_to_grow = 64;

std::string cursor_path(const std::string& folder, const config::Exporter& settings) {
  const std::string what = settings.typed() + "\n" + settings.target();
  constexpr std::size_t digits = 24;
  return folder + "/" + std::string(name_of(settings.kind)) + "-" +
         to_hex(crypto::view(crypto::sha256(what))).substr(0, digits) + ".json";
}

metrics::Labels labels_of(const config::Exporter& settings) { return {{"exporter", settings.typed()}}; }

}  // namespace

Line::Line(Parts parts, const Places& places, metrics::Registry& registry)
    : parts_(std::move(parts)),
      places_(places),
      cursor_file_(cursor_path(places.cursors, parts_.settings)),
      alive_(std::make_shared<bool>(true)),
      sent_total_(registry.counter("claw_export_records_total", "Records that sinks have taken.",
                                   labels_of(parts_.settings))),
      failures_total_(registry.counter("claw_export_failures_total",
                                       "Batches that did not arrive; sent again.",
                                       labels_of(parts_.settings))),
      missed_total_(registry.counter("claw_export_missed_total", "Records gone before they were exported.",
                                     labels_of(parts_.settings))),
      refused_total_(registry.counter("claw_export_refused_total", "Records a sink will never take.",
                                      labels_of(parts_.settings))),
      behind_records_(registry.gauge("claw_export_behind_records", "Records still to be exported.",
                                     labels_of(parts_.settings))),
      behind_seconds_(registry.gauge("claw_export_behind_seconds", "How long the first of them has waited.",
                                     labels_of(parts_.settings))) {
  standing_.name = parts_.settings.typed();
  standing_.target = parts_.settings.target();
  standing_.state = "behind";
}

Line::~Line() {
  *alive_ = false;
  behind_records_.set(0);  // Who is no longer configured is behind nothing.
  behind_seconds_.set(0);
}

bool Line::is_same(const config::Exporter& settings, const vault::Credential& credential,
                   const vault::Credential& certificate) const {
  const auto same = [](const vault::Credential& one, const vault::Credential& other) {
    return one.kind == other.kind && one.user == other.user && one.database == other.database &&
           one.settings == other.settings;
  };
  return settings == parts_.settings && same(credential, parts_.credential) &&
         same(certificate, parts_.certificate);
}

void Line::tick() {
  if (is_sending_ || now_us() < retry_us_) return report();
  if (!follower_) {
    if (const Status started = start(); !started) return fail(started.error());
  }
  if (!is_failed_) {
    if (const Status collected = collect(); !collected) {
      if (collected.error().code != Code::not_found) return fail(collected.error());
      log::error("an exporter begins anew: the journal is not the one it was in",
                 {{"exporter", standing_.name}, {"record", cursor_.seq}});
      const Result<store::Cursor> rewound = follower_->rewound();
      if (!rewound) return fail(rewound.error());
      cursor_ = *rewound;
      follower_.reset();
      if (const Status kept = store::write_cursor(cursor_file_, cursor_); !kept) return fail(kept.error());
      return fail(collected.error());
    }
  }
  report();
  if (is_failed_ || is_due()) send();
}

Status Line::start() {
  CLAW_TRY(std::optional<store::Cursor> found, store::read_cursor(cursor_file_));
  const bool is_new = !found;
  if (is_new) {
    found.emplace();
    if (!parts_.settings.from_start) found->seq = places_.last_seq();
  }
  cursor_ = *found;
  cursor_.target = standing_.name + " " + standing_.target;
  sink_ = make_sink(parts_);
  CLAW_TRY_DONE(sink_->open(cursor_));
  if (is_new) {
    sink_->note(cursor_);
    CLAW_TRY_DONE(store::write_cursor(cursor_file_, cursor_));
  }
  const std::uint64_t next = cursor_.seq + 1;
  follower_.emplace(places_.journal, cursor_, cursor_.awaited == 0 ? next : std::min(cursor_.awaited, next));
  has_read_ = false;
  rest_ = {};
  begin_batch();
  return Done{};
}

void Line::begin_batch() {
  batch_ = {};
  batch_.first = cursor_.seq + 1;
  batch_.last = cursor_.seq;
  passed_ = 0;
  is_failed_ = false;
  if (rest_.records.empty()) return;
  std::vector<Kept> waiting = std::exchange(rest_.records, {});
  batch_since_us_ = now_us() - parts_.settings.batch_every_us;  // It has waited.
  auto next = waiting.begin();
  for (; next != waiting.end() && !is_full(); ++next) add(std::move(*next));
  rest_.records.assign(std::make_move_iterator(next), std::make_move_iterator(waiting.end()));
  if (!rest_.records.empty()) return;
  batch_.last = rest_.last;
  batch_.last_time_us = rest_.last_time_us;
}

void Line::add(Kept kept) {
  batch_.last = kept.record.seq;
  batch_.last_time_us = kept.record.time_us;
  batch_.bytes += kept.payload.size();
  batch_.records.push_back(std::move(kept));
}

// Half of it, until it fits. One that is alone and long is passed over: nothing would ever come after it. A
// server that takes not even short ones is told so, and loses none.
void Line::shrink(const Error& why) {
  fits_ = 0;
  if (batch_.records.size() == 1) {
    if (batch_.bytes < alone_bytes_max) return fail(why);
    log::error("a record is too long for a sink, and is not exported",
               {{"exporter", standing_.name}, {"record", batch_.records.front().record.seq},
                {"bytes", batch_.bytes}});
    miss(1);
    batch_.records.clear();
    return sent(Taken{});
  }
  bytes_max_ = std::max<std::size_t>(batch_.bytes / 2, 1);
  const std::size_t half = batch_.records.size() / 2;
  std::vector<Kept> all = std::move(batch_.records);
  if (rest_.records.empty()) {
    rest_.last = batch_.last;
    rest_.last_time_us = batch_.last_time_us;
  }
  batch_.records.clear();
  batch_.bytes = 0;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(half);
  rest_.records.insert(rest_.records.begin(), std::make_move_iterator(middle),
                       std::make_move_iterator(all.end()));
  for (auto each = all.begin(); each != middle; ++each) add(std::move(*each));
  parts_.loop.post([this, alive = alive_] {
    if (*alive) tick();
  });
}

bool Line::is_wanted(const audit::Record& record) const {
  const auto& kinds = parts_.settings.kinds;
  return kinds.empty() || std::ranges::find(kinds, record.kind) != kinds.end();
}

bool Line::is_full() const {
  const config::Exporter& settings = parts_.settings;
  if (cursor_.sending != 0) return batch_.last >= cursor_.sending;
  const std::size_t bytes_max = bytes_max_ != 0 ? bytes_max_ : settings.batch_bytes;
  return batch_.records.size() >= settings.batch_records || batch_.bytes >= bytes_max ||
         passed_ >= passed_max || !rest_.records.empty();
}

bool Line::is_due() const {
  if (batch_.last == cursor_.seq) return false;
  return is_full() || now_us() - batch_since_us_ >= parts_.settings.batch_every_us;
}

Status Line::collect() {
  if (is_full() || (has_read_ && places_.last_seq() <= batch_.last)) return Done{};
  const std::uint64_t missed = follower_->missed();
  const Status read = follower_->read([this](const audit::Record& record, std::string_view payload) {
    return keep(record, payload);
  });
  if (const std::uint64_t more = follower_->missed() - missed; more != 0) {
    miss(more);
  }
  has_read_ = has_read_ || read.ok();
  return read;
}

void Line::miss(std::uint64_t records) {
  standing_.missed += records;
  missed_total_.add(static_cast<double>(records));
}

bool Line::keep(const audit::Record& record, std::string_view payload) {
  Kept kept{record, std::string(audit::without_padding(payload))};
  if (record.seq <= cursor_.seq) {
    sink_->recall(kept);
    return true;
  }
  if (batch_.last == cursor_.seq) batch_since_us_ = now_us();
  batch_.last = record.seq;
  batch_.last_time_us = record.time_us;
  if (record.kind == "gone") {
    miss(1);  // That there was something is all that can be told of it.
    ++passed_;
  } else if (is_wanted(record)) {
    batch_.bytes += kept.payload.size();
    batch_.records.push_back(std::move(kept));
  } else {
    ++passed_;
  }
  return !is_full();
}

void Line::send() {
  if (sink_->is_named_by_range() && cursor_.sending != batch_.last && !batch_.records.empty()) {
    cursor_.sending = batch_.last;
    if (const Status kept = store::write_cursor(cursor_file_, cursor_); !kept) return fail(kept.error());
  }
  is_sending_ = true;
  if (batch_.records.empty()) return sent(Taken{});
  sink_->send(batch_, [this, alive = alive_](Result<Taken> taken) {
    if (*alive) sent(std::move(taken));
  });
}

void Line::sent(Result<Taken> taken) {
  is_sending_ = false;
  is_failed_ = true;
  if (!taken && taken.error().code == Code::limit) return shrink(taken.error());
  if (!taken) return fail(taken.error());
  const std::size_t count = batch_.records.size();
  if (const Status kept = advance(); !kept) return fail(kept.error());
  if (taken->refused > 0) {
    standing_.refused += taken->refused;
    refused_total_.add(static_cast<double>(taken->refused));
    log::error("a sink refused records for good", {{"exporter", standing_.name},
                                                   {"records", taken->refused},
                                                   {"why", printable(taken->why, 200)}});
  }
  standing_.sent += count;
  sent_total_.add(static_cast<double>(count));
  // What was too much once may have been a few long records, or a server that has been told better since.
  if (bytes_max_ != 0 && ++fits_ == fits_to_grow) {
    fits_ = 0;
    bytes_max_ = bytes_max_ * 2 >= parts_.settings.batch_bytes ? 0 : bytes_max_ * 2;
  }
  recover();
  begin_batch();
  report();
  parts_.loop.post([this, alive = alive_] {  // There may be more.
    if (*alive) tick();
  });
}

Status Line::advance() {
  store::Cursor next = cursor_;
  next.seq = batch_.last;
  next.time_us = batch_.last_time_us;
  next.sending = 0;
  sink_->note(next);
  CLAW_TRY_DONE(store::write_cursor(cursor_file_, next));
  cursor_ = next;
  return Done{};
}

void Line::fail(const Error& why) {
  ++standing_.failures;
  failures_total_.add();
  if (standing_.state != "failing") standing_.since_us = parts_.clock.wall_us();
  if (standing_.state != "failing" || standing_.why != why.text()) {
    log::warning("the record is not exported", {{"exporter", standing_.name}, {"why", why.text()}});
  }
  standing_.state = "failing";
  standing_.why = why.text();
  pause_us_ = std::clamp(pause_us_ * 2, pause_us_first, pause_us_max);
  const std::int64_t asked_us = sink_ == nullptr ? -1 : sink_->retry_after_s() * second_us;
  retry_us_ = now_us() + std::clamp(asked_us, pause_us_, pause_us_max);
  report();
}

void Line::recover() {
  if (standing_.state == "failing") {
    log::info("the record is exported again", {{"exporter", standing_.name}, {"record", cursor_.seq}});
  }
  standing_.state = "behind";
  standing_.why.clear();
  standing_.since_us = 0;
  pause_us_ = 0;
  retry_us_ = 0;
}

void Line::report() {
  const std::uint64_t last = places_.last_seq();
  standing_.seq = cursor_.seq;
  standing_.time_us = cursor_.time_us;
  standing_.behind = last > cursor_.seq ? last - cursor_.seq : 0;
  const bool has_waiting = batch_.last > cursor_.seq;
  const std::int64_t waiting_since_us =
      !batch_.records.empty() ? batch_.records.front().record.time_us : batch_.last_time_us;
  standing_.behind_us =
      has_waiting ? std::max<std::int64_t>(parts_.clock.wall_us() - waiting_since_us, 0) : 0;
  if (standing_.state != "failing") {
    standing_.state = is_full() || standing_.behind > 1000 ? "behind" : "current";
  }
  behind_records_.set(static_cast<double>(standing_.behind));
  behind_seconds_.set(static_cast<double>(standing_.behind_us) / static_cast<double>(second_us));
}

}  // namespace claw::exporter
