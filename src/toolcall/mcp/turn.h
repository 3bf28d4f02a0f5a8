// One request of an MCP client that a call is made of: it waits for the call's end, tells of progress until
// then, and makes the result of it. Where a person is asked and the client can show pages, it answers at once
// that there is one to be shown, and the call waits for the client to come back. On the server's loop.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "protocol/mcp/message.h"
#include "protocol/mcp/versions.h"
#include "toolcall/desk.h"
#include "toolcall/mcp/exchange.h"
#include "toolcall/mcp/sessions.h"

namespace claw::toolcall::mcp {

class Turn final : public Guest, public Flying, public std::enable_shared_from_this<Turn> {
 public:
  struct Order {
    claw::mcp::Id id;
    const claw::mcp::Version* version = nullptr;
    std::shared_ptr<Exchange> exchange;
    std::shared_ptr<Session> session = {};  // Null: the version has none.
    std::string progress_token = {};        // JSON; empty: none wanted.
    std::string public_url = {};            // Of the dashboard; empty: nobody knows it.
    bool shows_pages = false;               // The client has elicitation by URL.
    std::set<std::string, std::less<>> shown = {};  // Questions its person has been shown.
    std::function<void(std::string_view call)> decline = {};  // Set where they want none of it.
    // The answer's result of what became of it; an empty one: an error, `what`.
    std::function<std::string(const Said&)> result = {};
    std::function<void(const Said&)> over = {};  // Told before the answer; may be empty.
  };
  Turn(io::Loop& loop, Desk& desk, Order order);
  ~Turn() override;

  void begun();  // The desk has it: from now on there is somebody to keep awake.
  void leave();  // Nobody waits on the connection any more.
  void joined(std::string_view id, std::string_view key) override;
  void tell(std::string_view event, std::string_view json) override;
  void over(const Said& said) override;
  void cancel() override;

 private:
  void end();
  void tick();
  void progress(std::string_view message);
  void pass_on(std::string_view json);
  bool show(std::string_view question);

  io::Loop& loop_;
  Desk& desk_;
  Order order_;
  std::string call_;
  std::string key_;
  std::string waiting_for_;  // What people are told of it, while one is asked.
  std::uint64_t progress_ = 0;
  io::TimerId timer_ = 0;
  bool over_ = false;
};

}  // namespace claw::toolcall::mcp
