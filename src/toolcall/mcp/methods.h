// What MCP's methods do: lists, calls of tools, resources and prompts, by the desk and the libraries. A
// request comes with the visit it is part of and is answered in that visit's exchange, at once or when its
// call has ended. On the server's loop.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toolcall/desk.h"
#include "toolcall/library.h"
#include "toolcall/mcp/turn.h"
#include "toolcall/mcp/visit.h"

namespace claw::toolcall::mcp {

class Methods {
 public:
  Methods(io::Loop& loop, Desk& desk, const std::vector<Library>& libraries);

  void answer(const Visit& visit, const claw::mcp::Request& request);
  // What the libraries have for that agent, as JSON objects.
  std::vector<std::string> entries(const Who& who, Library::Kind kind) const;

 private:
  using Wrong = std::optional<std::string>;

  // Nothing: there is no such method. Empty: the cursor is none of the list's.
  std::optional<std::string> at_once(const Visit& visit, const claw::mcp::Request& request) const;
  std::string list(const Visit& visit, const claw::mcp::Request& request, std::string_view name,
                   const std::vector<std::string>& entries) const;
  void call(const Visit& visit, const claw::mcp::Request& request);
  void open_page(const Visit& visit, const claw::mcp::Request& request);
  std::optional<Page> page_of(const Visit& visit, const claw::mcp::Request& request) const;
  Wrong read_call(const Visit& visit, const claw::mcp::Request& request, Want& want) const;
  Turn::Order order_of(const Visit& visit, const claw::mcp::Request& request) const;
  std::shared_ptr<Turn> make_turn(const Visit& visit, Turn::Order order);
  void lift_reasoning(const Who& who, Want& want) const;
  void remember(const std::string& agent, const std::string& call, const Said& said);

  io::Loop& loop_;
  Desk& desk_;
  const std::vector<Library>& libraries_;
  // Operations that were put off, by agent and call: a model sends the same call again, and names nothing.
  std::map<std::pair<std::string, std::string>, std::string> away_;
};

}  // namespace claw::toolcall::mcp
