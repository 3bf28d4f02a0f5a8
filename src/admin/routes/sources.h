// Where answers come from: everything of the running gateway that the routes ask or tell. main/ fills it in;
// what is on the gateway's own floor comes as functions. All of it outlives the API, and may be asked from
// any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/routes/call.h"
#include "approval/queue.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "config/snapshot.h"
#include "operators/directory.h"
#include "operators/oidc/client.h"
#include "pins/board.h"
#include "vault/sealed.h"

namespace claw::admin {

class Records;

// What runs now.
struct Running {
  std::string policy_version;
  std::int64_t policy_loaded_us = 0;
  std::string reload_error;
  std::int64_t reload_failed_us = 0;
  std::uint64_t connections = 0;
  std::vector<std::pair<std::string, std::string>> listeners;  // Door and address.
  std::shared_ptr<const config::Snapshot> snapshot;            // Null until the first plan.
};

struct AgentNow {  // How an agent stands, as the ledger has it.
  std::string name;
  std::string owner;
  std::vector<std::string> labels;
  struct Budget {
    std::string name;
    std::string what;
    std::int64_t used = 0;
    std::int64_t limit = 0;
    std::int64_t resets_us = 0;
  };
  std::vector<Budget> budgets;
};

struct Glass {  // One broken glass.
  std::string id;
  std::string profile;
  std::string person;
  std::string reason;
  std::int64_t since_us = 0;
  std::int64_t until_us = 0;
};

struct BreakGlass {  // Null functions: there is none.
  std::function<Result<std::string>(const Glass& wanted, std::int64_t minutes)> grant;
  std::function<Status(std::string_view id, std::string_view person)> end;
  std::function<std::vector<Glass>()> list;
};

// What somebody's server sent to /api/v1/callbacks/NAME, and what it is told. `answer` records a person's
// choice and gives it to the queue.
struct Callback {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string_view body;
};
struct Clicked {
  std::string question;
  approval::Choice choice = approval::Choice::deny;
  std::string person;
  std::string comment;
  std::string channel;
};
using TakeClick = std::function<Result<approval::State>(const Clicked& clicked)>;

struct ChannelNow {  // How people and models are reached.
  std::string name;  // `slack.ops`
  bool failing = false;
  std::string why;
  std::int64_t since_us = 0;
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;
  std::uint64_t waiting = 0;
};

struct ExporterNow {  // How an export of the record gets on.
  std::string name;    // `clickhouse.lake`
  std::string target;
  std::string state;   // `current`, `behind`, `failing`
  std::string why;
  std::int64_t since_us = 0;
  std::uint64_t seq = 0;  // The last record that arrived,
  std::int64_t time_us = 0;
  std::uint64_t behind = 0;  // and how many came after it.
  std::int64_t behind_us = 0;
  std::uint64_t sent = 0;
  std::uint64_t failures = 0;
  std::uint64_t missed = 0;
  std::uint64_t refused = 0;
};

struct McpNow {  // How an MCP server with one credential does.
  std::string endpoint;
  std::string credential;
  bool is_up = false;
  std::string why;
  std::int64_t since_us = 0;
  std::uint64_t starts = 0;
  std::string server;  // As it calls itself.
  std::string server_version;
  std::string protocol;
  std::vector<std::string> refused;
  std::size_t open = 0;  // Definitions that may be had, and
  std::size_t held = 0;  // those that wait for somebody to look.
};

struct OperationNow {
  std::string id;
  std::string state;
  std::string reason;
  std::int64_t retry_after_s = 0;
};

struct Provider {  // Of OIDC.
  std::unique_ptr<oidc::Client> client;
  std::string label;
  std::function<Result<oidc::Reply>(const oidc::Request& request)> fetch;  // Waits for the answer.
  std::function<Result<Secret>()> secret;                                   // The client's.
};

struct Sources {
  const Clock& clock;
  metrics::Registry& registry;
  approval::Queue& questions;
  audit::Sink& sink;
  operators::Directory& people;
  Records& records;
  vault::Sealed* sealed = nullptr;  // Null: there is no sealed store.
  std::string public_url = {};      // Without a slash at its end; empty: not told.
  std::string state_folder = {};
  std::string config_path = {};
  std::function<Running()> running = {};
  std::function<bool()> is_ready = {};
  std::function<void()> reload = {};
  std::function<std::vector<AgentNow>()> agents = {};
  std::function<bool(std::string_view agent)> end_stint = {};
  BreakGlass break_glass = {};
  std::function<Answer(const Callback&, const TakeClick&)> callback = {};
  std::function<std::vector<ChannelNow>()> channels = {};
  std::function<std::vector<ExporterNow>()> exporters = {};
  std::function<Result<OperationNow>(std::string_view id, std::string_view token)> operation = {};
  std::function<std::optional<OperationNow>(std::string_view question)> operation_of = {};
  Provider* provider = nullptr;
  pins::Board* pins = nullptr;  // Of MCP servers.
  std::function<std::vector<McpNow>()> mcp = {};
};

// Where a secret is, for people: `sealed`, `env`, `file`, or nothing.
std::string source_of(const Sources& sources, const vault::Slot& slot);

// Written down, or the answer that says it was not.
std::optional<Answer> record(Sources& sources, const Who& who, std::string_view event,
                             std::string_view subject, std::string_view detail = {});

}  // namespace claw::admin
