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

#include "action/edits.h"
#include "action/lease.h"
#include "action/principal.h"
#include "action/verdict.h"
#include "base/result.h"

namespace claw::protocol {

// The agent, and the upstream; a machine with several upstreams numbers them from 1 with upstream_side().
enum class Side : std::uint16_t { client, upstream };
inline Side other(Side side) { return side == Side::client ? Side::upstream : Side::client; }
inline Side upstream_side(std::size_t number) { return static_cast<Side>(number); }
inline std::size_t number_of(Side side) { return static_cast<std::size_t>(side); }  // 0: the client.

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
  Side side = Side::upstream;
  std::string protocol = {};  // What ALPN chose, when Connect asked for TLS; may be empty.
  bool is_reused = false;  // Out of the pool: the peer may have given it up just now.
};

struct TlsReady {  // The answer to StartTls.
  Side side;
  std::optional<Error> error;
  std::string binding = {};   // RFC 5929 tls-server-end-point of the peer's certificate; upstream side only.
  std::string protocol = {};  // What ALPN chose; client side only.
  std::optional<action::Principal> principal = {};  // Whom the agent's certificate proves it to be.
};

// The answer to Identify: who that token belongs to, or nobody.
struct Identified {
  bool known = false;
  action::Principal principal;
};

// The answer to Route: `route` names the destination from now on.
struct Routed {
  enum class Kind : std::uint8_t { endpoint, splice, refused } kind = Kind::refused;
  std::uint32_t route = 0;
  std::string why;  // When refused.
  std::shared_ptr<const void> options;  // The protocol's options for that endpoint.
};

// The answer to Choose: which credential the action will run with, before it is judged.
struct Chosen {
  Ticket ticket;
  std::optional<Error> error;
  std::string credential;    // Bare name; empty: none.
  bool needs_body = false;   // What will be lent depends on the body (a signature), so it must be gathered.
  std::shared_ptr<const void> options = {};  // Of the route, as they are now: there may have been a reload.
};

struct Decided {
  Ticket ticket;
  action::Verdict verdict;
};

struct Waiting {  // The action is held for a person; a Decided follows. Told again every keep-alive interval.
  Ticket ticket;
  std::string notice;
};

struct Leased {  // The answer to Lease, or to Inject.
  std::optional<Error> error;
  std::shared_ptr<const action::Login> login = {};
  Ticket ticket = 0;
  std::shared_ptr<const action::Edits> edits = {};
};

struct KeyFound {  // The answer to FindKey; nothing when nobody holds that key.
  std::optional<std::string> theirs;
};

struct TimedOut {
  std::uint32_t timer;
};
// The pump's own timer: nothing was said on either side for as long as the configuration allows. A machine
// that has a word for it says so and closes; the others are closed.
constexpr std::uint32_t idle_timer = 0xFFFF'FFFF;
// And this one: there is much for the client to take, and for a minute, or that time if it is shorter, it has
// taken next to nothing.
constexpr std::uint32_t stalled_timer = 0xFFFF'FFFE;

using Event = std::variant<Started, Received, PeerClosed, Connected, TlsReady, Decided, Waiting, Leased,
                           KeyFound, TimedOut, Identified, Routed, Chosen>;

}  // namespace claw::protocol
