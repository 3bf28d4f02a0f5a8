// What a tool is: what it takes, which agents have it, how a call of it becomes an action, and how an allowed
// one runs. A tool opens nothing itself: it speaks through connections of the gateway's own path, where all
// that it says is judged again.
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

// Where a connection under a call leads.
struct Goal {
  std::string endpoint;  // `postgres.prod`
  std::string host;      // Of one that speaks HTTP.
  std::uint16_t port = 0;
};

struct Outcome {
  std::string result;            // JSON; empty where it failed:
  std::string problem;           // then why, and
  std::string problem_more;      // members for the agent, `"code":"42P01"`; may be empty.
  bool cancelled = false;
  std::int64_t rows = -1;
  std::string detail;            // For the record: a command tag, a status.
};

struct Seat {
  io::Loop& loop;
  std::function<Result<io::Fd>(const Goal&)> connect;
  std::function<void(std::string json)> piece;  // Of the output, as it comes.
  std::function<void(Outcome)> done;            // Once, not before start() has returned.
  std::size_t result_bytes_max = 0;
};

class Run {
 public:
  virtual ~Run() = default;
  virtual void cancel() = 0;  // On the wire where its protocol can; done() still follows.
};

struct Planned {
  action::ToolCall call;
  std::string covers;         // As of an action::Action.
  std::vector<action::Parameter> parameters;
  std::function<std::unique_ptr<Run>(Seat)> start;
};
using Plan = std::variant<Planned, Mistake>;

struct Asking {  // One call, its arguments checked against the tool's fields.
  const config::Snapshot& snapshot;
  std::string_view profile;
  const json::Value& arguments;
};

struct Tool {
  std::string_view name;
  std::string_view description;
  std::span<const Field> fields;
  bool open_world = false;    // It may reach what nobody listed.
  bool (*is_for)(const config::Snapshot& snapshot, std::string_view profile) = nullptr;
  Plan (*plan)(const Tool& tool, const Asking& asking) = nullptr;
};

std::span<const Tool> tools();
// As it is called: `postgres.query`, or `postgres_query` where names may have no dot. Null: there is none.
const Tool* find_tool(std::string_view name);
std::string wire_name(std::string_view name);  // Without dots.

// The tools of one protocol each.
extern const Tool postgres_query;
extern const Tool http_request;
extern const Tool github_request;
extern const Tool gcp_request;
extern const Tool aws_request;

}  // namespace claw::toolcall
