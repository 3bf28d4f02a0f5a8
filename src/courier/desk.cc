#include "courier/desk.h"

#include <algorithm>

namespace claw::courier {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t edit_us_min = 1 * second_us;      // Between two changes of one message.
constexpr std::int64_t retry_us_max = 60 * second_us;
constexpr std::int64_t retry_after_us_max = 300 * second_us;  // A server that wants more is down.
constexpr std::uint32_t last_words_max = 5;              // Tries to say that a question has ended.
constexpr double burst = 10;                             // Messages a quiet channel takes at once.

// Questions that differ in nothing people would decide by at a glance.
std::string kind_of(const approval::Question& question) {
  std::string key;
  for (const std::string* part : {&question.agent, &question.endpoint, &question.rule, &question.summary}) {
    key += std::to_string(part->size()) + ":" + *part;
  }
  return key;
}

bool is_open(const approval::Entry& entry) { return entry.state == approval::State::open; }

// Evidence comes before the question.
bool is_ready(const approval::Entry& entry) { return is_open(entry) && !entry.question.preparing; }

}  // namespace

void Desk::use(Rota rota) {
  rota_ = std::move(rota);
  std::erase_if(boards_, [this](const auto& each) { return !rota_.channels.contains(each.second.channel); });
  std::erase_if(places_, [this](const auto& each) { return !boards_.contains(each.second); });
}

std::vector<Asking> Desk::askings(const std::vector<approval::Entry>& entries) {
  std::vector<Asking> askings;
  for (const approval::Entry& entry : entries) {
    if (!is_ready(entry)) continue;
    Tracked& tracked = tracked_[entry.question.id];
    for (const approval::Approver& approver : entry.question.approvers) {
      if (approver.kind != approval::Approver::Kind::model) continue;
      if (tracked.models.try_emplace(approver.name, false).second) {
        askings.push_back({entry.question.id, approver.name});
      }
    }
  }
  return askings;
}

void Desk::answered(const Asking& asking) {
  const auto found = tracked_.find(asking.question);
  if (found != tracked_.end()) found->second.models[asking.approver] = true;
}

bool Desk::models_are_done(const approval::Entry& entry, const Tracked& tracked) {
  return std::ranges::all_of(entry.question.approvers, [&](const approval::Approver& approver) {
    if (approver.kind != approval::Approver::Kind::model) return true;
    const auto asked = tracked.models.find(approver.name);
    return asked != tracked.models.end() && asked->second;
  });
}

// Puts the question on the board of each of the approver's channels, a new one where there is none alike.
void Desk::tell(const approval::Entry& entry, std::string_view approver, channel::Event first) {
  const auto route = rota_.approvers.find(approver);
  if (route == rota_.approvers.end()) return;
  for (const std::string& channel : route->second.channels) {
    const auto lane = rota_.channels.find(channel);
    if (lane == rota_.channels.end()) continue;
    std::string alike = lane->second.groups ? kind_of(entry.question) : entry.question.id;
    if (first == channel::Event::escalated) alike += " escalated";  // May be the same channel.
    const auto [place, is_new] = places_.try_emplace({channel, alike}, last_ + 1);
    if (is_new) {
      Board& board = boards_[++last_];
      board.channel = channel;
      board.approver = approver;
      board.first = first;
    }
    Board& board = boards_.at(place->second);
    const bool is_there = std::ranges::find(board.questions, entry.question.id) != board.questions.end();
    if (!is_there) board.questions.push_back(entry.question.id);
  }
}

std::vector<Job> Desk::notices(const std::vector<approval::Entry>& entries, std::int64_t now_us) {
  Entries by_id;
  for (const approval::Entry& entry : entries) by_id.emplace(entry.question.id, &entry);
  take_down(by_id);
  for (const approval::Entry& entry : entries) {
    if (!is_ready(entry) || !models_are_done(entry, tracked_[entry.question.id])) continue;
    for (const approval::Approver& approver : entry.question.approvers) {
      tell(entry, approver.name, channel::Event::asked);
    }
    for (const approval::Approver& approver : entry.question.approvers) {
      const bool has_come = std::ranges::find(entry.escalated, approver.name) != entry.escalated.end();
      if (has_come) tell(entry, approver.escalation.to, channel::Event::escalated);
    }
  }
  std::erase_if(tracked_, [&](const auto& each) {
    const auto found = by_id.find(each.first);
    return found == by_id.end() || !is_open(*found->second);
  });
  std::vector<Job> jobs;
  for (auto& [number, board] : boards_) {
    if (auto job = next(number, board, by_id, now_us)) jobs.push_back(std::move(*job));
  }
  std::erase_if(boards_, [&](const auto& each) {
    return is_over(each.second, by_id.contains(each.second.shown));
  });
  std::erase_if(places_, [this](const auto& each) { return !boards_.contains(each.second); });
  return jobs;
}

