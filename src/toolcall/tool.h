// What a tool is: what it takes, how a call of it becomes an action, and how an allowed one runs. A tool
// opens nothing itself: it speaks through connections of the gateway's own path, where all that it says is
// judged again. Which there are for whom is for catalogue.h.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "action/tool/tool.h"
#include "config/snapshot.h"
#include "io/fd.h"
#include "io/loop.h"
#include "toolcall/schema.h"

namespace claw::toolcall {

// Where a connection under a call leads: to an endpoint, or without one to hosts of those in `among`, as
// their proxy, or where there is a host, as if it had gone there by itself.
struct Goal {
  std::string endpoint;  // `postgres.prod`
  std::string host;      // Of one that speaks HTTP, or of a database that was gone to by name.
  std::uint16_t port = 0;
  std::vector<std::string> among = {};
};

struct Outcome {
  std::string result;            // JSON; empty where it failed:
  std::string problem;           // then why, and
  std::string problem_more;      // members for the agent, `"code":"42P01"`; may be empty.
  bool cancelled = false;
  std::int64_t rows = -1;
  std::string detail;            // For the record: a command tag, a status.
  std::string content = {};      // The result as MCP has it, an array of content blocks; empty: made of it.
  bool content_only = false;     // The result only says what the content says: for REST.
  bool is_error = false;         // The tool itself says that it failed; result and content say how.
};

struct Seat {
  io::Loop& loop;
  std::function<Result<io::Fd>(const Goal&)> connect;
  std::function<void(std::string json)> piece;  // Of the output, as it comes.
  std::function<void(Outcome)> done;            // Once, not before start() has returned.
  std::size_t result_bytes_max = 0;
  // Has the gateway serve a connection that somebody under this call made, as if the agent had made it.
  std::function<Status(const Goal&, io::Fd)> give = {};
};

class Run {
 public:
  virtual ~Run() = default;
  virtual void cancel() = 0;  // On the wire where its protocol can; done() still follows.
  virtual void hold() {}      // Something under it waits for a person now,
  virtual void resume() {}    // and nothing does any more.
};

struct Planned {
  action::ToolCall call;      // What is judged, unless there is a
  // of another family, made of what the agent says it is for, and
  std::function<std::shared_ptr<const action::Subject>(const std::string& reasoning)> subject = {};
  std::string endpoint = {};    // whose rules judge that; empty: the tool endpoint's.
  std::string credential = {};  // That will be lent for it, by its bare name.
  std::string covers;         // As of an action::Action.
  bool is_program = false;    // What it says is its result, whatever it did underneath and was denied.
  std::vector<action::Parameter> parameters;
  std::function<std::unique_ptr<Run>(Seat)> start;
};
using Plan = std::variant<Planned, Mistake>;

struct Asking {  // One call, its arguments checked against the tool's fields.
  const config::Snapshot& snapshot;
  std::string_view profile;
  const json::Value& arguments;
};

// What agents are told of it in advance; as MCP's annotations, and true whatever the arguments are.
struct Traits {
  bool reads_only = false;
  bool destructive = true;
  bool idempotent = false;
  bool open_world = false;  // It may reach what nobody listed.
};

class Tool {
 public:
  virtual ~Tool() = default;
  virtual std::string_view name() const = 0;  // `postgres.query`
  virtual std::string_view description() const = 0;
  virtual Traits traits() const = 0;
  virtual void write_schema(json::Writer& out) const = 0;  // Of the arguments, JSON Schema.
  // More members of it for MCP clients: `"title":…,"outputSchema":…`; may be empty.
  virtual std::string mcp_members() const { return {}; }
  // Pointers begin with `/arguments`.
  virtual std::optional<Mistake> check(const json::Value& arguments) const = 0;
  virtual Plan plan(const Asking& asking) const = 0;  // Of arguments that have been checked.
};

std::string wire_name(std::string_view name);  // Without dots: `postgres_query`.

}  // namespace claw::toolcall
