// What the upstream still owes an answer to, in order. Each entry says what ends it and what becomes of
// its answer; the two sides of the session meet only here. One group (up to a Sync, or one Query) is
// under way at a time, so the queue is a short vector that empties again and keeps its capacity.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/event.h"
#include "protocol/postgres/facts.h"

namespace claw::postgres {

enum class Awaits : std::uint8_t {
  parse,
  bind,
  describe_statement,
  describe_portal,
  execute,
  close,
  sync,
  query
};

enum class Fate : std::uint8_t {
  relay,    // The agent asked; the answer is its own.
  swallow,  // The gateway's housekeeping.
  hold,     // A write under a cap: its answer waits until its rows are counted.
  count,    // The gateway's question how many rows were changed so far.
  replace,  // Made to fail upstream; the agent gets `made` in place of the error.
};

struct Entry {
  Awaits awaits = Awaits::query;
  Fate fate = Fate::relay;
  bool ends_ticket = false;      // Its completion is the action's.
  bool portal = false;           // Of a Close.
  protocol::Ticket ticket = 0;
  std::string name = {};         // The statement's or portal's.
  ReadingPtr reading = {};       // Of what it defines or runs.
  std::string made = {};
};

class Queue {
 public:
  bool empty() const { return head_ == entries_.size(); }
  std::size_t size() const { return entries_.size() - head_; }
  Entry& front() { return entries_.at(head_); }
  const Entry& back() const { return entries_.back(); }
  // A group that is complete must be answered before the next one starts.
  bool is_closed() const {
    return !empty() && (back().awaits == Awaits::sync || back().awaits == Awaits::query);
  }

  void push(Entry entry) { entries_.push_back(std::move(entry)); }
  void pop() {
    entries_.at(head_) = Entry();
    if (++head_ == entries_.size()) entries_.clear(), head_ = 0;
  }

  // The newest entry that will define this name, as a later message in the group will find it.
  const Entry* defining(Awaits awaits, std::string_view name) const {
    for (std::size_t i = entries_.size(); i-- > head_;) {
      if (entries_[i].awaits == awaits && entries_[i].fate == Fate::relay && entries_[i].name == name) {
        return &entries_[i];
      }
    }
    return nullptr;
  }

  // Takes out the Syncs a server swallows while it reads COPY data.
  void forget_syncs() {
    std::erase_if(entries_, [](const Entry& entry) { return entry.awaits == Awaits::sync; });
  }

 private:
  std::vector<Entry> entries_;
  std::size_t head_ = 0;
};

}  // namespace claw::postgres
