// One thread of the gateway: a loop, the connections that live on it, and the scratch space they share
// because only one of them is ever being served at a time.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "approval/queue.h"
#include "audit/sink.h"
#include "base/budget.h"
#include "base/metrics.h"
#include "gateway/cancel_keys.h"
#include "outbound/fetcher.h"
#include "gateway/plan.h"
#include "gateway/pool.h"
#include "gateway/preview/preview.h"
#include "gateway/quota.h"
#include "guard/guard.h"
#include "io/authority.h"
#include "io/loop.h"
#include "protocol/machine.h"
#include "vault/vault.h"

namespace claw::gateway {

class Connection;

// What all workers share; outlives them.
struct Services {
  const Clock& clock;
  guard::Guard& guard;
  vault::Vault& vault;
  audit::Sink& sink;
  approval::Queue& questions;
  CancelKeys& cancel_keys;
  std::shared_ptr<io::Authority> authority;
  std::shared_ptr<Budget> bodies;  // Of requests, held for rules, signatures or a verdict.
  metrics::Gauge connections_open;
  metrics::Counter connect_failures;
  std::atomic<std::uint64_t> open{0};  // Connections, all workers; the config's limit is on this.
  Quota quota = {};                    // And by agent and endpoint.
};

// Whom a connection of our own speaks for, and where it leads. Without an endpoint it is for hosts of those
// in `among`: as their proxy, or where `to` has a host, as if it had gone there by itself.
struct Inner {
  std::string endpoint;  // By typed name.
  Within to;
  action::Principal principal;
  std::vector<std::string> among = {};
};

class Worker {
 public:
  explicit Worker(Services& services);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  io::Loop& loop() { return loop_; }
  Services& services() { return services_; }
  const std::shared_ptr<const Plan>& plan() const { return plan_; }
  void use(std::shared_ptr<const Plan> plan);  // On the loop's thread.

  Pool& pool() { return pool_; }
  outbound::Fetcher& fetcher() { return fetcher_; }

  // TLS contexts with a client certificate; forgotten when the plan changes.
  std::shared_ptr<io::TlsContext> context(const std::string& key) const;
  void keep_context(const std::string& key, std::shared_ptr<io::TlsContext> context);

  // Edits that are the same for every request, for a second: asking the vault costs more than using them.
  std::shared_ptr<const action::Edits> edits(const Plan& plan, const std::string& credential) const;
  void keep_edits(std::shared_ptr<const Plan> plan, const std::string& credential,
                  std::shared_ptr<const action::Edits> edits);

  // Takes an accepted connection that came by that door; on the loop's thread.
  void serve(io::Fd socket, std::string from, const std::string& door);
  // Takes a connection of our own that speaks for an agent, to an endpoint its profile reaches.
  void serve_inner(io::Fd socket, Inner to);
  // Looks up what a held action would change, and tells the queue.
  void look_up(const Served& to, std::shared_ptr<const action::Action> action);
  void retire(Connection& connection);  // Destroyed before the loop's next turn, not now.
  void take_back(Connection* connection, const std::string& session);  // If it is still there.
  void close_all(std::string_view why);
  std::size_t size() const { return connections_.size(); }  // Of the connections that live on it.

  // Scratch for the connection being served.
  std::array<char, 64 * 1024> input;
  protocol::Commands commands;
  std::vector<protocol::Event> inbox;
  std::vector<std::vector<std::string_view>> outgoing;  // By side: pieces of this turn, sent in one go.

 private:
  void serve_proxy(io::Fd socket, Inner to);
  void start(std::unique_ptr<Connection> connection);
  void begin_preview(const Served& to, const std::shared_ptr<const action::Action>& action);

  Services& services_;
  io::Loop loop_;
  Pool pool_{loop_};
  outbound::Fetcher fetcher_;
  std::map<std::string, std::shared_ptr<io::TlsContext>> contexts_;
  struct Lent {
    std::shared_ptr<const Plan> plan;  // Another plan may mean another secret by the same name.
    std::shared_ptr<const action::Edits> edits;
    std::int64_t until_us;
  };
  std::unordered_map<std::string, Lent> lent_;
  std::shared_ptr<const Plan> plan_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::map<std::string, std::unique_ptr<Preview>> previews_;  // By action.
  std::vector<std::unique_ptr<Connection>> retired_;
};

}  // namespace claw::gateway
