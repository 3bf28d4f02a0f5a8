// A tool call as an action: its name, its arguments as JSON, and the command line of a tool that runs one,
// read as shell/command_line.h reads it. Made by the tool endpoint and by fixtures. What the call does
// underneath, on the wire, is made of other actions, each with the facts of its own family; a call that is
// one of them and nothing else says so in `Action::covers`, and the digests for that are made here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "action/action.h"
#include "base/json.h"

namespace claw::action {

struct ToolCall {
  std::string name;                  // `postgres.query`
  json::Value arguments = json::Object{};
  // What a person and the record see of them; nothing: all. What it leaves out, or hides, is the caller's to
  // show and to bind otherwise.
  std::optional<json::Value> shown = {};
  std::string reasoning = {};
  std::string gist = {};             // For people: `drop table x`; empty: the arguments.
  std::optional<bool> destructive = {};  // Nothing: only what it does underneath will tell.
  bool reads_only = false;
  bool truncated = false;
  std::string not_understood = {};   // Why it is no call of that tool; empty: it is one.
};

// A `command` that is no text, or more than one simple command, or an `argv` beside it, makes a call that is
// not understood.
std::shared_ptr<const Subject> make_tool_subject(ToolCall call);

// The one action that a call is: what has this digest at this endpoint does exactly what was seen of it.
std::string covered_sql(std::string_view endpoint, std::string_view text,
                        const std::vector<Parameter>& parameters);
struct CoveredHttp {
  std::string_view host;    // As the Host field has it.
  std::string_view method;
  std::string_view target;
  std::string_view body;
};
std::string covered_http(std::string_view endpoint, const CoveredHttp& request);
std::string covered(const Action& action);  // Empty for families that no tool speaks.

}  // namespace claw::action
