#include "admin/routes/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "admin/routes/entry.h"
#include "admin/routes/status.h"
#include "audit/query.h"
#include "base/log.h"
#include "base/text.h"

namespace claw::admin {

namespace {

constexpr std::uint32_t look_ms = 100;
constexpr std::int64_t status_every_us = 1'000'000;
constexpr std::int64_t ping_every_us = 15'000'000;
constexpr std::int64_t kept_us = 60'000'000;  // The tail is followed so long for those who come back.
constexpr std::size_t lately_max = 5000;
constexpr std::size_t lately_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t records_max = 5000;     // A look; more wait for the next.
constexpr std::size_t take_bytes = 64 * 1024;
constexpr std::size_t awaited_max = 10'000;

std::string event_of(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

}  // namespace

class Live::Reader final : public Flow {
 public:
  Reader(Who who, audit::Filter filter) : who_(std::move(who)), filter_(std::move(filter)) {}

  bool take(std::string& out) override {
    while (!events_.empty() && out.size() < take_bytes) {
      bytes_ -= events_.front()->size();
      out += *events_.front();
      events_.pop_front();
    }
    if (events_.empty() && lost_ > 0) {
      out += event_of("lost", fmt::format("{{\"count\":{}}}", lost_));
      lost_ = 0;
    }
    return !ended_ || !events_.empty();
  }

  void on_more(std::function<void()> wake) override { wake_ = std::move(wake); }

  bool wants(const Told& told) {
    const auto fits = [](const std::string& wanted, const std::string& is) {
      return wanted.empty() || wanted == is;
    };
    const bool is_filtered = !filter_.agent.empty() || !filter_.endpoint.empty() || !filter_.verdict.empty();
    if (!is_filtered) return true;
    if (told.kind == "ended") return awaited_.erase(told.action) > 0;  // It does not name its agent.
    const bool wanted = fits(filter_.agent, told.agent) && fits(filter_.endpoint, told.endpoint) &&
                        fits(filter_.verdict, told.verdict);
    if (wanted && told.kind == "judged" && awaited_.size() < awaited_max) awaited_.insert(told.action);
    return wanted;
  }

  // Events behind a gap are not told before the gap is.
  void tell(std::shared_ptr<const std::string> event) {
    if (ended_) return;
    if (lost_ > 0 || bytes_ + event->size() > reader_bytes_max) {
      ++lost_;
      return;
    }
    bytes_ += event->size();
    events_.push_back(std::move(event));
    has_news_ = true;
  }
  void tell(std::string event) { tell(std::make_shared<const std::string>(std::move(event))); }
  void lose(std::uint64_t count) { lost_ += count; }

  void wake() {
    if (std::exchange(has_news_, false) && wake_) wake_();
  }
  void end() {
    ended_ = has_news_ = true;
    wake();
  }

  const Who& who() const { return who_; }
  void see(Who who) { who_ = std::move(who); }
  std::int64_t pinged_us = 0;

