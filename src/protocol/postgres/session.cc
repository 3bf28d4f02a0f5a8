#include "protocol/postgres/session.h"

#include <algorithm>
#include <cstdlib>
#include <variant>

#include "sql/postgres.h"

namespace claw::postgres {

using protocol::Commands;
using protocol::Ending;
using protocol::Side;

Session::Session(Seat seat, Arrival arrival)
    : Phase(std::move(seat)),
      settings_({seat_.principal, seat_.options->endpoint, seat_.credential, seat_.session_id}, seat_.user,
                seat_.database),
      reports_read_only_(arrival.reports_read_only) {
  for (const auto& [name, value] : arrival.reported) {
    settings_.reported(name, value);
    if (name == "server_version") newer_grammar_ = std::atoi(value.c_str()) > sql::grammar_major_version;
  }
}

void Session::on(const protocol::Event& event, Commands& out) {
  if (const auto* received = std::get_if<protocol::Received>(&event)) {
    if (received->side == Side::client) return on_client(received->bytes, out);
    return on_upstream(received->bytes, out);
  }
  if (const auto* decided = std::get_if<protocol::Decided>(&event)) {
    if (!question_ || question_->ticket != decided->ticket) return on_late(*decided, out);
    question_->verdict = decided->verdict;
    blocked_ = false;
  } else if (const auto* waiting = std::get_if<protocol::Waiting>(&event)) {
    // Drivers give up on a silent server; inside a half-sent row there is no room for a notice.
    if (client_mid_frame_) return;
    out.send(Side::client, encode_problem(Back::notice_response, {"NOTICE", "00000", waiting->notice, {}}));
  } else if (const auto* closed = std::get_if<protocol::PeerClosed>(&event)) {
    on_closed(*closed, out);
  } else if (const auto* timed_out = std::get_if<protocol::TimedOut>(&event)) {
    if (timed_out->timer == protocol::idle_timer) on_idle(out);
  }
}

// A verdict may cross a withdrawal: what it allowed was not sent, and the record says so.
void Session::on_late(const protocol::Decided& decided, Commands& out) {
  if (!decided.verdict.allowed()) return;
  out.ask(protocol::Record{decided.ticket, Ending::cancelled, -1, "taken back before it was decided"});
}

bool Session::wants(Side side) const {
  return side == Side::upstream || !blocked_ || client_left_ < read_ahead_bytes_max;
}

std::string_view Session::state() const {
  if (question_ && !question_->verdict) return "deciding";
  if (copy_in_) return "copying";
  if (!queue_.empty()) return "busy";
  switch (status_) {
    case Transaction::idle: return "idle";
    case Transaction::open: return "in transaction";
    case Transaction::failed: return "in failed transaction";
  }
  return "";
}

void Session::on_closed(const protocol::PeerClosed& closed, Commands& out) {
  withdraw("not sent", out);
  end_all(Ending::unknown, closed.side == Side::client ? "agent left first" : "upstream went away first",
          out);
  if (closed.side == Side::client) {
    out.send(Side::upstream, encode(Front::terminate));
    return close(out, "agent left");
  }
  if (client_mid_frame_) return close(out, "upstream went away inside a message");
  fail(out, "08006", closed.why.empty() ? "upstream closed the connection" : closed.why);
}

// In the words of the server's own timeouts; the pump has seen that nothing runs and nobody is asked.
void Session::on_idle(Commands& out) {
  withdraw("not sent", out);
  end_all(Ending::unknown, "the gateway closed the connection", out);
  out.send(Side::upstream, encode(Front::terminate));
  if (client_mid_frame_) return close(out, "idle inside a message");
  const bool in_transaction = status_ != Transaction::idle;
  fail(out, in_transaction ? "25P03" : "57P05",
       in_transaction ? "terminating connection due to idle-in-transaction timeout"
                      : "terminating connection due to idle-session timeout");
}

// An action that will not be sent after all.
void Session::withdraw(std::string_view why, Commands& out) {
  if (!question_) return;
  if (!question_->verdict) out.ask(protocol::Withdraw{question_->ticket});
  if (question_->verdict && question_->verdict->allowed()) {
    out.ask(protocol::Record{question_->ticket, Ending::cancelled, -1, std::string(why)});
  }
  question_.reset();
}

Session::Running* Session::running(Ticket ticket) {
  const auto found = std::ranges::find(running_, ticket, &Running::ticket);
  return found == running_.end() ? nullptr : &*found;
}

void Session::end_ticket(Ticket ticket, Ending ending, std::string detail, Commands& out) {
  const auto found = std::ranges::find(running_, ticket, &Running::ticket);
  if (found == running_.end()) return;
  out.ask(protocol::Record{ticket, ending, found->rows, std::move(detail)});
  running_.erase(found);
}

void Session::end_all(Ending ending, std::string_view detail, Commands& out) {
  while (!running_.empty()) end_ticket(running_.front().ticket, ending, std::string(detail), out);
}

std::unique_ptr<Phase> make_session(Seat seat, Arrival arrival) {
  return std::make_unique<Session>(std::move(seat), std::move(arrival));
}

}  // namespace claw::postgres
