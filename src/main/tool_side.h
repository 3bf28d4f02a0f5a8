// The agents' tool endpoints of a running gateway, built by hand: their server, the API behind it, and the
// thread both live on. What calls do underneath goes back into the gateway as agents' connections do.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "approval/operations.h"
#include "approval/queue.h"
#include "gateway/service.h"
#include "io/loop.h"
#include "io/thread.h"
#include "serve/server.h"
#include "toolcall/api.h"
#include "toolcall/mcp/server.h"

namespace claw::verbs {

class ToolSide {
 public:
  struct Parts {
    const Clock& clock;
    guard::Guard& guard;
    approval::Operations& operations;
    gateway::Service& service;
    approval::Queue& questions;
  };
  explicit ToolSide(Parts parts);
  ~ToolSide();

  Status start(const config::Snapshot& snapshot);  // Its addresses; then its thread serves them.
  // After a reload, from any thread but its own: where addresses have changed, all are opened anew, and calls
  // that run end.
  void use(const std::shared_ptr<const config::Snapshot>& snapshot);
  void stop();

 private:
  using Wanted = std::map<std::string, serve::DoorOptions>;  // By endpoint and address.
  static Wanted wanted(const config::Snapshot& snapshot);
  Status open(const config::Snapshot& snapshot);
  toolcall::Registry registry();
  toolcall::Desk::Parts desk_parts();
  toolcall::Library house();

  Parts parts_;
  io::Loop loop_;
  std::unique_ptr<toolcall::Desk> desk_;
  std::unique_ptr<toolcall::Api> api_;
  std::unique_ptr<toolcall::mcp::Server> mcp_;
  std::unique_ptr<serve::Server> server_;
  std::string listening_;  // The keys of what is open.
  std::unique_ptr<io::Thread> thread_;
};

}  // namespace claw::verbs