 private:
  Who who_;
  audit::Filter filter_;
  std::unordered_set<std::string> awaited_;
  std::deque<std::shared_ptr<const std::string>> events_;
  std::function<void()> wake_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  bool has_news_ = false;
  bool ended_ = false;
};

Live::Live(io::Loop& loop, Sources& sources, SeeAgain see_again)
    : loop_(loop), sources_(sources), see_again_(std::move(see_again)) {}

Live::~Live() {
  if (timer_ != 0) loop_.cancel(timer_);
}

void Live::events(const Call& call, const Reply& reply) {
  std::erase_if(readers_, [](const auto& each) { return each.expired(); });
  const auto own = std::ranges::count_if(readers_, [&](const auto& each) {
    const auto reader = each.lock();
    return reader != nullptr && reader->who().person == call.who.person;
  });
  if (readers_.size() >= readers_max || static_cast<std::size_t>(own) >= readers_of_one_max) {
    return reply(problem(429, "limit", "too many listen already", 5));
  }
  audit::Filter filter;
  filter.agent = call.ask("agent");
  filter.endpoint = call.ask("endpoint");
  filter.verdict = call.ask("verdict");
  const std::string last_text(call.head.fields.find("last-event-id").value_or(""));
  std::uint64_t last = 0;
  std::from_chars(last_text.data(), last_text.data() + last_text.size(), last);

  const auto reader = std::make_shared<Reader>(call.who, std::move(filter));
  reader->pinged_us = loop_.clock().monotonic_us();
  std::string status;
  json::Writer out(status);
  append_status(out, sources_, call.who);
  reader->tell("retry: 2000\n" + event_of("status", status));
  wake();
  look_at_journal();  // What was before is for who listened before.
  // What came since the reader went away, as far as it is still known.
  if (last != 0 && tail_) {
    const std::uint64_t first = lately_.empty() ? tail_->last_seq() + 1 : lately_.front().seq;
    if (last + 1 < first) reader->lose(first - last - 1);
    for (const Told& told : lately_) {
      if (told.seq > last && reader->wants(told)) reader->tell(told.event);
    }
  }
  readers_.push_back(reader);
  Answer answer;
  answer.fields.add("Content-Type", "text/event-stream");
  answer.fields.add("Cache-Control", "no-store");
  answer.fields.add("X-Accel-Buffering", "no");
  answer.flow = reader;
  reply(std::move(answer));
}

void Live::wait(const Call& call, Reply reply) {
  const auto seconds = call.number("wait", 0, wait_s_max);
  if (!seconds) return reply(problem(seconds.error()));
  const auto entry = sources_.questions.show(call.param("id"));
  if (!entry) return reply(problem(404, "not_found", "no such approval: " + quoted(call.param("id"))));
  if (*seconds == 0 || entry->state != approval::State::open) {
    return reply(json_answer(entry_text(*entry, sources_, call.who)));
  }
  if (waiters_.size() >= waiters_max) return reply(problem(429, "limit", "too many wait already", 5));
  waiters_.push_back({call.param("id"), call.who, loop_.clock().monotonic_us() + *seconds * 1'000'000,
                      std::move(reply)});
  wake();
}

// Somebody listens: from now on is looked.
void Live::wake() {
  needed_us_ = loop_.clock().monotonic_us();
  if (!tail_) {
    if (auto tail = store::JournalTail::at_end(sources_.state_folder + "/journal")) tail_ = std::move(*tail);
  }
  if (!knows_questions_) look_at_questions();  // What there is now is no news; what comes from now on is.
  if (timer_ == 0) timer_ = loop_.after_ms(look_ms, [this] { look(); });
}

void Live::look() {
  timer_ = 0;
  const std::int64_t now_us = loop_.clock().monotonic_us();
  std::erase_if(readers_, [](const auto& each) { return each.expired(); });
  if (!readers_.empty() || !waiters_.empty()) needed_us_ = now_us;
  if (now_us - needed_us_ > kept_us) {  // Nobody came back.
    tail_.reset();
    lately_.clear();
    lately_bytes_ = 0;
    knows_questions_ = false;
    return;
  }
  look_at_journal();
  look_at_questions();
  if (now_us - looked_us_ >= status_every_us) {
    looked_us_ = now_us;
    look_at_status();
    look_at_readers();
  }
  const std::list<std::weak_ptr<Reader>> readers = readers_;
  for (const auto& each : readers) {
    if (const auto reader = each.lock()) reader->wake();
  }
  if (timer_ == 0) timer_ = loop_.after_ms(look_ms, [this] { look(); });
}

void Live::keep(Told told) {
  lately_bytes_ += told.bytes;
  lately_.push_back(std::move(told));
  while (lately_.size() > lately_max || lately_bytes_ > lately_bytes_max) {
    lately_bytes_ -= lately_.front().bytes;
    lately_.pop_front();
  }
}

void Live::look_at_journal() {
  if (!tail_) return;
  std::size_t count = 0;
  const Status caught = tail_->catch_up(
      [&](const audit::Record& record, std::string_view payload) {
        if (record.kind == "checkpoint" || record.kind == "stream") return true;
        Told told;
        told.seq = record.seq;
        told.kind = record.kind;
        told.agent = record.members.text_or("agent", "");
        told.endpoint = record.members.text_or("endpoint", "");
        told.verdict = record.members.text_or("verdict", "");
        told.action = record.members.text_or("action", "");
        told.event = std::make_shared<const std::string>(
            fmt::format("id: {}\nevent: action\ndata: {}\n\n", record.seq, trim(payload)));
        told.bytes = told.event->size();
        for (const auto& each : readers_) {
          const auto reader = each.lock();
          if (reader != nullptr && reader->wants(told)) reader->tell(told.event);
        }
        keep(std::move(told));
        return ++count < records_max;
      },
      [](const store::Skipped& skipped) {
        log::warning("the journal is damaged", {{"where", skipped.text}});
      });
  if (!caught) {
    log::warning("live events pause", {{"why", caught.error().text()}});
    tail_.reset();  // Begun anew when the next one listens.
  }
}

// Only what changed is copied. What there was when somebody began to listen is no news.
void Live::look_at_questions() {
  const std::uint64_t changes = sources_.questions.changes();
  if (knows_questions_ && changes != changes_) {
    for (const approval::Entry& entry : sources_.questions.news(changes_)) tell_of(entry);
  }
  changes_ = changes;
  knows_questions_ = true;
  answer_waiters();
}

void Live::tell_of(const approval::Entry& entry) {
  const auto similar = static_cast<std::int64_t>(sources_.questions.alike(entry.question));
  for (const auto& each : readers_) {
    const auto reader = each.lock();
    if (reader == nullptr) continue;
    std::string text;
    json::Writer out(text);
    append_entry(out, entry, similar, sources_, reader->who());
    reader->tell(event_of("approval", text));
  }
}

void Live::answer_waiters() {
  const std::int64_t now_us = loop_.clock().monotonic_us();
  std::vector<Waiter> done;
  for (std::size_t i = 0; i < waiters_.size();) {
    if (sources_.questions.is_open(waiters_[i].id) && now_us < waiters_[i].until_us) {
      ++i;
      continue;
    }
    done.push_back(std::move(waiters_[i]));
    waiters_[i] = std::move(waiters_.back());
    waiters_.pop_back();
  }
  for (Waiter& waiter : done) {
    const auto entry = sources_.questions.show(waiter.id);
    if (entry) waiter.reply(json_answer(entry_text(*entry, sources_, waiter.who)));
    else waiter.reply(problem(404, "not_found", "it ended, and has been forgotten since"));
  }
}

void Live::look_at_status() {
  std::string common;
  json::Writer out(common);
  append_status(out, sources_, {});
  if (common == status_) return;
  const bool is_first = status_.empty();
  status_ = std::move(common);
  if (is_first) return;
  for (const auto& each : readers_) {
    const auto reader = each.lock();
    if (reader == nullptr) continue;
    std::string text;
    json::Writer own(text);
    append_status(own, sources_, reader->who());
    reader->tell(event_of("status", text));
  }
}

// A session that has ended, or an account that lost its role, listens no longer.
void Live::look_at_readers() {
  const std::int64_t now_us = loop_.clock().monotonic_us();
  const std::list<std::weak_ptr<Reader>> readers = readers_;
  for (const auto& each : readers) {
    const auto reader = each.lock();
    if (reader == nullptr || now_us - reader->pinged_us < ping_every_us) continue;
    reader->pinged_us = now_us;
    auto who = see_again_(reader->who());
    if (!who) {
      reader->end();
      continue;
    }
    reader->see(std::move(*who));
    reader->tell(event_of("ping", "{}"));
  }
}

}  // namespace claw::admin
