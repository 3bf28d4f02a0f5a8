// The running gateway: its threads, its listeners, its current plan. Built by main/; asked by admin/ for
// its state. A reload either puts a whole new plan in place or changes nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "approval/queue.h"
#include "config/load.h"
#include "gateway/worker.h"
#include "io/listener.h"
#include "io/thread.h"

namespace claw::gateway {

struct State {
  std::string policy_version;
  std::int64_t policy_loaded_us = 0;
  std::string reload_error;          // Why the last reload kept the old policy; empty when it worked.
  std::int64_t reload_failed_us = 0;
  std::uint64_t connections = 0;
  std::vector<std::pair<std::string, std::string>> listeners;  // Door and address as bound.
};

// How this process finds hosts from now on: `gateway.resolver`, or where that is empty as the system does.
void resolve_by(const config::HostPort& server);

// Whoever listens for the same policy elsewhere, so that a reload puts all of it in place or nothing.
class OtherDoors {
 public:
  virtual ~OtherDoors() = default;
  virtual Status open(const config::Snapshot& snapshot) = 0;  // What it has more; closes nothing.
  virtual void close_but(const config::Snapshot& snapshot) = 0;  // What it does not have.
};

class Service {
 public:
  Service(Services& services, metrics::Registry& registry, std::string config_path);
  ~Service();

  // Opens the listeners and starts the threads; from then on agents are served.
  Status start(config::LoadResult loaded);
  void with(OtherDoors& others) { others_ = &others; }  // Before start(); outlives it.
  void reload();            // From the main loop: reads the files again.
  void reload_if_changed();
  void stop();

  // The worker of whoever opens connections inside this process, and runs its loop on a thread of their own.
  Worker& inner() { return inner_; }

  // One end of a connection inside this process: its other end is served as if an agent had come by it;
  // closed at once where the policy of now does not let that agent go there. On the thread of inner().
  Result<io::Fd> connect(Inner to);
  Status serve(io::Fd socket, Inner to);  // The same with a socket that is there already.

  State state() const;
  std::shared_ptr<const Plan> plan() const;

 private:
  Status open_all(const Plan& plan);
  Status listen(const Plan& plan);
  Result<std::unique_ptr<io::Listener>> open_listener(const std::string& door, const io::Address& address,
                                                      bool is_transparent);
  void accepted(io::Fd socket, std::string from, const std::string& door);
  void spread(std::shared_ptr<const Plan> plan);
  void failed(const std::string& why);

  Services& services_;
  OtherDoors* others_ = nullptr;
  std::string config_path_;
  metrics::Counter reloads_ok_;
  metrics::Counter reloads_failed_;
  Worker inner_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<io::Thread>> threads_;
  std::map<std::string, std::unique_ptr<io::Listener>> listeners_;  // By configured `door address`.
  std::size_t next_worker_ = 0;
  std::size_t next_inner_ = 0;  // The same for connections of our own that inner() has no room for.
  mutable std::mutex mutex_;  // Guards state_ and plan_.
  State state_;
  std::shared_ptr<const Plan> plan_;
  config::LoadResult loaded_;  // What was read last, good or bad; the control thread's alone.
  std::string fingerprint_;
};

}  // namespace claw::gateway
