// A protocol as an object with one function: told what happened, it says what to do. It is synchronous,
// knows no socket, thread, policy or clock, and never calls out. gateway/ feeds it; tests and fuzzers
// feed it the same way.
#pragma once

#include <string_view>

#include "protocol/command.h"
#include "protocol/event.h"

namespace claw::protocol {

class Machine {
 public:
  virtual ~Machine() = default;
  virtual void on(const Event& event, Commands& out) = 0;  // Says everything it has to say, at once.
  virtual bool wants(Side side) const = 0;                 // Back-pressure: may the pump read this side now?
  // May one side end while the other goes on? Then an orderly PeerClosed says only that it sends no more.
  virtual bool passes_ends() const { return false; }
  virtual std::string_view state() const = 0;              // For the log and the dashboard.
};

}  // namespace claw::protocol
