// A read that was allowed as a read runs where it cannot write, whatever the grammar may have missed in
// it: outside a transaction under default_transaction_read_only, switched only when the kind of work
// changes; inside one under a savepoint of ours that is read-only and stays open for the reads that
// follow. What the upstream rolls back or releases restores its own mode (xact.c, prevXactReadOnly).
#include "protocol/postgres/session.h"

#include <utility>

namespace claw::postgres {

using protocol::Side;

namespace {
// DEFAULT and not off: where an administrator made the role read-only, it stays so.
constexpr std::string_view default_reading = "SET default_transaction_read_only = on";
constexpr std::string_view default_writing = "SET default_transaction_read_only TO DEFAULT";
constexpr std::string_view this_reading = "SET transaction_read_only = on";
constexpr std::string_view wrap_begin = "SAVEPOINT claw_patrol_read";
constexpr std::string_view wrap_reading = "SET LOCAL transaction_read_only = on";
constexpr std::string_view wrap_end = "RELEASE claw_patrol_read";
}  // namespace

Session::Gate Session::enter_lane(const Reading& reading, bool runs, bool simple, Commands& out) {
  if (!seat_.options->enforce_read) return Gate::open;
  if (reading.lane == Lane::mixed) {
    refuse({"ERROR", "25006",
            "a read beside what begins, ends or unlocks a transaction cannot be held to reading",
            "send the statements one by one"},
           simple, out);
    return Gate::shut;
  }
  if (in_block_ && reading.holds) {
    refuse({"ERROR", "25006", "a cursor WITH HOLD would be run by COMMIT, where it cannot be held to reading",
            "declare it without HOLD, or outside a transaction block"},
           simple, out);
    return Gate::shut;
  }
  return in_block_ ? enter_block(reading, runs, out) : enter_idle(reading.lane, simple, out);
}

// Sent in the same group as what they are for: should one fail, the server skips what follows it.
Session::Gate Session::enter_block(const Reading& reading, bool runs, Commands& out) {
  // A failed transaction runs nothing, unless what this group has sent already revives it (ROLLBACK TO).
  if (!runs || (status_ == Transaction::failed && !group_ran_)) return Gate::open;
  if (reading.closes_block && !block_wrote_ && status_ != Transaction::failed) {
    // Cursors WITH HOLD are run to their end by COMMIT, outside any savepoint.
    if (std::exchange(wrapped_, false)) housekeep(wrap_end, out);
    housekeep(this_reading, out);
    return Gate::open;
  }
  block_wrote_ = block_wrote_ || reading.writes;
  if (reading.lane == Lane::reading && !wrapped_) {
    housekeep(wrap_begin, out);
    housekeep(wrap_reading, out);
    wrapped_ = true;
  } else if (reading.lane != Lane::reading && wrapped_ && !reading.closes_block) {
    housekeep(wrap_end, out);
    wrapped_ = false;
  }
  return Gate::open;
}

Session::Gate Session::enter_idle(Lane lane, bool simple, Commands& out) {
  if (group_lane_ == Lane::any) {
    // A single SET or SHOW runs in either lane, but as the first of a group it would fix the lane of all.
    if (lane == Lane::any && simple) return Gate::open;
    if (lane == Lane::any) lane = Lane::writing;
    const Mode wanted = lane == Lane::reading ? Mode::reading : Mode::writing;
    if (!switch_problem_.empty()) {
      refuse({"ERROR", "25006", "the gateway could not switch the session's mode: " + switch_problem_, {}},
             simple, out);
      switch_problem_.clear();
      return Gate::shut;
    }
    if (mode_ != wanted) return switch_mode(wanted, out);
    group_lane_ = lane;
    return Gate::open;
  }
  if (lane == Lane::reading && group_lane_ == Lane::writing) {
    housekeep(this_reading, out);
    group_lane_ = Lane::reading;
  } else if (lane != Lane::reading && group_lane_ == Lane::reading && !group_wrote_) {
    // Only reads so far: that their transaction ends here takes nothing from anybody. JDBC sends several
    // statements as one group; asyncpg prepares a SELECT and goes on with a COPY.
    if (!queue_.empty()) return drain(out), Gate::wait;
    return switch_mode(Mode::writing, out);
  } else if (lane != Lane::reading && group_lane_ == Lane::reading) {
    refuse({"ERROR", "25006", "this group of messages writes, reads, and then writes again",
            "send a Sync before what writes, or put both into a transaction block"}, simple, out);
    return Gate::shut;
  }
  return Gate::open;
}

// In a transaction of its own, whose answer is awaited: what follows must not run if it failed.
Session::Gate Session::switch_mode(Mode to, Commands& out) {
  switching_ = to;
  housekeep(to == Mode::reading ? default_reading : default_writing, out);
  Entry sync;
  sync.awaits = Awaits::sync;
  sync.fate = Fate::swallow;
  send_up(encode(Front::sync), std::move(sync), out);
  return Gate::wait;
}

void Session::housekeep(std::string_view sql, Commands& out, Fate of_execute) {
  if (std::exchange(left_name_, false)) {
    Entry entry;
    entry.awaits = Awaits::close;
    entry.fate = Fate::swallow;
    send_up(encode_close_housekeeping(), std::move(entry), out);
  }
  out.send(Side::upstream, encode_housekeeping(sql));
  group_sent_ = true;
  for (const Awaits awaits : {Awaits::parse, Awaits::bind, Awaits::execute, Awaits::close, Awaits::close}) {
    Entry entry;
    entry.awaits = awaits;
    entry.fate = awaits == Awaits::execute ? of_execute : Fate::swallow;
    queue_.push(std::move(entry));
  }
}

// What this message makes of the transaction for those behind it in the same group.
void Session::follow(const Reading& reading, Commands& out) {
  settings_.sent(*reading.facts);
  forget_names(*reading.facts, out);
  relexed_ = relexed_ || reading.relexes;
  if (!reading.opens_block && !reading.closes_block) return;
  in_block_ = reading.opens_block;
  wrapped_ = block_wrote_ = false;
  if (reading.closes_block) group_lane_ = mode_ == Mode::reading ? Lane::reading : Lane::writing;
}

void Session::lane_ready(Transaction status) {
  if (switching_ != Mode::unknown) {
    mode_ = group_failed_ ? Mode::unknown : switching_;
    switching_ = Mode::unknown;
  } else if (!reports_read_only_) {
    mode_ = Mode::unknown;  // Anything may have changed it unseen.
  }
  in_block_ = status != Transaction::idle;
  if (status != Transaction::open) wrapped_ = false;
  if (status == Transaction::idle) block_wrote_ = false;
  relexed_ = false;
  group_lane_ = Lane::any;
  group_sent_ = group_ran_ = group_wrote_ = false;
}

}  // namespace claw::postgres
