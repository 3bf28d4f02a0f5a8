// What the agent says, message by message. A message that must be judged stays where it is in the
// receive buffer until its verdict, its lane and its turn are there; then the very bytes that were read
// go upstream.
#include "protocol/postgres/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/writer.h"

namespace claw::postgres {

using protocol::Side;

namespace {

bool is_reserved(std::string_view name) { return name.starts_with(reserved_name); }

std::string_view body_of(std::string_view frame) { return frame.substr(header_bytes); }

std::uint32_t body_bytes_max(Front type) {
  switch (type) {
    case Front::query:
    case Front::parse: return text_frame_bytes_max;
    case Front::bind: return bind_frame_bytes_max;
    case Front::copy_data:
    case Front::function_call: return frame_bytes_max;  // Never held in memory.
    case Front::close:
    case Front::copy_done:
    case Front::copy_fail:
    case Front::describe:
    case Front::execute:
    case Front::flush:
    case Front::password:
    case Front::sync:
    case Front::terminate: return small_frame_bytes_max;
  }
  return 0;  // No row: refused.
}

}  // namespace

void Session::on_client(std::string_view bytes, Commands& out) {
  blocked_ = false;
  while (on_client_frame(bytes.substr(out.consumed(Side::client)), out)) {}
  client_left_ = bytes.size() - out.consumed(Side::client);
}

bool Session::on_client_frame(std::string_view bytes, Commands& out) {
  if (bytes.empty()) return false;
  if (client_dropping_ > 0 || client_passing_ > 0) {
    std::size_t& left = client_dropping_ > 0 ? client_dropping_ : client_passing_;
    const std::string_view part = bytes.substr(0, left);
    if (client_dropping_ == 0) out.relay(Side::upstream, part, copy_ticket_);
    out.consume(Side::client, part.size());
    left -= part.size();
    return true;
  }
  const auto header = decode_header(bytes);
  if (!header) return broken_client(out, header.error().what);
  return *header && on_client_message(**header, bytes, out);
}

bool Session::on_client_message(const Header& header, std::string_view bytes, Commands& out) {
  const auto type = static_cast<Front>(header.type);
  const std::uint32_t limit = body_bytes_max(type);
  if (limit == 0) return broken_client(out, "invalid frontend message type " + std::to_string(header.type));
  if (type == Front::copy_data || type == Front::copy_done || type == Front::copy_fail) {
    return on_copy(header, bytes, out);
  }
  if (copy_in_) return on_message_in_copy(header, out);
  if (queue_.is_closed() || breaker_.is_busy()) return blocked_ = true, false;
  if (type == Front::terminate) return on_terminate(out);
  if (queue_.size() >= outstanding_max) return drain(out);
  if (skipping_ && type != Front::sync && type != Front::flush) return skip(header.whole(), out);
  if (header.body > limit) {
    if (limit == small_frame_bytes_max) return broken_client(out, "message is too long");
    return too_long(header, type == Front::query, "statement or parameters are too long for this gateway",
                    out);
  }
  if (type == Front::function_call) return on_function_call(header, out);
  if (bytes.size() < header.whole()) return false;
  const std::string_view frame = bytes.substr(0, header.whole());
  switch (type) {
    case Front::query: return on_query(frame, out);
    case Front::parse: return on_parse(frame, bytes.substr(frame.size()), out);
    case Front::bind: return on_bind(frame, out);
    case Front::execute: return on_execute(frame, out);
    case Front::describe: return on_describe(frame, out);
    case Front::close: return on_close(frame, out);
    case Front::sync: return on_sync(frame, out);
    case Front::flush: return on_flush(frame, out);
    case Front::password: return broken_client(out, "unexpected password message");
    case Front::terminate:
    case Front::copy_data:
    case Front::copy_done:
    case Front::copy_fail:
    case Front::function_call: break;  // Done above.
  }
  return false;
}

// After an error the server would not look at it either. A question still open about it is taken back.
bool Session::skip(std::size_t frame_bytes, Commands& out) {
  client_dropping_ = frame_bytes;
  withdraw("skipped after an earlier error", out);
  return true;
}

// Asks once, then waits. A refusal is answered here and the message dropped.
Session::Gate Session::judge(const ReadingPtr& reading, std::vector<action::Parameter> parameters,
                             bool simple, Commands& out) {
  if (!question_) {
    question_ = Question{++tickets_, reading, settings_.context(), {}};
    action::Action action;
    action.subject = reading->subject;
    action.context = question_->context;
    action.parameters = std::move(parameters);
    action.reasoning = reading->reasoning;
    out.ask(protocol::Decide{question_->ticket, std::move(action)});
  }
  if (!question_->verdict) return blocked_ = true, Gate::wait;
  if (breaker_.step == Breaker::Step::asking) breaker_.step = Breaker::Step::none;
  const action::Verdict& verdict = *question_->verdict;
  if (verdict.allowed() && settings_.still_means(*question_->context)) return Gate::open;
  if (verdict.allowed()) {  // It waited for a person, who was shown something else.
    withdraw("the session's role or search path changed while it was held", out);
    refuse({"ERROR", "42501", "the session's role or search path changed while this was held for approval",
            "send it again"}, simple, out);
    return Gate::shut;
  }
  refuse_judged(verdict, reading->facts.get(), simple, out);
  question_.reset();
  return Gate::shut;
}

// What the group has sent so far may change how the server reads text, and tells us only at its end.
ReadingPtr Session::read(std::string_view text) const {
  ReadingPtr reading = settings_.read_as_server(text);
  if (!relexed_ || reading->plain) return reading;
  return not_understood(text, "how the server reads text is being changed in this group of messages");
}

// A function that ran in this group may have changed how text is read, unseen: it is put back first.
void Session::pin_lexing(Commands& out) {
  housekeep("SET standard_conforming_strings = on", out);
  housekeep("SET client_encoding = '" + settings_.encoding() + "'", out);
}

// A text that the grammar refuses is answered as the server would, so that the agent mends it and does not
// look for a permission. Nothing is told that the agent could not have found out with a parser of its own.
void Session::refuse_judged(const action::Verdict& verdict, const sql::Facts* facts, bool simple,
                            Commands& out) {
  if (verdict.taken_back) {
    return refuse({"ERROR", "57014", "canceling statement due to user request", {}}, simple, out);
  }
  if (facts != nullptr && !facts->syntax_error.empty()) {
    const std::string_view hint =
        newer_grammar_ ? "the gateway reads PostgreSQL 15's grammar and refuses what is newer" : "";
    return refuse({"ERROR", "42601", facts->syntax_error, hint, facts->syntax_error_at}, simple, out);
  }
  const std::string rule = verdict.rule.empty() ? "" : "rule " + verdict.rule + ": ";
  refuse({"ERROR", "42501", rule + verdict.reason, verdict.hint}, simple, out);
}

// Judged, and then in the lane it may run in. Open: its ticket has begun and its bytes may go.
Session::Gate Session::pass(const ReadingPtr& reading, std::vector<action::Parameter> parameters, bool simple,
                            bool runs, Commands& out) {
  const Gate judged = judge(reading, std::move(parameters), simple, out);
  if (judged != Gate::open) return judged;
  const Gate entered =
      steers_own_block(*reading, simple, out) ? Gate::shut : enter_lane(*reading, runs, simple, out);
  if (entered == Gate::wait) return blocked_ = true, Gate::wait;
  if (entered == Gate::shut) return withdraw("refused by the gateway itself", out), Gate::shut;
  if (group_ran_ && !reading->plain) pin_lexing(out);
  running_.push_back({question_->ticket, -1, {}, false, question_->verdict->rows_max, !group_ran_, {}});
  group_ran_ = group_ran_ || runs;
  group_wrote_ = group_wrote_ || (runs && reading->lane != Lane::reading);
  question_.reset();
  return Gate::open;
}

// What the agent began with such a write as a transaction of its own must end as that.
bool Session::steers_own_block(const Reading& reading, bool simple, Commands& out) {
  if (!own_block_ || !(reading.opens_block || reading.closes_block)) return false;
  refuse({"ERROR", "25001", "BEGIN and COMMIT cannot share a group of messages with a write under `max_rows`",
          "send a Sync before them"}, simple, out);
  return true;
}

// As if the server had refused it: the error in its turn, an open transaction failed on both sides, the
// true status after it.
void Session::refuse(const Problem& problem, bool simple, Commands& out) {
  std::string made = encode_problem(Back::error_response, problem);
  skipping_ = !simple;
  if (!group_sent_ && status_ != Transaction::open) {
    out.send(Side::client, std::move(made));
    if (simple) out.send(Side::client, encode_status(status_));
    skipping_here_ = skipping_;
    return;
  }
  std::string body;
  Writer writer(body);
  writer.text(reserved_name);
  writer.text(std::string(reserved_name) + " refused this action");  // No grammar takes this.
  writer.u16(0);
  Entry entry;
  entry.awaits = Awaits::parse;
  entry.fate = Fate::replace;
  entry.made = std::move(made);
  send_up(encode(Front::parse, body), std::move(entry), out);
  if (!simple) return;
  Entry sync;
  sync.awaits = Awaits::sync;
  send_up(encode(Front::sync), std::move(sync), out);
}

bool Session::too_long(const Header& header, bool simple, std::string_view what, Commands& out) {
  client_dropping_ = header.whole();
  refuse({"ERROR", "54000", what, {}}, simple, out);
  return true;
}

bool Session::on_function_call(const Header& header, Commands& out) {
  client_dropping_ = header.whole();
  refuse({"ERROR", "0A000", "function calls by number are not allowed through this gateway",
          "call the function in a SELECT"}, true, out);
  return true;
}

bool Session::broken_client(Commands& out, std::string_view what) {
  end_all(protocol::Ending::unknown, "agent made no sense", out);
  withdraw("agent made no sense", out);
  out.send(Side::upstream, encode(Front::terminate));
  if (client_mid_frame_) {
    close(out, std::string(what));
  } else {
    fail(out, "08P01", what);
  }
  return false;
}

// The server answers a group when it is complete or when its buffer is full; a very long group must be
// answered in between, so that what we remember of it stays small.
bool Session::drain(Commands& out) {
  if (!std::exchange(draining_, true)) out.send(Side::upstream, encode(Front::flush));
  return blocked_ = true, false;
}

void Session::send_up(std::string bytes, Entry entry, Commands& out) {
  out.send(Side::upstream, std::move(bytes), entry.ticket);
  group_sent_ = true;
  queue_.push(std::move(entry));
}

// Passes on the very frame that was judged.
void Session::relay_up(std::string_view frame, Entry entry, Commands& out) {
  out.relay(Side::upstream, frame, entry.ticket);
  out.consume(Side::client, frame.size());
  group_sent_ = true;
  queue_.push(std::move(entry));
}

bool Session::on_query(std::string_view frame, Commands& out) {
  ReadingPtr reading;
  if (question_) {
    reading = question_->reading;
  } else {
    const auto query = decode_query(body_of(frame));
    if (!query) return broken_client(out, query.error().what);
    reading = read(query->text);
  }
  const Gate gate = pass(reading, {}, true, true, out);
  if (gate != Gate::open) return dropped(gate, frame.size());
  follow(*reading, out);
  Entry entry{Awaits::query, Fate::relay, true, false, running_.back().ticket, {}, std::move(reading), {}};
  if (running_.back().rows_max > 0) return run_counted(frame, std::move(entry), true, out);
  relay_up(frame, std::move(entry), out);
  return true;
}

// Nothing is answered before a Flush or Sync, so a Parse may wait for what follows it: with its Bind
// right behind, the two are one action, judged once and with its parameters.
bool Session::on_parse(std::string_view frame, std::string_view after, Commands& out) {
  if (after.empty()) return false;
  const auto parse = decode_parse(body_of(frame));
  if (!parse) return broken_client(out, parse.error().what);
  if (is_reserved(parse->name)) return refuse_reserved(frame.size(), out);
  if (statements_.size() >= statements_max) return refuse_full(frame.size(), out);
  std::string_view bind_frame;
  if (after.front() == static_cast<char>(Front::bind)) {
    const auto next = decode_header(after);
    if (!next) return broken_client(out, next.error().what);
    if (!*next) return false;
    if ((*next)->body <= bind_frame_bytes_max) {
      if (after.size() < (*next)->whole()) return false;
      bind_frame = after.substr(0, (*next)->whole());
    }
  }
  Bind bind;
  if (!bind_frame.empty()) {
    auto decoded = decode_bind(body_of(bind_frame));
    if (!decoded) return broken_client(out, decoded.error().what);
    bind = std::move(*decoded);
    if (bind.statement != parse->name || is_reserved(bind.portal)) bind_frame = {};
  }
  const ReadingPtr reading = question_ ? question_->reading : read(parse->text);
  const bool alone = bind_frame.empty();
  if (alone) bind.parameters.clear();
  const Gate gate = pass(reading, std::move(bind.parameters), false, !alone, out);
  if (gate != Gate::open) return dropped(gate, frame.size());
  const Ticket ticket = running_.back().ticket;
  relay_up(frame, {Awaits::parse, Fate::relay, alone, false, ticket, std::string(parse->name), reading, {}},
           out);
  if (alone) return true;
  relay_up(bind_frame,
           {Awaits::bind, Fate::relay, false, false, ticket, std::string(bind.portal), reading, {}}, out);
  keep_bind(bind_frame);
  return true;
}

bool Session::on_bind(std::string_view frame, Commands& out) {
  auto bind = decode_bind(body_of(frame));
  if (!bind) return broken_client(out, bind.error().what);
  if (is_reserved(bind->statement) || is_reserved(bind->portal)) return refuse_reserved(frame.size(), out);
  if (portals_.size() >= portals_max) return refuse_full(frame.size(), out);
  const ReadingPtr reading = question_ ? question_->reading : statement_named(bind->statement);
  if (!reading) return refuse_unknown({false, bind->statement}, frame.size(), out);
  const Gate gate = pass(reading, std::move(bind->parameters), false, true, out);
  if (gate != Gate::open) return dropped(gate, frame.size());
  const Ticket ticket = running_.back().ticket;
  relay_up(frame, {Awaits::bind, Fate::relay, false, false, ticket, std::string(bind->portal), reading, {}},
           out);
  keep_bind(frame);
  return true;
}

// Runs what its Bind was judged for. A cursor that SQL declared is no portal of ours: FETCH it in SQL.
bool Session::on_execute(std::string_view frame, Commands& out) {
  const auto execute = decode_execute(body_of(frame));
  if (!execute) return broken_client(out, execute.error().what);
  if (is_reserved(execute->portal)) return refuse_reserved(frame.size(), out);
  if (breaker_.step == Breaker::Step::asking) return on_execute_again(frame, out);
  const std::optional<Portal> portal = portal_named(execute->portal);
  if (!portal) return refuse_unknown({true, execute->portal}, frame.size(), out);
  const Gate gate = enter_lane(*portal->reading, true, false, out);
  if (gate == Gate::wait) blocked_ = true;
  if (gate != Gate::open) return dropped(gate, frame.size());
  follow(*portal->reading, out);
  Entry entry{Awaits::execute, Fate::relay, true, false, portal->ticket, portal->name, portal->reading, {}};
  const Running* action = running(portal->ticket);
  if (action != nullptr && action->rows_max > 0) return run_counted(frame, std::move(entry), false, out);
  relay_up(frame, std::move(entry), out);
  return true;
}

bool Session::on_describe(std::string_view frame, Commands& out) {
  const auto target = decode_target(body_of(frame));
  if (!target) return broken_client(out, target.error().what);
  if (is_reserved(target->name)) return refuse_reserved(frame.size(), out);
  // Describing begins a transaction too, and with it fixes the lane of all that follows in the group.
  const std::optional<Portal> portal = target->portal ? portal_named(target->name) : std::nullopt;
  const ReadingPtr reading = portal           ? portal->reading
                             : target->portal ? nullptr
                                              : statement_named(target->name);
  if (!reading) return refuse_unknown(*target, frame.size(), out);
  const Gate gate = enter_lane(*reading, false, false, out);
  if (gate == Gate::wait) blocked_ = true;
  if (gate != Gate::open) return dropped(gate, frame.size());
  relay_up(frame, {target->portal ? Awaits::describe_portal : Awaits::describe_statement}, out);
  return true;
}

bool Session::on_close(std::string_view frame, Commands& out) {
  const auto target = decode_target(body_of(frame));
  if (!target) return broken_client(out, target.error().what);
  if (is_reserved(target->name)) return refuse_reserved(frame.size(), out);
  relay_up(frame, {Awaits::close, Fate::relay, false, target->portal, 0, std::string(target->name), {}, {}},
           out);
  return true;
}

bool Session::on_sync(std::string_view frame, Commands& out) {
  if (frame.size() != header_bytes) return broken_client(out, "malformed Sync message");
  skipping_ = false;
  if (std::exchange(skipping_here_, false)) {
    out.consume(Side::client, frame.size());
    out.send(Side::client, encode_status(status_));
    return true;
  }
  if (own_block_ && !group_failed_) housekeep("COMMIT", out);
  relay_up(frame, {Awaits::sync}, out);
  return true;
}

bool Session::on_flush(std::string_view frame, Commands& out) {
  if (frame.size() != header_bytes) return broken_client(out, "malformed Flush message");
  if (!skipping_here_) out.relay(Side::upstream, frame, 0);
  out.consume(Side::client, frame.size());
  return true;
}

bool Session::on_terminate(Commands& out) {
  end_all(protocol::Ending::unknown, "agent left first", out);
  out.send(Side::upstream, encode(Front::terminate));
  close(out, "agent said goodbye");
  return false;
}

// CopyData outside a COPY is what a client sent before it noticed that the COPY had failed: dropped, as
// the server does. While an answer is due, it may yet be the CopyInResponse the client did not wait for.
bool Session::on_copy(const Header& header, std::string_view bytes, Commands& out) {
  if (!copy_in_) {
    if (!queue_.empty()) return blocked_ = true, false;
    client_dropping_ = header.whole();
    return true;
  }
  if (header.type == static_cast<char>(Front::copy_data)) {
    client_passing_ = header.whole();
    return true;
  }
  if (header.body > small_frame_bytes_max) return broken_client(out, "message is too long");
  if (bytes.size() < header.whole()) return false;
  copy_in_ = false;
  out.relay(Side::upstream, bytes.substr(0, header.whole()), copy_ticket_);
  out.consume(Side::client, header.whole());
  return true;
}

// The server ignores Sync and Flush while it reads COPY data; clients send them before they notice.
bool Session::on_message_in_copy(const Header& header, Commands& out) {
  const auto type = static_cast<Front>(header.type);
  if (type == Front::terminate) return on_terminate(out);
  if (type != Front::sync && type != Front::flush) {
    return broken_client(out, "unexpected message during COPY");
  }
  client_dropping_ = header.whole();
  return true;
}

bool Session::dropped(Gate gate, std::size_t frame_bytes) {
  if (gate == Gate::shut) client_dropping_ = frame_bytes;
  return gate == Gate::shut;
}

bool Session::refuse_reserved(std::size_t frame_bytes, Commands& out) {
  client_dropping_ = frame_bytes;
  refuse({"ERROR", "42939", "names beginning with " + quoted(reserved_name) + " are reserved", {}}, false,
         out);
  return true;
}

// Known to us or not at all: what SQL prepared or declared is run in SQL, where it is judged.
bool Session::refuse_unknown(const Target& target, std::size_t frame_bytes, Commands& out) {
  client_dropping_ = frame_bytes;
  const std::string_view kind = target.portal ? "portal" : "prepared statement";
  const std::string name = printable(target.name, 200);  // In the server's words, quotes and all.
  const bool unnamed = !target.portal && name.empty();
  const std::string message = unnamed ? "unnamed prepared statement does not exist"
                                      : fmt::format("{} \"{}\" does not exist", kind, name);
  refuse({"ERROR", target.portal ? "34000" : "26000", message, {}}, false, out);
  return true;
}

bool Session::refuse_full(std::size_t frame_bytes, Commands& out) {
  client_dropping_ = frame_bytes;
  refuse({"ERROR", "54000", "too many prepared statements or portals on this connection", {}}, false, out);
  return true;
}

ReadingPtr Session::statement_named(std::string_view name) const {
  if (const Entry* entry = queue_.defining(Awaits::parse, name)) return entry->reading;
  const auto found = statements_.find(name);
  return found == statements_.end() ? nullptr : found->second;
}

std::optional<Session::Portal> Session::portal_named(std::string_view name) const {
  if (const Entry* entry = queue_.defining(Awaits::bind, name)) {
    return Portal{entry->name, entry->reading, entry->ticket};
  }
  const auto found = std::ranges::find(portals_, name, &Portal::name);
  if (found == portals_.end()) return std::nullopt;
  return *found;
}

}  // namespace claw::postgres
