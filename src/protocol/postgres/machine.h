// The Postgres machine: one per agent connection. Told what agent and upstream sent and what was decided,
// it answers with commands; see protocol/machine.h. All it knows is in its phases (phase.h): opening,
// login, session, cancelling.
#pragma once

#include <memory>
#include <string>

#include "protocol/machine.h"
#include "protocol/postgres/options.h"

namespace claw::postgres {

class Phase;

class Machine final : public protocol::Machine {
 public:
  // `our_cancel_key` is eight bytes nobody can guess, handed to the agent in place of the upstream's.
  Machine(std::shared_ptr<const Options> options, action::Principal principal, std::string session_id,
          std::string our_cancel_key);
  ~Machine() override;

  void on(const protocol::Event& event, protocol::Commands& out) override;
  bool wants(protocol::Side side) const override;
  std::string_view state() const override;

 private:
  std::unique_ptr<Phase> phase_;
};

}  // namespace claw::postgres
