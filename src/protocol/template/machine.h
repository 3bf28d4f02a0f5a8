// The smallest legal protocol: the agent sends lines, each is judged, and each allowed one goes upstream;
// what the upstream says is relayed. Not served by any listener: it is what a new protocol is copied from,
// and what the interface of protocol/machine.h means in full.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "protocol/machine.h"

namespace claw::protocol_template {

constexpr std::size_t line_bytes_max = 4096;  // A line is held until it is judged, so it is kept short.

class Machine final : public protocol::Machine {
 public:
  explicit Machine(std::shared_ptr<const action::Context> context) : context_(std::move(context)) {}

  void on(const protocol::Event& event, protocol::Commands& out) override;
  bool wants(protocol::Side side) const override;
  std::string_view state() const override;

 private:
  enum class State { connecting, idle, deciding, ended };

  void on_line(std::string_view line, protocol::Commands& out);
  void end(protocol::Commands& out, std::string why);

  State state_ = State::connecting;
  std::shared_ptr<const action::Context> context_;
  protocol::Ticket ticket_ = 0;
  std::optional<action::Verdict> verdict_;  // Of the line at the front of the receive buffer.
};

}  // namespace claw::protocol_template
