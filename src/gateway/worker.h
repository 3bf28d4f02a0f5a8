// One thread of the gateway: a loop, the connections that live on it, and the scratch space they share
// because only one of them is ever being served at a time.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/sink.h"
#include "base/metrics.h"
#include "gateway/cancel_keys.h"
#include "gateway/plan.h"
#include "guard/guard.h"
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
  CancelKeys& cancel_keys;
  metrics::Gauge connections_open;
  metrics::Counter connect_failures;
  std::atomic<std::uint64_t> open{0};  // Connections, all workers; the config's limit is on this.
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
  void use(std::shared_ptr<const Plan> plan) { plan_ = std::move(plan); }  // On the loop's thread.

  // Takes an accepted connection for that endpoint; on the loop's thread.
  void serve(io::Fd socket, std::string from, const std::string& endpoint);
  void retire(Connection& connection);  // Destroyed before the loop's next turn, not now.
  void take_back(Connection* connection, const std::string& session);  // If it is still there.
  void close_all(std::string_view why);

  // Scratch for the connection being served.
  std::array<char, 64 * 1024> input;
  protocol::Commands commands;
  std::vector<protocol::Event> inbox;
  std::array<std::vector<std::string_view>, 2> outgoing;  // By side: pieces of this turn, sent in one go.

 private:
  Services& services_;
  io::Loop loop_;
  std::shared_ptr<const Plan> plan_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> retired_;
};

}  // namespace claw::gateway
