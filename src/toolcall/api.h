// The agents' tool API: who calls, what they may call, and one answer for each request. Requests come from
// serve/, calls are made of them; nothing of a body says who sends it. All of it is on the server's loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "serve/message.h"
#include "toolcall/call.h"
#include "toolcall/catalogue.h"
#include "toolcall/memory.h"

namespace claw::toolcall {

struct Sources {
  io::Loop& loop;
  guard::Guard& guard;
  std::function<std::optional<Ground>(std::string_view endpoint)> ground;
  std::vector<Shelf> shelves;
  std::function<Result<io::Fd>(const Goal&, std::string name, action::Principal)> connect;
  // The agent whose token this is; empty: nobody's.
  std::function<std::string(std::string_view token)> agent_of;
  // How an operation stands, for who has its token: its stage and why; nothing for everybody else.
  std::function<std::optional<std::pair<std::string, std::string>>(std::string_view id,
                                                                   std::string_view token)>
      operation;
};

class Api {
 public:
  explicit Api(Sources sources);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  void handle(serve::Asked asked, const serve::Reply& reply);

 private:
  struct Who {
    Ground ground;
    action::Principal principal;
  };
  struct Request {  // One body of a POST, checked.
    std::shared_ptr<const Tool> tool;
    json::Value arguments;
    std::string reasoning;
    std::string session;
    std::string key;
    std::string digest;  // Of tool and arguments.
  };
  using Checked = std::variant<Request, Said>;

  std::variant<Who, Said> identify(const serve::Asked& asked) const;
  static std::optional<Said> refuse_foreign(const serve::Asked& asked, const config::Endpoint& endpoint);
  Catalogue catalogue(const Who& who) const;
  Said list(const Who& who, std::string_view query) const;
  Said status(std::string_view path, std::string_view query) const;
  Said remove(const Who& who, std::string_view id);
  void post(const Who& who, std::string_view tool, const serve::Asked& asked, const serve::Reply& reply);
  Checked check(const Who& who, std::string_view tool, const std::string& body) const;
  void begin(const Who& who, Request request, const serve::Asked& asked, const serve::Reply& reply);
  std::shared_ptr<Call> start(const Who& who, const Request& request, Planned planned, Id id,
                              std::string operation);
  void join(const std::shared_ptr<Call>& call, const serve::Asked& asked, const serve::Reply& reply);
  void leave(const std::string& id);
  void over(const std::string& id, const Said& said, Call::End how, const std::string& operation);

  struct Running {
    std::shared_ptr<Call> call;
    std::string agent;
    std::string key;
    std::size_t waiting = 0;             // Who would have it cancelled by leaving, all together.
    std::vector<serve::Reply> replies;   // Of those that want one answer.
  };
  Sources sources_;
  Surroundings around_;
  Memory memory_;
  std::map<std::string, Running, std::less<>> running_;  // By id.
  std::map<std::string, std::size_t, std::less<>> calls_of_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace claw::toolcall
