// Names to addresses, as the system finds them or by one name server, on threads of its own so that a slow
// name server stops nobody's traffic. Bounded: a flood of names is refused, not queued for ever, and who asks
// what another is asking already gets the same answer. Answers are kept for a moment, failures for a shorter
// one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/address.h"
#include "io/loop.h"

namespace claw::io {

// Text that a resolver may be asked: no spelling of an address other than the usual one (`0x7f.1` and
// `2130706433` are loopback to getaddrinfo), nothing but letters, digits, dots, dashes and underscores.
Status check_name(std::string_view host);

class Resolver {
 public:
  using Addresses = std::vector<SocketAddress>;
  using Answer = std::function<void(Result<Addresses>)>;
  using LookUp = std::function<Result<Addresses>(const std::string& host)>;  // Blocking; ports are ignored.

  Resolver(const Clock& clock, LookUp look_up);
  ~Resolver();  // Waits for what is being looked up just now.
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Answers on `loop`'s thread, at once for what is an address or known; never when the loop has gone.
  void ask(Loop& loop, const Address& address, Answer answer);
  void forget(const std::string& host);  // Nobody answers at its addresses: they may have moved.
  void use(LookUp look_up);              // From now on; what was known is forgotten.

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

// As the system is set up: its name servers, its hosts file, its search list.
Result<Resolver::Addresses> look_up_by_system(const std::string& host);

// By DNS from that server alone, A before AAAA: no hosts file, no search list, each name as it is. Only
// `localhost` is this machine without asking (RFC 6761 §6.3).
Resolver::LookUp look_up_at(const SocketAddress& server);

// For the whole process; by the system until told otherwise.
Resolver& system_resolver();

}  // namespace claw::io
