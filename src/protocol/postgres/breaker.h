// A write that was allowed up to so many rows, while the server can still take it back: it runs in a
// transaction or under a savepoint of ours, what it changed is counted there, and only then is the agent
// told. One is under way at a time, and its message stays at the front of what the agent has sent until
// it is over. breaker.cc drives it; session.h says where it stands among the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/event.h"
#include "protocol/postgres/facts.h"

namespace claw::postgres {

// Of what the server answers to one such write: what RETURNING gives of some thousand rows. Longer ones are
// rolled back, because rows that were sent cannot be taken back.
constexpr std::size_t held_answer_bytes_max = 4 * 1024 * 1024;
// Of the Binds of such writes that are open on a connection, kept to bind again what a person allows.
constexpr std::size_t kept_binds_bytes_max = 1024 * 1024;

struct Breaker {
  struct Count {
    std::uint64_t rows = 0;  // That the transaction has changed,
    std::string locked;      // and what it holds as only TRUNCATE, DROP and ALTER do.
  };

  enum class Step : std::uint8_t {
    none,
    counting,  // It runs; how many rows were changed before and after it is asked along with it.
    undoing,   // Too many: it is being rolled back.
    asking,    // It is as if it had never run, and is judged again with the number.
    ending,    // Few enough, of a simple query: it is being made to last.
  };

  Step step = Step::none;
  bool simple = false;
  bool alone = false;              // Nothing else is in its transaction: rolled back, it holds no lock.
  std::size_t frame_bytes = 0;     // Of the agent's message.
  protocol::Ticket ticket = 0;
  std::uint64_t rows_max = 0;
  ReadingPtr reading;
  std::string portal;              // That an Execute ran,
  std::string bind;                // and the message that made it.
  std::vector<std::optional<Count>> counts;  // Before and after. Nothing: the server keeps none.
  std::string tag;                 // Empty when its portal has more rows to give.
  std::string held;                // The server's answer to it.
  bool too_long = false;           // More of it was not kept.
  std::optional<std::uint64_t> changed;

  bool is_busy() const { return step != Step::none && step != Step::asking; }
};

}  // namespace claw::postgres
