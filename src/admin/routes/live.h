// What happens now, told to whoever listens: the journal's tail, questions as they change, the gateway's
// status. On the loop's thread. A reader that is too slow loses events and is told how many; nothing grows
// for it. While nobody listens nothing is read.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/routes/sources.h"
#include "io/loop.h"
#include "store/journal_tail.h"

namespace claw::admin {

constexpr std::size_t readers_max = 1000;
constexpr std::size_t readers_of_one_max = 300;        // Of one person: a wall of screens, or a test.
constexpr std::size_t reader_bytes_max = 1024 * 1024;  // Kept for one that is slow.
constexpr std::size_t waiters_max = 2000;              // Who wait for one question's answer.
constexpr std::int64_t wait_s_max = 60;

class Live {
 public:
  // Who calls, seen again: nothing when they may not listen any longer.
  using SeeAgain = std::function<std::optional<Who>(const Who& who)>;

  Live(io::Loop& loop, Sources& sources, SeeAgain see_again);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  void events(const Call& call, const Reply& reply);
  void wait(const Call& call, Reply reply);  // For a question that is open; `wait` of the query in seconds.

 private:
  class Reader;
  struct Told {  // A record that was told lately.
    std::uint64_t seq = 0;
    std::string kind, agent, endpoint, verdict, action;
    std::shared_ptr<const std::string> event;
    std::size_t bytes = 0;
  };
  struct Waiter {
    std::string id;
    Who who;
    std::int64_t until_us = 0;
    Reply reply;
  };

  void wake();
  void look();
  void look_at_journal();
  void look_at_questions();
  void tell_of(const approval::Entry& entry);
  void look_at_status();
  void look_at_readers();
  void answer_waiters();
  void keep(Told told);

  io::Loop& loop_;
  Sources& sources_;
  SeeAgain see_again_;
  std::list<std::weak_ptr<Reader>> readers_;
  std::vector<Waiter> waiters_;
  std::optional<store::JournalTail> tail_;
  std::deque<Told> lately_;
  std::size_t lately_bytes_ = 0;
  std::uint64_t changes_ = 0;     // Up to which questions were told.
  bool knows_questions_ = false;
  std::string status_;
  std::int64_t looked_us_ = 0;    // At status and readers.
  std::int64_t needed_us_ = 0;    // When somebody last listened.
  io::TimerId timer_ = 0;
};

}  // namespace claw::admin
