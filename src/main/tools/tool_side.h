// The agents' tool endpoints of a running gateway, built by hand: their server, the API behind it, and the
// thread both live on. What calls do underneath goes back into the gateway as agents' connections do.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "approval/operations.h"
#include "courier/courier.h"
#include "approval/queue.h"
#include "gateway/service.h"
#include "io/loop.h"
#include "io/thread.h"
#include "main/state.h"
#include "serve/server.h"
#include "toolcall/api.h"
#include "toolcall/network/equip.h"
#include "toolcall/upstream/hub.h"
#include "toolcall/mcp/server.h"

namespace claw::verbs {

class ToolSide final : public gateway::OtherDoors {
 public:
  struct Parts {
    const Clock& clock;
    guard::Guard& guard;
    approval::Operations& operations;
    gateway::Service& service;
    approval::Queue& questions;
    std::string authority;  // Its certificate, PEM.
    State& state;
    metrics::Registry& registry;
    std::function<void(const std::vector<std::string>& approvers, courier::Announcement)> announce;
  };
  explicit ToolSide(Parts parts);
  ~ToolSide() override;

  Status start(const config::Snapshot& snapshot);  // Its addresses; then its thread serves them.
  void stop();

  void use(std::shared_ptr<const config::Snapshot> snapshot);  // MCP servers behind us; from any thread.
  std::vector<toolcall::upstream::Status> mcp_servers() const { return hub_->status(); }  // Any thread.

  // From any thread but its own. Who is connected to a door that stays notices nothing.
  Status open(const config::Snapshot& snapshot) override;
  void close_but(const config::Snapshot& snapshot) override;
  void reloaded();  // Once the new policy is the one of now: MCP clients are told what changed for them.

 private:
  using Wanted = std::map<std::string, serve::DoorOptions>;  // By endpoint and address.
  static Wanted wanted(const config::Snapshot& snapshot);
  Status listen(const Wanted& wanted);
  void handle(const serve::Asked& asked, const serve::Reply& reply);
  toolcall::Registry registry();
  toolcall::Desk::Parts desk_parts();
  toolcall::upstream::Hub::Parts hub_parts();
  Result<std::unique_ptr<toolcall::upstream::Wire>> run_server(const config::Endpoint& endpoint);
  void told(const toolcall::upstream::Server& server, const pins::Sorted& sorted);
  toolcall::Library house();

  Parts parts_;
  const toolcall::Outside outside_;
  io::Loop& loop_;  // Of the gateway's inner worker: what a call opens is served where the call is.
  std::unique_ptr<toolcall::upstream::Hub> hub_;
  std::shared_ptr<const config::Snapshot> used_;  // By the hub.
  std::unique_ptr<toolcall::Desk> desk_;
  std::unique_ptr<toolcall::Api> api_;
  std::unique_ptr<toolcall::mcp::Server> mcp_;
  std::map<std::string, std::unique_ptr<serve::Server>> servers_;  // One for each door, by its key.
  std::unique_ptr<io::Thread> thread_;
};

}  // namespace claw::verbs
