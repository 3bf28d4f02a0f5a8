// What the upstream answers: matched to what is owed, relayed as views of the receive buffer, counted
// and noted. The rows of a large answer pass without being looked at beyond their headers.
#include "protocol/postgres/session.h"

#include <algorithm>

#include "base/text.h"

namespace claw::postgres {

using protocol::Commands;
using protocol::Ending;
using protocol::Side;

// The bytes in hand and, of those, the stretch that goes to the agent as one view.
struct Session::Run {
  Run(std::string_view received, Commands& commands) : bytes(received), out(commands) {}

  std::string_view rest() const { return bytes.substr(end); }
  void keep(std::size_t count) { end += count; }
  void hide(std::size_t count) {
    flush();
    begin = end = end + count;
  }
  void flush() {
    if (end > begin) out.relay(Side::client, bytes.substr(begin, end - begin), 0);
    begin = end;
  }

  std::string_view bytes;
  Commands& out;
  std::size_t begin = 0;
  std::size_t end = 0;
};

namespace {

// Messages of which only the header matters; they are passed on while they arrive.
bool is_passed(Back type) {
  return type == Back::data_row || type == Back::copy_data || type == Back::row_description ||
         type == Back::parameter_description || type == Back::notice_response ||
         type == Back::notification_response;
}

constexpr std::uint32_t problem_bytes_max = 1024 * 1024;  // Errors quote statements, and those are this long.

}  // namespace

void Session::on_upstream(std::string_view bytes, Commands& out) {
  blocked_ = false;  // What the agent's messages wait for may be in these bytes.
  Run run(bytes.substr(out.consumed(Side::upstream)), out);
  while (!run.rest().empty()) {
    if (upstream_passing_ > 0) {
      const std::size_t part = std::min(upstream_passing_, run.rest().size());
      if (upstream_held_) hold_back(run.rest().substr(0, part));
      upstream_hidden_ ? run.hide(part) : run.keep(part);
      upstream_passing_ -= part;
      client_mid_frame_ = upstream_passing_ > 0 && !upstream_hidden_;
      continue;
    }
    const auto header = decode_header(run.rest());
    if (!header) return run.flush(), broken_upstream(out, header.error().what);
    if (!*header) break;
    const auto type = static_cast<Back>((*header)->type);
    const bool is_count = !queue_.empty() && queue_.front().fate == Fate::count;
    if (!is_passed(type) || is_count) {
      if ((*header)->body > problem_bytes_max) {
        return run.flush(), broken_upstream(out, "message is too long");
      }
      if (run.rest().size() < (*header)->whole()) break;
    }
    const std::string_view body = run.rest().substr(header_bytes, (*header)->body);
    if (!on_answer(type, **header, body, run)) {
      run.flush();
      return broken_upstream(out, "unexpected message " + quoted(std::string(1, (*header)->type)));
    }
    if (queue_.empty() &&
        (breaker_.step == Breaker::Step::counting || breaker_.step == Breaker::Step::undoing)) {
      run.flush();
      go_on_counted(out);
    }
  }
  run.flush();
  out.consume(Side::upstream, run.end);
}

// One case per message; false when it has no place here.
bool Session::on_answer(Back type, const Header& header, std::string_view body, Run& run) {
  draining_ = false;
  // Decided before the case below takes the entry off the queue.
  const Fate fate = queue_.empty() ? Fate::relay : queue_.front().fate;
  upstream_hidden_ = fate != Fate::relay && type != Back::notification_response;
  upstream_held_ = upstream_hidden_ && fate == Fate::hold && type != Back::ready_for_query;
  upstream_passing_ = header.whole();
  switch (type) {
    case Back::data_row:
      if (fate == Fate::count) note_count(body);
      return ++rows_seen_, owes(Awaits::execute, Awaits::query);
    case Back::copy_data:
    case Back::copy_done:
    case Back::copy_out_response: return owes(Awaits::execute, Awaits::query);
    case Back::copy_in_response: return begin_copy();
    case Back::row_description: return owes(Awaits::query, Awaits::query) || answered_describe(run.out);
    case Back::no_data: return answered_describe(run.out);
    case Back::parameter_description: return owes(Awaits::describe_statement, Awaits::describe_statement);
    case Back::parse_complete: return answered(Awaits::parse, run.out);
    case Back::bind_complete: return answered(Awaits::bind, run.out);
    case Back::close_complete: return answered(Awaits::close, run.out);
    case Back::portal_suspended:
    case Back::command_complete:
    case Back::empty_query_response: return on_complete(type, body, run.out);
    case Back::error_response: return on_problem(body, run);
    case Back::ready_for_query: return on_ready(body, run);
    case Back::parameter_status: return on_setting(body);
    case Back::notice_response:
    case Back::notification_response: return true;
    case Back::authentication:
    case Back::backend_key_data:
    case Back::copy_both_response:
    case Back::function_call_response:
    case Back::negotiate_version: return false;
  }
  return false;
}

bool Session::owes(Awaits a, Awaits b) {
  return !queue_.empty() && (queue_.front().awaits == a || queue_.front().awaits == b);
}

bool Session::answered_describe(Commands& out) {
  return answered(Awaits::describe_statement, out) || answered(Awaits::describe_portal, out);
}

// The front entry, if it is one of these, is answered: what it defined or closed is so from now on.
bool Session::answered(Awaits awaits, Commands& out) {
  if (!owes(awaits, awaits)) return false;
  const Entry entry = std::move(queue_.front());
  queue_.pop();
  if (entry.fate == Fate::replace) return false;  // It was made to fail.
  if (entry.fate != Fate::relay) return true;
  if (awaits == Awaits::parse) {
    statements_[entry.name] = entry.reading;
    if (entry.ends_ticket) end_ticket(entry.ticket, Ending::ok, "PARSE", out);
  } else if (awaits == Awaits::bind) {
    drop_portal(entry.name, out);
    portals_.push_back({entry.name, entry.reading, entry.ticket});
  } else if (awaits == Awaits::close) {
    if (entry.portal) drop_portal(entry.name, out);
    if (const auto found = statements_.find(entry.name); !entry.portal && found != statements_.end()) {
      statements_.erase(found);
    }
  }
  return true;
}

void Session::drop_portal(std::string_view name, Commands& out) {
  const auto found = std::ranges::find(portals_, name, &Portal::name);
  if (found == portals_.end()) return;
  end_ticket(found->ticket, Ending::ok, "closed before it was done", out);
  portals_.erase(found);
}

bool Session::begin_copy() {
  if (!owes(Awaits::execute, Awaits::query) || upstream_hidden_) return false;
  copy_in_ = true;
  copy_ticket_ = queue_.front().ticket;
  if (queue_.front().awaits == Awaits::execute) queue_.forget_syncs();
  return true;
}

bool Session::on_complete(Back type, std::string_view body, Commands& out) {
  if (!owes(Awaits::execute, Awaits::query)) return false;
  const Entry& front = queue_.front();
  std::string_view tag;
  if (type == Back::command_complete) {
    const auto decoded = decode_tag(body);
    if (!decoded) return false;
    tag = *decoded;
  }
  rolled_back_ = tag == "ROLLBACK" || (rolled_back_ && tag != "COMMIT");
  copy_in_ = false;
  const std::int64_t rows = type == Back::portal_suspended ? rows_seen_ : rows_of(tag);
  rows_seen_ = 0;
  if (Running* action = running(front.ticket)) {
    if (rows >= 0) action->rows = std::max<std::int64_t>(action->rows, 0) + rows;
    action->detail = tag;
  }
  if (front.fate == Fate::hold) breaker_.tag = tag;
  if (front.awaits == Awaits::query) return true;  // Until ReadyForQuery.
  if (front.fate == Fate::relay && type != Back::portal_suspended) {
    settle(*front.reading);
    end_ticket(front.ticket, Ending::ok, std::string(tag), out);
  }
  queue_.pop();
  return true;
}

// What a completed statement did to the session, as far as later judgements depend on it.
void Session::settle(const Reading& reading) {
  settings_.completed(*reading.facts);
}

// Names that SQL takes over are gone the moment it is sent, whether it succeeds or not: what they stand for
// afterwards was not judged under them.
void Session::forget_names(const sql::Facts& facts, Commands& out) {
  using Kind = sql::SessionChange::Kind;
  for (const sql::SessionChange& change : facts.session) {
    const bool redefines = change.kind == Kind::prepare && change.value != "execute";
    const bool all = change.kind == Kind::discard || (redefines && change.name.empty());
    if (all) statements_.clear();
    if (redefines) statements_.erase(change.name);
    if (change.kind != Kind::cursor || change.value == "fetch") continue;
    if (change.name.empty()) portals_.clear();
    else drop_portal(change.name, out);
  }
}

bool Session::on_problem(std::string_view body, Run& run) {
  const auto problem = decode_problem(body);
  if (!problem) return false;
  upstream_hidden_ = upstream_held_ = false;
  if (queue_.empty()) return true;  // The server ends the connection, and says why.
  copy_in_ = false;
  const Entry front = queue_.front();
  // A write that failed has told the agent; that nothing can be counted after it is ours to know.
  upstream_hidden_ = group_failed_ && front.fate == Fate::swallow;
  group_failed_ = true;
  const bool is_ours = front.fate == Fate::swallow || front.fate == Fate::count;
  left_name_ = left_name_ || (is_ours && (front.awaits == Awaits::bind || front.awaits == Awaits::execute));
  const std::string detail = std::string(problem->code) + " " + printable(problem->message, 200);
  if (front.fate == Fate::replace || (front.fate == Fate::swallow && switching_ != Mode::unknown)) {
    run.flush();
    upstream_hidden_ = true;
    if (front.fate == Fate::replace) run.out.send(Side::client, front.made);
    if (front.fate == Fate::swallow) switch_problem_ = printable(problem->message, 200);
  }
  if (Running* action = running(front.ticket)) action->failed = true, action->detail = detail;
  if (front.awaits != Awaits::query && front.awaits != Awaits::sync) skip_to_sync(detail, run.out);
  if (breaker_.is_busy()) abandon_counted(detail, run.out);
  return true;
}

// The server now ignores all it gets until a Sync: so no answer will come to what was sent before one,
// and nothing the agent sends before one is worth judging.
void Session::skip_to_sync(const std::string& detail, Commands& out) {
  const Ticket failed = queue_.front().ticket;
  bool sync_owed = false;
  while (!queue_.empty() && queue_.front().awaits != Awaits::sync) {
    const Entry entry = std::move(queue_.front());
    queue_.pop();
    sync_owed = entry.awaits == Awaits::query;
    if (entry.ticket == failed) end_ticket(failed, Ending::failed, detail, out);
    end_ticket(entry.ticket, Ending::cancelled, "skipped after an earlier error", out);
  }
  if (!queue_.empty()) return;
  if (!sync_owed) return void(skipping_ = true);
  Entry sync;  // A Query skipped because our housekeeping before it failed: nobody else will send one.
  sync.awaits = Awaits::sync;
  send_up(encode(Front::sync), std::move(sync), out);
}

bool Session::on_ready(std::string_view body, Run& run) {
  const auto status = decode_status(body);
  if (!status || !owes(Awaits::sync, Awaits::query)) return false;
  const Entry front = std::move(queue_.front());
  queue_.pop();
  if (front.fate == Fate::hold) {
    if (!queue_.empty() || breaker_.is_busy()) return true;  // More of ours follows.
    upstream_hidden_ = false;                                // It has failed, and the agent knows.
  }
  if (!queue_.empty()) return false;  // One group at a time.
  if (breaker_.step == Breaker::Step::ending) run.flush(), tell_held(run.out);
  if (front.awaits == Awaits::query) {
    if (!group_failed_) settle(*front.reading);
    if (const Running* action = running(front.ticket)) {
      end_ticket(front.ticket, action->failed ? Ending::failed : Ending::ok, action->detail, run.out);
    }
  }
  if (end_own_block(*status, run.out)) return true;
  status_ = *status;
  if (status_ == Transaction::idle) {
    portals_.clear();
    end_all(Ending::ok, "never run to its end", run.out);
  }
  settings_.ready(status_ != Transaction::idle, rolled_back_, group_failed_);
  lane_ready(status_);
  copy_in_ = rolled_back_ = group_failed_ = false;
  rows_seen_ = 0;
  return true;
}

bool Session::on_setting(std::string_view body) {
  const auto setting = decode_setting(body);
  if (!setting) return false;
  settings_.reported(setting->name, setting->value);
  if (setting->name == "default_transaction_read_only" && switching_ == Mode::unknown) mode_ = Mode::unknown;
  return true;
}

void Session::broken_upstream(Commands& out, std::string_view what) {
  withdraw("not sent", out);
  end_all(Ending::unknown, "upstream made no sense", out);
  const std::string why = "upstream made no sense: " + std::string(what);
  if (client_mid_frame_) return close(out, why);
  fail(out, "08P01", why);
}

}  // namespace claw::postgres
