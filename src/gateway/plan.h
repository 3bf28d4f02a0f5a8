// A snapshot made ready to serve: every endpoint with its gate, its TLS settings and its protocol's
// options, and every door agents come in by. Made once per load, shared by all connections, immutable; a
// reload makes a new one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/snapshot.h"
#include "guard/guard.h"
#include "io/address.h"
#include "io/connector.h"
#include "io/tls.h"
#include "protocol/http/options.h"
#include "protocol/postgres/options.h"
#include "vault/vault.h"

namespace claw::gateway {

struct Served {
  const config::Endpoint* endpoint = nullptr;  // Points into the plan's snapshot.
  std::shared_ptr<const guard::Gate> gate;
  io::Address upstream;                          // Empty host: where the agent asked to go.
  std::shared_ptr<io::TlsContext> upstream_tls;  // Null: sslmode disable, or plain HTTP.
  std::shared_ptr<const postgres::Options> postgres;
  std::shared_ptr<const http::Options> http;     // One of the two.
};

// A way in: an endpoint's own, or one for many.
struct Door {
  std::string name;                              // `postgres.prod`, `proxy.dev`
  const config::Entrance* entrance = nullptr;    // In the snapshot too.
  const Served* served = nullptr;                // In the plan; null: for many.
  std::shared_ptr<io::TlsContext> tls;           // Null: plain, or leaves of our authority.
  bool shows_leaf = false;                       // `tls` has the terms, a leaf is shown all the same.
  http::Door http;
  std::string host;                              // Where an HTTP endpoint's own door leads.
  std::uint16_t port = 0;
};

struct Plan {
  std::shared_ptr<const config::Snapshot> snapshot;
  std::shared_ptr<const guard::Terms> terms;          // What is counted of agents, for all gates alike.
  std::map<std::string, Served, std::less<>> served;  // By typed name.
  std::map<std::string, Door, std::less<>> doors;     // By name.
  std::map<std::string, const config::Agent*, std::less<>> agents_by_token;  // Key: SHA-256.
};

// The name this endpoint has for its upstream: sent as Host when agents came by the endpoint's own door.
const config::HostPort& own_host(const config::Endpoint& endpoint);

// How requests to an endpoint that speaks HTTP are read, judged and answered.
std::shared_ptr<const http::Options> http_options(const config::Snapshot& snapshot,
                                                  const config::Endpoint& endpoint);

vault::Credential vault_credential(const config::Credential& credential);

// What the configuration says of agents. They are counted where some rule or budget needs it.
guard::Terms terms_of(const config::Snapshot& snapshot);

// How far a connection may reach, given that policy sent it there under this name.
io::Reach reach_of(const config::Endpoint& endpoint, std::string_view host);

// An endpoint that cannot be made ready (a missing certificate file) fails the whole plan: half a policy
// is not a policy.
Result<std::shared_ptr<const Plan>> make_plan(std::shared_ptr<const config::Snapshot> snapshot,
                                              guard::Guard& guard, vault::Vault& vault);

}  // namespace claw::gateway
