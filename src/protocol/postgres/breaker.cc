// Writes under a cap. The count is the server's own, of the transaction as a whole: what CTEs, functions,
// triggers, cascades and rules change is in it as well as what the statement says of itself.
#include "protocol/postgres/breaker.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cursor.h"
#include "base/text.h"
#include "base/writer.h"
#include "protocol/postgres/session.h"

namespace claw::postgres {

using protocol::Commands;
using protocol::Ending;
using protocol::Side;
using Step = Breaker::Step;

namespace {

constexpr std::string_view begin = "BEGIN";
constexpr std::string_view commit = "COMMIT";
constexpr std::string_view roll_back = "ROLLBACK";
constexpr std::string_view mark = "SAVEPOINT claw_patrol_rows";
constexpr std::string_view forget_mark = "RELEASE claw_patrol_rows";
constexpr std::string_view return_to_mark = "ROLLBACK TO claw_patrol_rows";

// Rows of ordinary tables changed so far (pgstat_relation.c; partitions are such tables). TOAST is left out:
// it would count a long value as rows. All names are qualified, operators too, for the agent chooses the
// search path. Where statistics are switched off, which only a superuser can do, there is no number.
// Beside it the locks that TRUNCATE, DROP and ALTER take, and the files of what they lock: a function can do
// these too, and what it truncates or drops is in no count, nor what was counted of it before.
constexpr std::string_view count_rows =
    "SELECT CASE WHEN pg_catalog.current_setting('track_counts') OPERATOR(pg_catalog.=) 'on' THEN "
    "pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(oid) OPERATOR(pg_catalog.+) "
    "pg_catalog.pg_stat_get_xact_tuples_updated(oid) OPERATOR(pg_catalog.+) "
    "pg_catalog.pg_stat_get_xact_tuples_deleted(oid)) END, "
    "(SELECT pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.sum(c.relfilenode::pg_catalog.int8)) "
    "FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation "
    "WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() "
    "AND l.locktype OPERATOR(pg_catalog.=) 'relation' "
    "AND l.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock' "
    "AND (c.relpersistence IS NULL OR c.relpersistence OPERATOR(pg_catalog.<>) 't')) "
    "FROM pg_catalog.pg_class WHERE relkind OPERATOR(pg_catalog.=) 'r'";

std::optional<std::uint64_t> number_in(std::string_view digits) {
  if (digits.empty() || digits.size() > 18) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

// The two columns of a DataRow.
std::optional<Breaker::Count> count_in(std::string_view body) {
  Cursor in(body);
  if (in.u16() != 2) return std::nullopt;
  std::string_view columns[2];
  for (std::string_view& column : columns) {
    const std::int32_t size = in.i32();
    if (!in.ok() || size < 0) return std::nullopt;
    column = in.take(static_cast<std::size_t>(size));
  }
  const auto rows = number_in(columns[0]);
  if (!in.done() || !rows) return std::nullopt;
  return Breaker::Count{*rows, std::string(columns[1])};
}

// What the statement says of itself; a SELECT counts what it gives, not what it changes.
std::uint64_t told_by(std::string_view tag) {
  const std::int64_t rows = rows_of(tag);
  return rows < 0 || tag.starts_with("SELECT") ? 0 : static_cast<std::uint64_t>(rows);
}

// Nothing: it is not known.
std::optional<std::uint64_t> changed_by(const Breaker& breaker) {
  if (breaker.counts.size() != 2) return std::nullopt;
  const std::optional<Breaker::Count>& before = breaker.counts[0];
  const std::optional<Breaker::Count>& after = breaker.counts[1];
  if (!before || !after || after->rows < before->rows || after->locked != before->locked) return std::nullopt;
  return std::max(after->rows - before->rows, told_by(breaker.tag));
}

}  // namespace

// Sent in one go: should any of it fail, the server skips the rest. The frame is not consumed yet.
bool Session::run_counted(std::string_view frame, Entry entry, bool simple, Commands& out) {
  Running& action = *running(entry.ticket);
  breaker_ = Breaker();
  breaker_.step = Step::counting;
  breaker_.simple = simple;
  breaker_.alone = action.alone && !in_block_ && !own_block_;
  breaker_.frame_bytes = frame.size();
  breaker_.ticket = entry.ticket;
  breaker_.rows_max = action.rows_max;
  breaker_.reading = entry.reading;
  breaker_.portal = entry.name;
  breaker_.bind = std::move(action.bind);
  if (!in_block_ && !own_block_) {
    housekeep(begin, out);
    own_block_ = true;
  }
  housekeep(mark, out);
  housekeep(count_rows, out, Fate::count);
  entry.fate = Fate::hold;
  out.relay(Side::upstream, frame, entry.ticket);
  queue_.push(std::move(entry));
  housekeep(count_rows, out, Fate::count);
  await(simple, out);
  return blocked_ = true, false;
}

// Makes the server answer what it was sent, and not to the agent.
void Session::await(bool simple, Commands& out) {
  if (!simple) return out.send(Side::upstream, encode(Front::flush));
  Entry sync;
  sync.awaits = Awaits::sync;
  sync.fate = Fate::hold;
  send_up(encode(Front::sync), std::move(sync), out);
}

void Session::note_count(std::string_view body) { breaker_.counts.push_back(count_in(body)); }

void Session::hold_back(std::string_view part) {
  if (breaker_.too_long || breaker_.held.size() + part.size() > held_answer_bytes_max) {
    breaker_.too_long = true;
    breaker_.held = {};
  } else {
    breaker_.held += part;
  }
}

// Everything that was asked has been answered.
void Session::go_on_counted(Commands& out) {
  if (breaker_.step == Step::undoing) return undone(out);
  breaker_.changed = changed_by(breaker_);
  if (breaker_.changed && *breaker_.changed <= breaker_.rows_max && !breaker_.too_long) return keep_rows(out);
  breaker_.step = Step::undoing;
  breaker_.alone = breaker_.alone && running_.size() == 1;
  if (breaker_.alone) {
    housekeep(roll_back, out);
    own_block_ = false;
  } else {
    housekeep(return_to_mark, out);
    housekeep(forget_mark, out);
  }
  await(breaker_.simple, out);
}

// A simple query has its answer when it lasts: COMMIT may fail yet. What an Execute did lasts from its
// group's Sync, as ever.
void Session::keep_rows(Commands& out) {
  if (!breaker_.simple) {
    housekeep(forget_mark, out);
    return tell_held(out);
  }
  breaker_.step = Step::ending;
  housekeep(own_block_ ? commit : forget_mark, out);
  own_block_ = false;
  Entry sync;
  sync.awaits = Awaits::sync;
  send_up(encode(Front::sync), std::move(sync), out);
}

void Session::tell_held(Commands& out) {
  out.send(Side::client, std::move(breaker_.held));
  if (!breaker_.tag.empty()) {
    settle(*breaker_.reading);
    end_ticket(breaker_.ticket, Ending::ok, breaker_.tag, out);
  } else if (Running* action = running(breaker_.ticket)) {
    action->rows_max = 0;  // All it does is done; the agent fetches what it gives.
  }
  client_dropping_ = breaker_.frame_bytes;
  breaker_ = Breaker();
}

// As if it had never run. Who decides is asked again, with the number.
void Session::undone(Commands& out) {
  const std::string cap = fmt::format("more than {}", breaker_.rows_max);
  const std::string many = breaker_.changed ? std::to_string(*breaker_.changed) : "nobody knows how many";
  if (Running* action = running(breaker_.ticket)) action->rows = 0;
  const bool is_over = breaker_.changed && *breaker_.changed > breaker_.rows_max;
  end_ticket(breaker_.ticket, Ending::cancelled,
             is_over ? fmt::format("rolled back: {} rows, {}", many, cap) : "rolled back", out);
  const bool is_known = breaker_.simple || !breaker_.bind.empty();
  if (is_over && is_known) return ask_again(out);
  std::string why = "rolled back: the server does not tell how many rows it changed";
  if (breaker_.too_long) why = "rolled back: what it returns is longer than the gateway holds back";
  if (is_over) {
    why = fmt::format("rolled back: {} rows, {}; its values are too long to ask about it", many, cap);
  }
  refuse({"ERROR", "54000", why, {}}, breaker_.simple, out);
  if (!breaker_.simple) drop_portal(breaker_.portal, out);
  client_dropping_ = breaker_.frame_bytes;
  breaker_ = Breaker();
}

void Session::ask_again(Commands& out) {
  breaker_.step = Step::asking;
  question_ = Question{++tickets_, breaker_.reading, settings_.context(), {}};
  action::Action action;
  action.subject = breaker_.reading->subject;
  action.context = question_->context;
  action.reasoning = breaker_.reading->reasoning;
  action.rows_counted = static_cast<std::int64_t>(*breaker_.changed);
  if (!breaker_.simple) {
    const auto bind = decode_bind(std::string_view(breaker_.bind).substr(header_bytes));
    if (bind) action.parameters = bind->parameters;
    const auto portal = std::ranges::find(portals_, breaker_.portal, &Portal::name);
    if (portal != portals_.end()) portal->ticket = question_->ticket;
  }
  out.ask(protocol::Decide{question_->ticket, std::move(action)});
}

// The Execute of a write that is asked about: its portal went with what was rolled back, so it is bound
// again.
bool Session::on_execute_again(std::string_view frame, Commands& out) {
  const ReadingPtr reading = question_->reading;
  const Gate gate = judge(reading, {}, false, out);
  if (gate == Gate::wait) return false;
  std::string kept = std::move(breaker_.bind);
  const bool alone = breaker_.alone;
  Entry entry;
  entry.awaits = Awaits::execute;
  entry.name = breaker_.portal;
  entry.reading = reading;
  breaker_ = Breaker();
  if (gate == Gate::shut) return drop_portal(entry.name, out), dropped(gate, frame.size());
  const auto bind = decode_bind(std::string_view(kept).substr(header_bytes));
  if (!bind || statement_named(bind->statement) != reading) {
    withdraw("its prepared statement is another one by now", out);
    return refuse_unknown({false, bind ? bind->statement : ""}, frame.size(), out);
  }
  entry.ticket = question_->ticket;
  entry.ends_ticket = true;
  const std::uint64_t rows_max = question_->verdict->rows_max;
  question_.reset();
  bind_again(kept, entry, out);
  running_.push_back({entry.ticket, -1, {}, false, rows_max, alone, std::move(kept)});
  if (rows_max > 0) return run_counted(frame, std::move(entry), false, out);
  relay_up(frame, std::move(entry), out);
  return true;
}

void Session::bind_again(const std::string& frame, const Entry& execute, Commands& out) {
  std::string close;
  Writer writer(close);
  writer.u8('P');
  writer.text(execute.name);
  Entry entry;
  entry.fate = Fate::swallow;
  entry.awaits = Awaits::close;
  send_up(encode(Front::close, close), entry, out);
  entry.awaits = Awaits::bind;
  entry.ticket = execute.ticket;
  send_up(frame, std::move(entry), out);
}

void Session::keep_bind(std::string_view frame) {
  if (running_.back().rows_max == 0) return;
  std::size_t kept = frame.size();
  for (const Running& each : running_) kept += each.bind.size();
  if (kept <= kept_binds_bytes_max) running_.back().bind = frame;
}

// The upstream refused some of it: what it said is the agent's, and nothing of it lasts.
void Session::abandon_counted(const std::string& detail, Commands& out) {
  end_ticket(breaker_.ticket, Ending::failed, detail, out);
  client_dropping_ = breaker_.frame_bytes;
  breaker_ = Breaker();
}

// A transaction of ours that is still open where the agent's group ends: the agent began none.
bool Session::end_own_block(Transaction status, Commands& out) {
  if (!std::exchange(own_block_, false) || status == Transaction::idle) return false;
  upstream_hidden_ = true;
  housekeep(status == Transaction::failed ? roll_back : commit, out);
  Entry sync;
  sync.awaits = Awaits::sync;
  send_up(encode(Front::sync), std::move(sync), out);
  return true;
}

}  // namespace claw::postgres
