// What a protocol machine is told. Events are past participles: something happened out there, and the
// machine answers with commands (command.h). Views in an event are valid until on() returns and the
// pump has done the commands it asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "action/lease.h"
#include "action/verdict.h"
#include "base/result.h"

namespace claw::protocol {

enum class Side : std::uint8_t { client, upstream };
inline Side other(Side side) { return side == Side::client ? Side::upstream : Side::client; }

// Names one open question; the machine counts them up from 1. Ticket 0 is "no judged action": greetings,
// authentication, the gateway's own housekeeping.
using Ticket = std::uint64_t;

struct Started {};

// All bytes of that side which the machine has not consumed yet. The pump tells it again when more
// arrive, and after any other event while something is left and wants(side) is true.
struct Received {
  Side side;
  std::string_view bytes;
};

struct PeerClosed {
  Side side;
  std::string why;  // Empty for an orderly end.
};

struct Connected {  // The answer to Connect.
  std::optional<Error> error;
};

struct TlsReady {  // The answer to StartTls.
  Side side;
  std::optional<Error> error;
  std::string binding;  // RFC 5929 tls-server-end-point of the peer's certificate; upstream side only.
};

struct Decided {
  Ticket ticket;
  action::Verdict verdict;
};

struct Waiting {  // The action is held for a person; a Decided follows. Told again every keep-alive interval.
  Ticket ticket;
  std::string notice;
};

struct Leased {  // The answer to Lease.
  std::optional<Error> error;
  std::shared_ptr<const action::Login> login;
};

struct KeyFound {  // The answer to FindKey; nothing when nobody holds that key.
  std::optional<std::string> theirs;
};

struct TimedOut {
  std::uint32_t timer;
};

using Event = std::variant<Started, Received, PeerClosed, Connected, TlsReady, Decided, Waiting, Leased,
                           KeyFound, TimedOut>;

}  // namespace claw::protocol