// A board whose last question has ended says so and is left alone: what comes after is news, not a repeat.
void Desk::take_down(const Entries& entries) {
  const auto has_ended = [&](const std::string& id) {
    const auto found = entries.find(id);
    return found == entries.end() || !is_open(*found->second);
  };
  for (auto& [number, board] : boards_) std::erase_if(board.questions, has_ended);
  std::erase_if(places_, [this](const auto& each) { return boards_.at(each.second).questions.empty(); });
}

// Nothing is open on it, and its end was told, need not be, or could not be.
bool Desk::is_over(const Board& board, bool is_known) const {
  if (board.is_busy || !board.questions.empty()) return false;
  return board.shown.empty() || !is_known || board.has_ended || board.failures >= last_words_max;
}

// What this board would say now, if it may.
std::optional<channel::Event> Desk::due(const Board& board, const Entries& entries,
                                        std::int64_t now_us) const {
  if (board.is_busy || now_us < board.not_before_us) return std::nullopt;
  if (board.questions.empty()) {
    const bool ends = !board.shown.empty() && entries.contains(board.shown) && !board.has_ended;
    return ends ? std::optional(channel::Event::ended) : std::nullopt;
  }
  if (board.shown.empty()) return board.first;
  const bool is_other = board.shown != board.questions.front();
  if (is_other && !rota_.channels.at(board.channel).edits) return channel::Event::asked;
  if (board.remind_at_us > 0 && now_us >= board.remind_at_us) return channel::Event::reminded;
  const std::size_t replies = entries.at(board.questions.front())->replies.size();
  const bool has_changed =
      is_other || board.shown_count != board.questions.size() || board.shown_replies != replies;
  return has_changed ? std::optional(channel::Event::grown) : std::nullopt;
}

std::optional<Job> Desk::next(std::uint64_t number, Board& board, const Entries& entries,
                              std::int64_t now_us) {
  const std::optional<channel::Event> event = due(board, entries, now_us);
  if (!event || !may_send(board.channel, now_us)) return std::nullopt;
  Job job{number, *event, board.channel, board.approver, board.shown, 1, 0, 0, board.receipt};
  if (!board.questions.empty()) job.question = board.questions.front();
  job.count = std::max<std::size_t>(board.questions.size(), 1);
  job.replies = entries.at(job.question)->replies.size();
  const bool is_retry = board.failures > 0 && board.tried == *event;
  if (!is_retry) ++board.number;
  board.tried = *event;
  job.number = board.number;
  board.is_busy = true;
  return job;
}

// A bucket that fills with time.
bool Desk::may_send(const std::string& channel, std::int64_t now_us) {
  const std::uint32_t per_minute = rota_.channels.at(channel).per_minute;
  const auto [found, is_new] = paces_.try_emplace(channel, Pace{burst, now_us, 0});
  Pace& pace = found->second;
  const double minutes = static_cast<double>(now_us - pace.at_us) / (60.0 * second_us);
  pace.tokens = std::min(burst, pace.tokens + minutes * per_minute);
  pace.at_us = now_us;
  if (now_us < pace.closed_until_us || pace.tokens < 1) return false;
  pace.tokens -= 1;
  return true;
}

void Desk::sent(const Job& job, const channel::Receipt& receipt, std::int64_t now_us) {
  const auto found = boards_.find(job.board);
  if (found == boards_.end()) return;
  Board& board = found->second;
  const bool is_message = job.event == channel::Event::asked || job.event == channel::Event::escalated;
  if (is_message && !receipt.empty()) board.receipt = receipt;
  board.is_busy = false;
  board.failures = 0;
  board.not_before_us = now_us + edit_us_min;
  board.has_ended = job.event == channel::Event::ended;
  if (job.event != channel::Event::reminded) {  // A reminder is another message: this one shows what it did.
    board.shown = job.question;
    board.shown_count = job.count;
    board.shown_replies = job.replies;
  }
  if (job.event == channel::Event::grown) return;
  const auto route = rota_.approvers.find(board.approver);
  const std::int64_t every_us = route == rota_.approvers.end() ? 0 : route->second.remind_every_us;
  board.remind_at_us = every_us > 0 ? now_us + every_us : 0;
}

bool Desk::failed(const Job& job, std::int64_t after_us, std::int64_t now_us) {
  const auto found = boards_.find(job.board);
  if (found == boards_.end()) return false;
  Board& board = found->second;
  board.is_busy = false;
  const std::int64_t later_us =
      std::min(second_us << std::min<std::uint32_t>(board.failures, 6), retry_us_max);
  board.not_before_us = now_us + later_us;
  if (after_us > 0) {
    const std::int64_t until_us = now_us + std::min(after_us, retry_after_us_max);
    paces_[board.channel].closed_until_us = until_us;
  }
  return board.failures++ == 0;
}

bool Desk::shows(std::string_view question) const {
  return std::ranges::any_of(boards_, [&](const auto& each) { return each.second.shown == question; });
}

std::size_t Desk::waiting(std::string_view channel) const {
  return static_cast<std::size_t>(std::ranges::count_if(boards_, [&](const auto& each) {
    const Board& board = each.second;
    return board.channel == channel && (board.is_busy || board.failures > 0 || board.shown.empty());
  }));
}

}  // namespace claw::courier
