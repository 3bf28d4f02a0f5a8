// Calls that are none: arguments that are wrong, words that the policy does not let a program be given, tools
// that are not there, too much at once. Nothing of them runs and no rule sees them, but who tries what is
// there leaves a trace: each is on record as a refusal, a flood of them as one a second that says how many it
// stands for. What was sent is cut, and what may be a secret in it is left out. On the server's loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "guard/guard.h"
#include "io/loop.h"

namespace claw::toolcall {

// What somebody asked for, and why it is no call.
struct Attempt {
  std::shared_ptr<const guard::Gate> gate;  // Of the tool endpoint.
  action::Principal principal;
  std::string tool;
  const json::Value& arguments;  // Whatever they are.
  std::string reasoning;
  std::string session;           // `AGENT/session`
  std::string reason;
};

constexpr double refusals_burst = 20;         // Of one agent, each on record by itself: a model that gropes.
constexpr double refusals_per_second = 1;     // After that; some 2 KiB each, so 200 MiB a day at worst.
constexpr std::size_t refused_arguments_bytes_max = 8 * 1024;  // What is longer is told by its digest.

class Refusals {
 public:
  Refusals(io::Loop& loop, guard::Guard& guard) : loop_(loop), guard_(guard) {}
  ~Refusals();  // Those that wait for their second are written.
  Refusals(const Refusals&) = delete;
  Refusals& operator=(const Refusals&) = delete;

  void add(const Attempt& attempt);

 private:
  struct Waiting {  // The first of those that have no room yet, which stands for all.
    std::shared_ptr<const guard::Gate> gate;
    action::Action action;
    std::string reason;
    std::uint64_t others = 0;
  };
  struct Agent {
    double room = refusals_burst;
    std::int64_t at_us = 0;
    std::optional<Waiting> waiting;
  };
  bool take_room(Agent& agent) const;
  void write(Agent& agent);
  void tick();

  io::Loop& loop_;
  guard::Guard& guard_;
  std::map<std::string, Agent, std::less<>>
      agents_;  // As many as refused calls were of, in this second or so.
  io::TimerId timer_ = 0;
};

// What of the arguments goes on record, whatever they are; an object.
json::Value recordable(const json::Value& arguments);

}  // namespace claw::toolcall
