// All MCP servers of the policy of now, one for each endpoint and credential that some profile has there, and
// the shelf their tools stand on. It lives on the loop of the tool server; status() alone is for any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "action/mcp/mcp.h"
#include "config/snapshot.h"
#include "outbound/fetcher.h"
#include "pins/board.h"
#include "toolcall/catalogue.h"
#include "toolcall/upstream/http_wire.h"
#include "toolcall/upstream/server.h"
#include "vault/vault.h"

namespace claw::toolcall::upstream {

// Of a message: a page of definitions is longer than any result.
constexpr std::size_t message_more_bytes = 512 * 1024;

struct Status {  // Of one server, for people.
  std::string endpoint;
  std::string credential;
  bool is_up = false;
  std::string why;
  std::int64_t since_us = 0;
  std::uint64_t starts = 0;
  About about;
  std::size_t open = 0;     // Definitions that may be had,
  std::size_t held = 0;     // and those that wait for somebody to look.
  std::vector<std::string> refused;
};

class Hub {
 public:
  struct Parts {
    io::Loop& loop;
    vault::Vault& vault;
    pins::Board& board;
    metrics::Registry& registry;
    Server::Told told;
    // Starts the program of an endpoint; an error where that cannot be done here.
    std::function<Result<std::unique_ptr<Wire>>(const config::Endpoint&)> run;
  };
  explicit Hub(Parts parts);
  ~Hub();

  void use(std::shared_ptr<const config::Snapshot> snapshot);
  void fill(const Asker& asker, Catalogue& into);
  std::uint64_t edition() const { return *edition_; }  // Another once fill() would find something else.
  void sort_again();

  // The server an endpoint is for that profile; null: none.
  std::shared_ptr<Server> server(const config::Snapshot& snapshot, const config::Endpoint& endpoint,
                                 std::string_view profile) const;
  // Whether the profile may ever be let to do this; what is not known of it yet may be anything.
  bool may_ask(const config::Endpoint& endpoint, std::string_view profile, const Server& server,
               action::McpCall call) const;

  std::vector<Status> status() const;  // Any thread.

 private:
  Server::Terms terms_of(const config::Snapshot& snapshot, const config::Endpoint& endpoint,
                         const config::Credential* credential);
  Result<std::unique_ptr<Wire>> connect(const config::Endpoint& endpoint,
                                        const vault::Credential& credential);
  void lend(const vault::Credential& credential, const vault::Request& request, bool asked, Lent lent);
  struct Made {
    std::shared_ptr<const Tool> tool;
    action::McpCall call;
  };
  const Made& made(const config::Endpoint& endpoint, const pins::Definition& definition,
                   const std::shared_ptr<Server>& server);
  void note();

  Parts parts_;
  outbound::Fetcher fetcher_;
  std::shared_ptr<const config::Snapshot> snapshot_;
  std::map<std::string, std::pair<std::string, std::shared_ptr<Server>>>
      servers_;                                  // By key; with its settings.
  std::map<std::string, Made> made_;  // Tools of this snapshot, by endpoint, credential and hash.
  mutable std::map<std::string, bool> askable_;  // What may_ask() found for this snapshot.
  mutable std::mutex mutex_;
  std::vector<Status> status_;
  io::TimerId noting_ = 0;
  std::shared_ptr<std::uint64_t> edition_ = std::make_shared<std::uint64_t>(0);
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace claw::toolcall::upstream
