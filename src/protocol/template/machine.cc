#include "protocol/template/machine.h"

#include "action/requests.h"

namespace claw::protocol_template {

using protocol::Commands;
using protocol::Side;

void Machine::on(const protocol::Event& event, Commands& out) {
  if (state_ == State::ended) return;
  if (std::holds_alternative<protocol::Started>(event)) return out.ask(protocol::Connect{});
  if (const auto* connected = std::get_if<protocol::Connected>(&event)) {
    if (connected->error) return end(out, connected->error->what);
    state_ = State::idle;
  } else if (const auto* decided = std::get_if<protocol::Decided>(&event)) {
    if (state_ != State::deciding || decided->ticket != ticket_) return;
    verdict_ = decided->verdict;
    state_ = State::idle;
  } else if (const auto* closed = std::get_if<protocol::PeerClosed>(&event)) {
    if (state_ == State::deciding) out.ask(protocol::Withdraw{ticket_});
    end(out, closed->side == Side::client ? "agent left" : "upstream left");
  } else if (const auto* received = std::get_if<protocol::Received>(&event)) {
    if (received->side == Side::upstream) {
      out.relay(Side::client, received->bytes, 0);
      return out.consume(Side::upstream, received->bytes.size());
    }
    while (state_ == State::idle) {
      const std::string_view rest = received->bytes.substr(out.consumed(Side::client));
      const std::size_t end_of_line = rest.find('\n');
      if (end_of_line == std::string_view::npos) {
        if (rest.size() > line_bytes_max) end(out, "line is too long");
        return;
      }
      on_line(rest.substr(0, end_of_line + 1), out);
    }
  }
}

// Told twice of each line: it is asked about, and then, still at the front of the buffer, sent or refused.
void Machine::on_line(std::string_view line, Commands& out) {
  if (line.size() > line_bytes_max) return end(out, "line is too long");
  if (!verdict_) {
    action::SshRequest request;
    request.verb = "exec";
    request.command = std::string(line.substr(0, line.size() - 1));
    state_ = State::deciding;
    return out.ask(
        protocol::Decide{++ticket_, {{}, action::make_ssh_subject(std::move(request)), context_, {}, {}}});
  }
  if (verdict_->allowed()) {
    out.relay(Side::upstream, line, ticket_);
    out.ask(protocol::Record{ticket_, protocol::Ending::ok, -1, "sent"});
  } else {
    out.send(Side::client, "refused: " + verdict_->reason + "\n");
  }
  out.consume(Side::client, line.size());
  verdict_.reset();
}

void Machine::end(Commands& out, std::string why) {
  state_ = State::ended;
  out.ask(protocol::Close{std::move(why)});
}

bool Machine::wants(Side side) const {
  return side == Side::upstream ? state_ != State::ended && state_ != State::connecting
                                : state_ == State::idle;
}

std::string_view Machine::state() const {
  switch (state_) {
    case State::connecting: return "connecting";
    case State::idle: return "idle";
    case State::deciding: return "deciding";
    case State::ended: return "ended";
  }
  return "";
}

}  // namespace claw::protocol_template
