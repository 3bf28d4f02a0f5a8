// The operators' side of a running gateway, built by hand: their accounts, the index of the record, the API,
// its server, and the thread all of that lives on, so that nobody who asks holds up agents.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "admin/api.h"
#include "admin/routes/records.h"
#include "serve/server.h"
#include "approval/operations.h"
#include "courier/courier.h"
#include "exporter/exporter.h"
#include "gateway/service.h"
#include "io/loop.h"
#include "io/thread.h"
#include "main/state.h"
#include "main/tools/tool_side.h"

namespace claw::verbs {

class OperatorsSide {
 public:
  struct Parts {
    State& state;
    metrics::Registry& registry;
    approval::Queue& questions;
    approval::Operations& operations;
    guard::Guard& guard;
    gateway::Service& service;
    courier::Courier& courier;
    exporter::Exporter& exporter;
    ToolSide& tools;
    io::Loop& control;   // Where reloads are begun.
    std::string config;  // Its path,
    std::string folder;  // and the state folder's.
    config::Settings settings;
  };
  static Result<std::unique_ptr<OperatorsSide>> make(Parts parts);
  ~OperatorsSide();

  Status listen();    // Its socket and addresses; then its thread serves them.
  void stop();        // Nobody is answered any more.

  // `PUBLIC_URL/#/first/TOKEN` while there is no admin and an address to open it at.
  std::optional<std::string> first_link() const;

 private:
  explicit OperatorsSide(Parts parts);
  Status open();
  Status open_provider();
  admin::Sources sources();
  void add_guard(admin::Sources& sources);
  void add_courier(admin::Sources& sources);
  void add_servers(admin::Sources& sources);
  std::vector<admin::AgentNow> agents() const;
  admin::Running running() const;
  Result<serve::Terms> terms() const;
  std::string own_url() const;

  Parts parts_;
  std::unique_ptr<operators::Directory> people_;
  std::unique_ptr<admin::Records> records_;
  std::optional<admin::Provider> provider_;
  std::string address_;  // Of the operators' listener, as bound.
  io::Loop loop_;
  std::unique_ptr<admin::Api> api_;
  std::unique_ptr<serve::Server> server_;
  std::unique_ptr<io::Thread> thread_;
};

}  // namespace claw::verbs
