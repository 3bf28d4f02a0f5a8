#include "protocol/postgres/machine.h"

#include "protocol/postgres/phase.h"

namespace claw::postgres {
namespace {

using protocol::Commands;
using protocol::Event;
using protocol::Side;

class Ended final : public Phase {
 public:
  using Phase::Phase;
  void on(const Event&, Commands&) override {}
  bool wants(Side) const override { return false; }
  std::string_view state() const override { return "ended"; }
};

}  // namespace

void Phase::fail(Commands& out, std::string_view code, std::string_view message) {
  out.send(Side::client, encode_problem(Back::error_response, {"FATAL", code, message, {}}));
  out.ask(protocol::Report{std::string(message)});
  close(out, std::string(message));
}

void Phase::close(Commands& out, std::string why) {
  out.ask(protocol::Close{std::move(why)});
  go_on(std::make_unique<Ended>(seat_));
}

Machine::Machine(std::shared_ptr<const Options> options, action::Principal principal, std::string session_id,
                 std::string our_cancel_key)
    : phase_(make_opening({std::move(options), std::move(principal), std::move(session_id),
                           std::move(our_cancel_key), {}, {}, {}})) {}

Machine::~Machine() = default;

void Machine::on(const Event& event, Commands& out) {
  phase_->on(event, out);
  for (auto next = phase_->take_next(); next; next = phase_->take_next()) {
    phase_ = std::move(next);
    phase_->enter(out);
    // What this phase left unread is the next one's; nobody will tell it again.
    if (std::holds_alternative<protocol::Received>(event)) phase_->on(event, out);
  }
}

bool Machine::wants(Side side) const { return phase_->wants(side); }
std::string_view Machine::state() const { return phase_->state(); }

}  // namespace claw::postgres
