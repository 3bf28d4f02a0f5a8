// Questions put to people, and their answers: the one place where an action waits. Guard asks, the
// admin API lists and answers, a timer expires. Thread-safe; every question ends exactly once, and its
// callback is called once, without the lock, on the thread that ended it. It knows no channel: who
// notifies people watches changes() and list().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "base/result.h"

namespace claw::approval {

constexpr std::size_t open_questions_max = 1000;               // More nobody reads; each holds a connection.
constexpr std::size_t open_bytes_max = 64 * 1024 * 1024;       // Of their texts and values together.
constexpr std::size_t ended_bytes_max = 64 * 1024 * 1024;      // Kept for show(), while they are young.
constexpr std::int64_t ended_kept_us = 30LL * 60 * 1'000'000;  // To look up what was just decided.
constexpr std::size_t person_bytes_max = 200;                  // A name, not a novel.
constexpr std::size_t comment_bytes_max = 4096;                // Shown to the agent, and recorded.
constexpr std::size_t evidence_bytes_max = 64 * 1024;          // Of one piece; people read a page of it.
constexpr std::int64_t preparing_us_max = 5'000'000;           // Then people are asked without evidence.
constexpr std::size_t replies_max = 100;                       // That allow, to one question.

// Somebody else who may answer once nobody has for a while.
struct Escalation {
  std::string to;                   // The approver whose channel is told then,
  std::vector<std::string> people;  // and who of it may answer; empty: whoever may approve.
  std::int64_t after_us = 0;        // Since the question was asked; 0: there is no escalation.
};

struct Approver {
  enum class Kind : std::uint8_t { people, model };
  std::string name;
  std::uint32_t required = 1;       // Distinct people who must allow.
  Kind kind = Kind::people;
  std::vector<std::string> people = {};  // `ann`, `group:dba`; empty: whoever may approve at all.
  Escalation escalation = {};
  bool may_allow = false;           // A model's yes ends the question: the rule says `llm_may_allow`.
};

enum class Assurance : std::uint8_t { none, passkey };  // How sure an answer is of who gives it.
std::string_view name_of(Assurance assurance);

// What was looked up before a person was asked: what the action would change.
struct Evidence {
  enum class Kind : std::uint8_t { text, table, diff, json, count };
  std::string title;    // `rows the condition finds`
  Kind kind = Kind::text;
  std::string text;     // What was found, or why it could not be.
  bool failed = false;
  bool is_own = false;  // Not looked up: what the action itself says, and its text does not show.
};
std::string_view name_of(Evidence::Kind kind);

struct Question {
  std::string id;           // The action's.
  std::string fingerprint;  // What exactly is allowed by an answer: fingerprint.h.
  std::string endpoint;
  std::string agent;
  std::string profile;
  std::string rule;
  std::string reason;
  std::string family;
  std::string summary;
  std::string text;
  std::vector<action::Parameter> parameters;
  std::vector<action::Stated> session;  // Role, search path, database: what names in the text mean.
  std::string reasoning;    // The agent's own words: show them as such.
  std::string owner;        // The person the agent acts for: may not allow what it asks. Empty: nobody.
  std::vector<Evidence> evidence;
  Assurance assurance = Assurance::none;  // What an answer that allows must have at least.
  bool waits_for_retry = false;           // No connection waits: the agent comes back for its answer.
  bool destructive = false;
  bool preparing = false;           // Evidence is being looked up: whom to tell, tell them when it is there.
  std::int64_t asked_us = 0;            // Wall time, for people.
  std::int64_t asked_monotonic_us = 0;  // The same moment, for escalations.
  std::int64_t deadline_us = 0;         // Monotonic time, for expire().
  std::vector<Approver> approvers;  // Every one must allow.
};

enum class Choice : std::uint8_t { allow, deny, pass };  // Pass: a model leaves it to the next approver.
std::string_view name_of(Choice choice);

struct Reply {
  std::string person;              // An account's name, or a model's.
  Choice choice = Choice::deny;
  std::string comment;
  std::string approver = {};       // On whose behalf; empty: for every approver this person may answer for.
  std::vector<std::string> groups = {};  // The person's, as their account has them.
  Assurance assurance = Assurance::none;
  bool by_model = false;           // Only for approvers that are models, and those take no other.
  std::int64_t at_us = 0;          // Wall time; the queue fills it in.
};

enum class State : std::uint8_t { open, allowed, denied, expired, withdrawn, shutdown };
std::string_view name_of(State state);

struct Answer {
  State state = State::denied;      // Never open.
  std::vector<std::string> people;  // Who decided: everyone who allowed, or the one who denied.
  std::string comment;              // The last one given.
  std::string fingerprint;          // The question's, so that what is allowed can be compared with what runs.
};

struct Entry {  // A question as list() and show() tell it.
  Question question;
  State state = State::open;
  std::vector<Reply> replies;
  std::vector<std::string> escalated;  // Approvers whose escalation has come.
  std::int64_t ended_us = 0;           // Wall time.
  std::uint64_t change = 0;            // What changes() said when it changed last.
};

// Equal for questions that look the same to a person: one agent, endpoint, rule and summary.
std::string likeness(const Question& question);

using Callback = std::function<void(const Answer&)>;

class Queue {
 public:
  Queue() = default;
  ~Queue();  // As shutdown(): whoever is told must still be there.
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // Refused: too many or too long open questions, an id that was used before, no approvers, after shutdown.
  // Then the callback is never called.
  Status ask(Question question, Callback callback);

