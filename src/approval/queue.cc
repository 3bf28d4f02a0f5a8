#include "approval/queue.h"

#include <algorithm>

#include "approval/answering.h"
#include "base/check.h"
#include "base/text.h"

namespace claw::approval {
namespace {

Error refused(Code code, std::string what) { return {code, std::move(what), {}}; }

std::size_t bytes_of(const Question& question) {
  std::size_t bytes =
      sizeof(Entry) + question.text.size() + question.summary.size() + question.reasoning.size();
  for (const action::Parameter& value : question.parameters) {
    bytes += sizeof(value) + (value ? value->size() : 0);
  }
  for (const action::Stated& each : question.session) {
    for (const std::string& value : each.values) bytes += sizeof(value) + value.size();
  }
  for (const Evidence& each : question.evidence) bytes += sizeof(each) + each.title.size() + each.text.size();
  return bytes;
}

Status check(Reply& reply) {
  reply.person = trim(reply.person);
  if (reply.person.empty()) return refused(Code::invalid, "an answer needs the name of who gives it");
  if (reply.person.size() > person_bytes_max) return refused(Code::limit, "the name is too long");
  if (reply.comment.size() > comment_bytes_max) return refused(Code::limit, "the comment is too long");
  return Done{};
}

Answer answer_of(const Entry& entry) {
  Answer answer{entry.state, {}, {}, entry.question.fingerprint};
  for (const Reply& reply : entry.replies) {
    if (entry.state == State::denied && reply.choice != Choice::deny) continue;
    const std::string who = reply.by_model ? "model " + reply.person : reply.person;
    if (std::ranges::find(answer.people, who) == answer.people.end()) answer.people.push_back(who);
    if (!reply.comment.empty()) answer.comment = reply.comment;
  }
  if (entry.state != State::allowed && entry.state != State::denied) answer.people.clear();
  return answer;
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::open: return "open";
    case State::allowed: return "allowed";
    case State::denied: return "denied";
    case State::expired: return "expired";
    case State::withdrawn: return "withdrawn";
    case State::shutdown: return "shutdown";
  }
  check_failed("every state has a name", __FILE__, __LINE__);
}

std::string_view name_of(Choice choice) {
  switch (choice) {
    case Choice::allow: return "allow";
    case Choice::deny: return "deny";
    case Choice::pass: return "pass";
  }
  check_failed("every choice has a name", __FILE__, __LINE__);
}

std::string_view name_of(Assurance assurance) {
  switch (assurance) {
    case Assurance::none: return "none";
    case Assurance::passkey: return "passkey";
  }
  check_failed("every assurance has a name", __FILE__, __LINE__);
}

std::string_view name_of(Evidence::Kind kind) {
  switch (kind) {
    case Evidence::Kind::text: return "text";
    case Evidence::Kind::table: return "table";
    case Evidence::Kind::diff: return "diff";
    case Evidence::Kind::json: return "json";
    case Evidence::Kind::count: return "count";
  }
  check_failed("every kind of evidence has a name", __FILE__, __LINE__);
}

std::string likeness(const Question& question) {
  std::string key;
  for (const std::string* part : {&question.agent, &question.endpoint, &question.rule, &question.summary}) {
    (key += *part) += '\0';
  }
  return key;
}

Queue::~Queue() { shutdown(0); }

Status Queue::ask(Question question, Callback callback) {
  CLAW_CHECK(callback != nullptr);
  const auto needs_nobody = [](const Approver& approver) { return approver.required == 0; };
  if (question.approvers.empty() ||
      std::any_of(question.approvers.begin(), question.approvers.end(), needs_nobody)) {
    return refused(Code::invalid, "a question that nobody must answer");
  }
  const std::lock_guard lock(mutex_);
  if (closed_) return refused(Code::unavailable, "the gateway is stopping");
  const std::size_t bytes = bytes_of(question);
  if (open_.size() >= open_questions_max || open_bytes_ + bytes > open_bytes_max) {
    return refused(Code::limit, "too many actions are waiting for a person already");
  }
  const auto same_id = [&](const Entry& entry) { return entry.question.id == question.id; };
  if (open_.contains(question.id) || std::any_of(ended_.begin(), ended_.end(), same_id)) {
    return refused(Code::invalid, "this question was asked before");
  }
  std::string id = question.id;
  open_.emplace(std::move(id),
                Open{{std::move(question), State::open, {}, {}, 0, ++changes_}, std::move(callback)});
  open_bytes_ += bytes;
  return Done{};
}

Result<State> Queue::answer(std::string_view id, Reply reply, std::int64_t wall_us) {
  CLAW_TRY_DONE(check(reply));
  reply.at_us = wall_us;
  Ended ended;
  {
    const std::lock_guard lock(mutex_);
    const auto at = open_.find(id);
    if (at == open_.end()) return too_late(id);
    CLAW_TRY(const State state, take(at->second.entry, std::move(reply)));
    note_change(at->second.entry);
    if (state == State::open) return state;
    ended = end(at, state, wall_us);
  }
  ended.tell();
  return ended.answer.state;
}

// Called with the lock.
Error Queue::too_late(std::string_view id) const {
  for (const Entry& entry : ended_) {
    if (entry.question.id != id) continue;
    return refused(Code::invalid, "this question has ended already: " + std::string(name_of(entry.state)));
  }
  return refused(Code::not_found, "no such question: " + quoted(id));
}

// Called with the lock; what it returns is told without.
Queue::Ended Queue::end(OpenMap::iterator at, State state, std::int64_t wall_us) {
  Entry entry = std::move(at->second.entry);
  Ended ended{std::move(at->second.callback), {}};
  open_.erase(at);
  entry.state = state;
  entry.ended_us = wall_us;
  ended.answer = answer_of(entry);
  const std::size_t bytes = bytes_of(entry.question);
  open_bytes_ -= bytes;
  ended_bytes_ += bytes;
  note_change(entry);
  ended_.push_back(std::move(entry));
  while (ended_bytes_ > ended_bytes_max) forget_oldest();
  return ended;
}

void Queue::forget_oldest() {
  ended_bytes_ -= bytes_of(ended_.front().question);
  ended_.pop_front();
}

bool Queue::attach(std::string_view id, std::vector<Evidence> evidence) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(id);
  if (at == open_.end()) return false;
  attach_to(at->second.entry, std::move(evidence));
  return true;
}

