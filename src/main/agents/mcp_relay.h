// Lines of an MCP client on standard input, sent as requests to a tool endpoint, and what comes back as
// lines: the way to an endpoint for clients that start their servers as programs. It understands of a message
// only what it must say of it in header fields; who calls and what is allowed is the endpoint's to judge. On
// one loop's thread. A session that the endpoint no longer knows, because it was started anew, is opened
// again without the client's noticing.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "io/address.h"
#include "io/loop.h"
#include "protocol/http/wire/message.h"
#include "protocol/mcp/message.h"
#include "protocol/mcp/versions.h"

namespace claw::verbs {

constexpr std::size_t mcp_line_bytes_max = 4 * 1024 * 1024;    // What the endpoint takes of a body.
constexpr std::size_t mcp_answer_bytes_max = 64 * 1024 * 1024; // One message back; results are 1 MiB or so.
constexpr std::size_t mcp_flying_max = 64;                     // Requests at once; more wait on the pipe.

struct McpEndpoint {
  io::Address address;
  std::string authority;  // As a request names it.
  Secret token = {};      // May be empty: a Unix socket says who it is.
};

class McpRelay {
 public:
  struct Ears {
    std::function<void(std::string_view line)> said;       // One message, without its line's end.
    std::function<void(std::string_view what)> complain;   // For a person; each thing once.
    std::function<void()> landed;                          // One more may be sent.
  };
  McpRelay(io::Loop& loop, McpEndpoint endpoint, Ears ears);
  ~McpRelay();
  McpRelay(const McpRelay&) = delete;
  McpRelay& operator=(const McpRelay&) = delete;

  void send(std::string line);
  // Nothing more will be sent. `gone` is called once what can be heard in that time has been, and the session
  // has been ended.
  void finish(std::uint32_t patience_ms, std::function<void()> gone);

 private:
  class Flight;
  friend class Flight;

  struct Line {
    std::string text;
    bool is_again = false;  // It has been sent to a session that was gone.
  };
  void send(Line line);
  std::shared_ptr<Flight> launch(Line line, const claw::mcp::Message& message);
  bool has_reopened(Flight& flight);
  bool cancel_modern(const claw::mcp::Message& message);
  http::Request head_of(std::string_view method) const;
  void say_in_head(http::Request& head, const claw::mcp::Message& message) const;
  void heard(Flight& flight, std::string_view message);
  void landed(Flight& flight, const std::optional<Error>& why);
  void learn(const claw::mcp::Message& answer, const http::Response& head);
  void listen();
  void end_session();
  void fail(const claw::mcp::Id& id, std::string_view what);

  io::Loop& loop_;
  McpEndpoint endpoint_;
  Ears ears_;
  std::list<std::shared_ptr<Flight>> flights_;
  std::list<Line> waiting_;    // For the answer to `initialize`: they need what it says.
  std::string opening_line_;   // The client's `initialize`.
  std::string session_;
  const claw::mcp::Version* version_ = nullptr;
  std::shared_ptr<Flight> listener_;
  io::TimerId listening_ = 0;
  std::uint32_t pause_ms_ = 0;
  bool opening_ = false;   // `initialize` is on its way.
  bool refused_ = false;   // The endpoint offers no stream, or no session is left.
  std::string complained_;
  std::function<void()> gone_;
  io::TimerId leaving_ = 0;
};

}  // namespace claw::verbs
