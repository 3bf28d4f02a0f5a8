// A snapshot made ready to serve: every endpoint with its gate, its TLS settings and its protocol's
// options. Made once per load, shared by all connections, immutable; a reload makes a new one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/snapshot.h"
#include "guard/guard.h"
#include "io/address.h"
#include "io/tls.h"
#include "protocol/postgres/options.h"
#include "vault/vault.h"

namespace claw::gateway {

struct Served {
  const config::Endpoint* endpoint = nullptr;  // Points into the plan's snapshot.
  std::shared_ptr<const guard::Gate> gate;
  io::Address upstream;
  std::shared_ptr<io::TlsContext> client_tls;    // Null: agents speak plainly.
  std::shared_ptr<io::TlsContext> upstream_tls;  // Null: sslmode disable.
  std::shared_ptr<const postgres::Options> postgres;
};

struct Plan {
  std::shared_ptr<const config::Snapshot> snapshot;
  std::map<std::string, Served, std::less<>> served;  // By typed name.
};

// An endpoint that cannot be made ready (a missing certificate file) fails the whole plan: half a policy
// is not a policy.
Result<std::shared_ptr<const Plan>> make_plan(std::shared_ptr<const config::Snapshot> snapshot,
                                              guard::Guard& guard, vault::Vault& vault);

}  // namespace claw::gateway
