// Sessions of MCP clients whose version has them: who opened one, what was agreed, what it is waiting for,
// and the stream it listens on. A session is its agent's, at the endpoint where it was opened; for everybody
// else there is none of that name. They are bounded in number and time. One thread's.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/mcp/message.h"
#include "protocol/mcp/versions.h"
#include "toolcall/answer.h"

namespace claw::toolcall::mcp {

constexpr std::size_t sessions_per_agent =
    64;  // Each program of an agent has one, and some forget to end it.
constexpr std::size_t sessions_max = 4096;
constexpr std::int64_t session_idle_us = 60LL * 60 * 1'000'000;      // Without a request or a listener.
constexpr std::int64_t session_life_us = 24LL * 60 * 60 * 1'000'000; // Then it says who it is again.
constexpr std::size_t session_flying_max = 64;   // Requests of it that wait for their answer.

class Flying {  // A request that has not been answered.
 public:
  virtual ~Flying() = default;
  virtual void cancel() = 0;  // By its client, which wants no answer.
};

struct Session {
  std::string id;      // What the client sends: nobody can guess it.
  std::string name;    // For the record.
  std::string agent;
  std::string door;
  const claw::mcp::Version* version = nullptr;
  std::int64_t opened_us = 0;  // Monotonic.
  std::int64_t used_us = 0;
  std::map<claw::mcp::Id, std::weak_ptr<Flying>> flying = {};
  std::optional<Teller> listener = {};
  std::uint64_t listening = 0;            // Which listener it is: a new one takes the place of the old.
  std::array<std::string, 3> seen = {};   // Digests of the lists as it was last told of them.
};

class Sessions {
 public:
  std::shared_ptr<Session> open(Session session, std::int64_t now_us);
  // Null: there is none, or it is another's.
  std::shared_ptr<Session> find(std::string_view id, std::string_view agent, std::string_view door,
                                std::int64_t now_us);
  void close(const std::shared_ptr<Session>& session);  // And what it waits for is cancelled.
  void each(const std::function<void(const std::shared_ptr<Session>&)>& work);
  void expire(std::int64_t now_us);
  std::size_t size() const { return sessions_.size(); }

 private:
  void make_room(const std::string& agent);

  std::map<std::string, std::shared_ptr<Session>, std::less<>> sessions_;
};

}  // namespace claw::toolcall::mcp