// Called with the lock.
void Queue::attach_to(Entry& entry, std::vector<Evidence> evidence) {
  Question& question = entry.question;
  open_bytes_ -= bytes_of(question);
  for (Evidence& each : evidence) {
    if (each.text.size() > evidence_bytes_max) each.text.resize(evidence_bytes_max);
    question.evidence.push_back(std::move(each));
  }
  open_bytes_ += bytes_of(question);
  question.preparing = false;
  note_change(entry);
}

bool Queue::wait_for_retry(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(id);
  if (at == open_.end()) return false;
  at->second.entry.question.waits_for_retry = true;
  note_change(at->second.entry);
  return true;
}

// Called with the lock.
void Queue::escalate(Entry& entry, std::int64_t monotonic_us) {
  const Question& question = entry.question;
  if (question.preparing && monotonic_us >= question.asked_monotonic_us + preparing_us_max) {
    attach_to(entry, {{"preview", Evidence::Kind::text, "it was not found out in time", true}});
  }
  for (const Approver& approver : question.approvers) {
    const Escalation& escalation = approver.escalation;
    if (escalation.after_us == 0 || monotonic_us < question.asked_monotonic_us + escalation.after_us) {
      continue;
    }
    if (std::ranges::find(entry.escalated, approver.name) != entry.escalated.end()) continue;
    entry.escalated.push_back(approver.name);
    note_change(entry);
  }
}

bool Queue::withdraw(std::string_view id, std::int64_t wall_us) {
  Ended ended;
  {
    const std::lock_guard lock(mutex_);
    const auto at = open_.find(id);
    if (at == open_.end()) return false;
    ended = end(at, State::withdrawn, wall_us);
  }
  ended.tell();
  return true;
}

std::size_t Queue::expire(std::int64_t monotonic_us, std::int64_t wall_us) {
  std::vector<Ended> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = open_.begin(); at != open_.end();) {
      const auto each = at++;
      if (each->second.entry.question.deadline_us <= monotonic_us) {
        late.push_back(end(each, State::expired, wall_us));
      } else {
        escalate(each->second.entry, monotonic_us);
      }
    }
    while (!ended_.empty() && ended_.front().ended_us + ended_kept_us <= wall_us) forget_oldest();
  }
  for (Ended& each : late) each.tell();
  return late.size();
}

std::optional<std::int64_t> Queue::next_deadline_us() const {
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> next;
  for (const auto& [id, open] : open_) {
    const std::int64_t deadline = open.entry.question.deadline_us;
    next = next ? std::min(*next, deadline) : deadline;
  }
  return next;
}

void Queue::shutdown(std::int64_t wall_us) {
  std::vector<Ended> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    while (!open_.empty()) left.push_back(end(open_.begin(), State::shutdown, wall_us));
  }
  for (Ended& each : left) each.tell();
}

std::vector<Entry> Queue::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& [id, open] : open_) entries.push_back(open.entry);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.question.asked_us, std::string_view(a.question.id)) <
           std::pair(b.question.asked_us, std::string_view(b.question.id));
  });
  entries.insert(entries.end(), ended_.rbegin(), ended_.rend());
  return entries;
}

// Ended ones never change again, and the latest stand last.
std::vector<Entry> Queue::news(std::uint64_t since) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& [id, open] : open_) {
    if (open.entry.change > since) entries.push_back(open.entry);
  }
  for (auto at = ended_.rbegin(); at != ended_.rend() && at->change > since; ++at) entries.push_back(*at);
  std::ranges::sort(entries, {}, &Entry::change);
  return entries;
}

bool Queue::is_open(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return open_.contains(id);
}

std::size_t Queue::alike(const Question& question) const {
  const std::string like = likeness(question);
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      open_, [&](const auto& each) { return likeness(each.second.entry.question) == like; }));
}

std::optional<Entry> Queue::show(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  if (const auto at = open_.find(id); at != open_.end()) return at->second.entry;
  for (const Entry& entry : ended_) {
    if (entry.question.id == id) return entry;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Queue::oldest_us() const {
  const std::lock_guard lock(mutex_);
  std::optional<std::int64_t> oldest;
  for (const auto& [id, open] : open_) {
    const std::int64_t asked_us = open.entry.question.asked_monotonic_us;
    oldest = std::min(oldest.value_or(asked_us), asked_us);
  }
  return oldest;
}

std::size_t Queue::open() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

std::uint64_t Queue::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

}  // namespace claw::approval
