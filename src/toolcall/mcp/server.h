// The MCP server of the tool endpoint: Streamable HTTP at `/mcp`, in all versions that protocol/mcp knows,
// and where its clients learn how to say who they are. Versions with sessions keep one here; version
// 2026-07-28 says everything anew with each request, and nothing is remembered of it. What a method does is
// in methods.h. All of it is on the server's loop.
#pragma once

#include <array>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "serve/message.h"
#include "toolcall/mcp/methods.h"
#include "toolcall/mcp/sessions.h"
#include "toolcall/mcp/visit.h"

namespace claw::toolcall::mcp {

class Server {
 public:
  struct Parts {
    io::Loop& loop;
    Desk& desk;  // Outlives it.
    Registry registry;
    std::vector<Library> libraries;
  };
  explicit Server(Parts parts);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  static bool is_for(std::string_view path);  // Of a request.
  void handle(const serve::Asked& asked, const serve::Reply& reply);
  // The policy has changed: who listens is told, if it is theirs. What other servers offer through it is
  // looked at every few seconds anyway.
  void reloaded();

 private:
  using Seen = std::array<std::string, 3>;  // Digests of tools, resources and prompts as one agent has them.
  struct Listener {  // A stream of `subscriptions/listen`.
    std::string agent;
    std::string door;
    claw::mcp::Id id;
    std::array<bool, 3> wants = {};
    Seen seen = {};
    std::optional<Teller> teller = {};
  };

  void post(Visit visit, const serve::Asked& asked, const serve::Reply& reply);
  std::optional<Refused> find_version(Visit& visit, const serve::Asked& asked);
  std::optional<Refused> understand(Visit& visit, const serve::Asked& asked);
  void answer_all(Visit& visit, const serve::Asked& asked, const serve::Reply& reply);
  void initialize(Visit& visit, const claw::mcp::Request& request);
  void hear(const Visit& visit, const claw::mcp::Notification& notification);
  void listen(const Visit& visit, const claw::mcp::Request& request, const serve::Reply& reply);
  void open_stream(const Who& who, const serve::Asked& asked, const serve::Reply& reply);
  void end_session(const Who& who, const serve::Asked& asked, const serve::Reply& reply);
  std::shared_ptr<Session> session_of(const Who& who, std::string_view id);
  std::optional<Who> still(const std::string& agent, const std::string& door) const;
  using Looked = std::map<std::pair<std::string, std::string>, std::optional<Seen>>;  // By agent and door.
  Seen seen_by(const Who& who) const;
  const std::optional<Seen>& look(Looked& looked, const std::string& agent, const std::string& door) const;
  void tell_session(const std::shared_ptr<Session>& session, Looked& looked);
  bool tell_listener(Listener& listener, Looked& looked);
  void sweep();

  Parts parts_;
  Methods methods_;
  Sessions sessions_;
  std::list<std::shared_ptr<Listener>> listeners_;
  std::uint64_t streams_ = 0;
  io::TimerId sweeping_ = 0;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace claw::toolcall::mcp