  // One answer. A denial ends the question at once; enough people allowing ends it too; the same person again
  // changes nothing. Says the state after it. Errors: no such question, ended already, not who is asked
  // (answering.h), not sure enough of who it is, no name, too long.
  Result<State> answer(std::string_view id, Reply reply, std::int64_t wall_us);

  // What was looked up meanwhile; the question is no longer being prepared. False: it has ended.
  bool attach(std::string_view id, std::vector<Evidence> evidence);
  bool wait_for_retry(std::string_view id);                             // Its connection was sent away.
  bool withdraw(std::string_view id, std::int64_t wall_us);             // False: it had ended before.
  std::size_t expire(std::int64_t monotonic_us, std::int64_t wall_us);  // How many; also forgets old ones.
  std::optional<std::int64_t> next_deadline_us() const;                 // Monotonic.
  void shutdown(std::int64_t wall_us);

  std::vector<Entry> list() const;  // Open ones first, oldest first; then ended, latest first.
  std::vector<Entry> news(std::uint64_t since) const;  // Those that changed after changes() said this.
  std::optional<Entry> show(std::string_view id) const;
  bool is_open(std::string_view id) const;
  std::size_t alike(const Question& question) const;  // Open ones of the same likeness().
  std::size_t open() const;
  std::optional<std::int64_t> oldest_us() const;  // When the oldest open one was asked; monotonic.
  std::uint64_t changes() const;    // Grows with every change: dashboards poll it.

 private:
  struct Open {
    Entry entry;
    Callback callback;
  };
  using OpenMap = std::map<std::string, Open, std::less<>>;

  struct Ended {  // Who is to be told, once the lock is given back.
    Callback callback;
    Answer answer;
    void tell() const { callback(answer); }
  };

  Ended end(OpenMap::iterator at, State state, std::int64_t wall_us);
  void forget_oldest();
  void escalate(Entry& entry, std::int64_t monotonic_us);
  void attach_to(Entry& entry, std::vector<Evidence> evidence);
  void note_change(Entry& entry) { entry.change = ++changes_; }
  Error too_late(std::string_view id) const;

  mutable std::mutex mutex_;
  OpenMap open_;
  std::deque<Entry> ended_;  // Oldest first.
  std::uint64_t changes_ = 0;
  std::size_t open_bytes_ = 0;
  std::size_t ended_bytes_ = 0;
  bool closed_ = false;
};

}  // namespace claw::approval
