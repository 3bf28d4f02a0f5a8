// Who is to be told what, and when: the courier's decisions without its connections. It is shown the open
// questions and the time, names the messages to send and the models to ask, and is told what came of each.
// Repeats of one action share a message; what failed is tried again, later and later, while it matters.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "approval/channel/channel.h"
#include "approval/queue.h"

namespace claw::courier {

struct Route {  // An approver's.
  std::vector<std::string> channels;  // Bare names.
  std::int64_t remind_every_us = 0;
};

struct Lane {  // A channel's.
  bool edits = false;
  bool groups = true;
  std::uint32_t per_minute = 60;
};

struct Rota {
  std::map<std::string, Route, std::less<>> approvers;
  std::map<std::string, Lane, std::less<>> channels;
};

struct Job {  // One message to send.
  std::uint64_t board = 0;
  channel::Event event = channel::Event::asked;
  std::string channel;
  std::string approver;
  std::string question;
  std::size_t count = 1;
  std::size_t replies = 0;
  std::uint64_t number = 0;
  channel::Receipt receipt;
};

struct Asking {  // One model to ask.
  std::string question;
  std::string approver;
};

class Desk {
 public:
  void use(Rota rota);

  // What is to be done at this (monotonic) time, of all there is in the queue; first the models, then the
  // people. Nothing is said again before sent(), failed() or answered() was called for it.
  std::vector<Asking> askings(const std::vector<approval::Entry>& entries);
  std::vector<Job> notices(const std::vector<approval::Entry>& entries, std::int64_t now_us);

  void sent(const Job& job, const channel::Receipt& receipt, std::int64_t now_us);
  // `after_us`: as the server asked; 0: it did not. Whether this is the first failure of that message in a
  // row.
  bool failed(const Job& job, std::int64_t after_us, std::int64_t now_us);
  void answered(const Asking& asking);  // Or given up: people are asked without it.

  bool shows(std::string_view question) const;          // Some message is about it still.
  bool is_quiet() const { return boards_.empty(); }
  std::size_t waiting(std::string_view channel) const;  // Messages that are not out yet.

 private:
  using Entries = std::map<std::string_view, const approval::Entry*>;  // By question.
  struct Board {  // One message in one channel, over its life.
    std::string channel;
    std::string approver;
    std::vector<std::string> questions;  // Open ones, oldest first.
    channel::Event first = channel::Event::asked;
    std::string shown;       // The question that it shows; empty: nothing was sent yet.
    std::size_t shown_count = 0;
    std::size_t shown_replies = 0;
    channel::Receipt receipt;
    std::uint64_t number = 0;
    std::uint32_t failures = 0;
    std::int64_t not_before_us = 0;
    std::int64_t remind_at_us = 0;  // 0: never.
    channel::Event tried = channel::Event::asked;  // Last.
    bool is_busy = false;
    bool has_ended = false;
  };
  struct Tracked {  // One open question.
    std::map<std::string, bool> models;  // Those that were asked; true: they are done.
  };
  struct Pace {
    double tokens = 0;
    std::int64_t at_us = 0;
    std::int64_t closed_until_us = 0;
  };

  static bool models_are_done(const approval::Entry& entry, const Tracked& tracked);
  void tell(const approval::Entry& entry, std::string_view approver, channel::Event first);
  void take_down(const Entries& entries);
  bool is_over(const Board& board, bool is_known) const;
  std::optional<channel::Event> due(const Board& board, const Entries& entries, std::int64_t now_us) const;
  std::optional<Job> next(std::uint64_t number, Board& board, const Entries& entries, std::int64_t now_us);
  bool may_send(const std::string& channel, std::int64_t now_us);

  Rota rota_;
  std::map<std::uint64_t, Board> boards_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> places_;  // By channel and what is alike.
  std::map<std::string, Tracked, std::less<>> tracked_;
  std::map<std::string, Pace, std::less<>> paces_;
  std::uint64_t last_ = 0;
};

}  // namespace claw::courier
