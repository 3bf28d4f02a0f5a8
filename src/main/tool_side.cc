#include "main/tool_side.h"

#include <fmt/format.h>

#include <chrono>
#include <future>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/launch.h"
#include "toolcall/upstream/program_wire.h"

namespace claw::verbs {

namespace {

constexpr std::chrono::seconds patience{5};  // Opening an address takes its loop a millisecond.

}  // namespace

ToolSide::ToolSide(Parts parts) : parts_(std::move(parts)), loop_(parts_.clock) {
  hub_ = std::make_unique<toolcall::upstream::Hub>(hub_parts());
  parts_.state.pins().when_changed([this] { loop_.post([this] { hub_->sort_again(); }); });
  desk_ = std::make_unique<toolcall::Desk>(desk_parts());
  toolcall::Api::Parts made{loop_, *desk_, registry(), {}};
  made.operation = [&operations = parts_.operations](std::string_view id, std::string_view token)
      -> std::optional<std::pair<std::string, std::string>> {
    const auto found = operations.show(id, token);
    if (!found) return std::nullopt;
    return std::pair(std::string(approval::name_of(found->stage)), found->reason);
  };
  api_ = std::make_unique<toolcall::Api>(std::move(made));
}

ToolSide::~ToolSide() { stop(); }

toolcall::Registry ToolSide::registry() {
  gateway::Service& service = parts_.service;
  toolcall::Registry made;
  made.ground = [&service](std::string_view endpoint) -> std::optional<toolcall::Ground> {
    const auto plan = service.plan();
    const auto found = plan == nullptr ? std::map<std::string, gateway::Served, std::less<>>::const_iterator()
                                       : plan->served.find(endpoint);
    if (plan == nullptr || found == plan->served.end()) return std::nullopt;
    return toolcall::Ground{plan->snapshot, found->second.endpoint, found->second.gate};
  };
  made.agent_of = [&service](std::string_view token) -> std::string {
    const auto plan = service.plan();
    if (plan == nullptr) return {};
    const auto found = plan->agents_by_token.find(crypto::view(crypto::sha256(token)));
    return found == plan->agents_by_token.end() ? std::string() : found->second->name;
  };
  return made;
}

toolcall::Desk::Parts ToolSide::desk_parts() {
  gateway::Service& service = parts_.service;
  toolcall::Desk::Parts made{loop_, parts_.guard, registry().ground, {toolcall::add_built_in}, {}};
  made.shelves.push_back(
      [this](const toolcall::Asker& asker, toolcall::Catalogue& into) { hub_->fill(asker, into); });
  made.connect = [&service](const toolcall::Goal& goal, std::string name, action::Principal principal) {
    return service.connect({goal.endpoint, {std::move(name), goal.host, goal.port}, std::move(principal)});
  };
  return made;
}

// The program of an endpoint, in a sandbox that has nothing but itself.
Result<std::unique_ptr<toolcall::upstream::Wire>> run_program(io::Loop& loop,
                                                              const config::Endpoint& endpoint) {
  const config::McpSettings& mcp = endpoint.mcp;
  toolcall::upstream::ProgramTerms terms;
  terms.endpoint = endpoint.typed;
  terms.message_bytes_max = mcp.result_bytes_max + toolcall::upstream::message_more_bytes;
  sandbox::Program& program = terms.program;
  program.arguments = mcp.command;
  CLAW_TRY(program.arguments.front(), sandbox::find_program(mcp.command.front()));
  program.environment.assign(mcp.environment.begin(), mcp.environment.end());
  for (const std::string& folder : mcp.folders) program.folders.push_back({folder, {}});
  program.takes_input = true;
  program.limits.time_ms = 0;
  program.limits.output_bytes = 0;
  program.limits.memory_bytes = mcp.memory_bytes_max;
  return toolcall::upstream::ProgramWire::start(loop, std::move(terms));
}

toolcall::upstream::Hub::Parts ToolSide::hub_parts() {
  return {
      loop_, parts_.state.vault(), parts_.state.pins(),
      [this](const toolcall::upstream::Server& server, const pins::Sorted& sorted) { told(server, sorted); },
      [this](const config::Endpoint& endpoint) { return run_program(loop_, endpoint); }};
}

// On record, and to the channels that the endpoint names: one word for all that is new.
void ToolSide::told(const toolcall::upstream::Server& server, const pins::Sorted& sorted) {
  const std::string& endpoint = server.terms().endpoint;
  const auto write = [&](std::string_view event, const pins::Definition& each, const std::string& detail) {
    const std::string subject =
        fmt::format("{} {} {}", endpoint, pins::name_of(each.kind), printable(each.name, 200));
    const auto written = parts_.state.journal().append(audit::Admin{"gateway", event, subject, detail});
    if (!written) {
      log::error("not recorded", {{"event", std::string(event)}, {"why", written.error().text()}});
    }
  };
  for (const pins::Definition& each : sorted.accepted) {
    write("mcp_accepted", each, "by policy, sha256 " + each.hash);
  }
  std::string names;
  std::string signs;
  for (const pins::Held& each : sorted.newly_held) {
    const std::string found = join(each.signs, "; ");
    write("mcp_held", each.offered,
          fmt::format("{}, sha256 {}{}{}", each.before ? "changed" : "new", each.offered.hash,
                      found.empty() ? "" : "; ", found));
    if (names.size() < 200) names += (names.empty() ? "" : ", ") + printable(each.offered.name, 80);
    if (!found.empty()) signs = found;
  }
  const config::Endpoint* settings = used_ != nullptr ? used_->endpoint(endpoint) : nullptr;
  if (sorted.newly_held.empty() || settings == nullptr || settings->mcp.notify.empty()) return;
  const std::string sentence = fmt::format(
      "{} of {} wait for somebody to look: {}{}{}. `clawpatrol pins diff {}` shows them.",
      sorted.newly_held.size(), endpoint, names, signs.empty() ? "" : "; LOOK: ", signs, endpoint);
  parts_.announce(settings->mcp.notify, {"mcp-" + sorted.newly_held.front().offered.hash.substr(0, 16), "",
                                         endpoint, "mcp_held", sentence});
}

void ToolSide::use(std::shared_ptr<const config::Snapshot> snapshot) {
  loop_.post([this, snapshot = std::move(snapshot)] {
    used_ = snapshot;
    hub_->use(snapshot);
  });
}

ToolSide::Wanted ToolSide::wanted(const config::Snapshot& snapshot) {
  Wanted wanted;
  for (const config::Endpoint& endpoint : snapshot.endpoints) {
    if (endpoint.family != action::Family::tool) continue;
    for (const config::Listener& listener : endpoint.entrance.listeners) {
      serve::DoorOptions door;
      door.name = endpoint.typed;
      door.address = {listener.address.host, listener.address.port, listener.path};
      door.way = listener.path.empty() ? serve::Way::network : serve::Way::socket;
      door.for_everybody = true;  // Who it is the kernel says, and the policy what they may.
      wanted.emplace(endpoint.typed + " " + door.address.text(), std::move(door));
    }
  }
  return wanted;
}

// All of them or none.
Status ToolSide::listen(const Wanted& wanted) {
  std::map<std::string, std::unique_ptr<serve::Server>> opened;
  for (const auto& [key, door] : wanted) {
    if (servers_.contains(key)) continue;
    auto server = std::make_unique<serve::Server>(
        loop_, [this](const serve::Asked& asked, const serve::Reply& reply) { api_->handle(asked, reply); });
    CLAW_TRY(const std::string address, server->listen(door));
    log::info("listening", {{"door", door.name}, {"address", address}});
    opened.emplace(key, std::move(server));
  }
  servers_.merge(opened);
  return Done{};
}

Status ToolSide::start(const config::Snapshot& snapshot) {
  CLAW_TRY_DONE(listen(wanted(snapshot)));
  thread_ = std::make_unique<io::Thread>("claw-tools", io::deep_stack_bytes, [this] { loop_.run(); });
  return Done{};
}

Status ToolSide::open(const config::Snapshot& snapshot) {
  const auto opened = std::make_shared<std::promise<Status>>();
  std::future<Status> answer = opened->get_future();
  loop_.post([this, opened, more = wanted(snapshot)] { opened->set_value(listen(more)); });
  // While the gateway stops nobody answers.
  if (answer.wait_for(patience) != std::future_status::ready) {
    return Error{Code::unavailable, "the tool endpoints did not open in time", {}};
  }
  return answer.get();
}

void ToolSide::close_but(const config::Snapshot& snapshot) {
  loop_.post([this, kept = wanted(snapshot)] {
    std::erase_if(servers_, [&](const auto& each) { return !kept.contains(each.first); });
  });
}

void ToolSide::stop() {
  if (thread_ == nullptr) return;
  loop_.stop();
  thread_.reset();
  servers_.clear();
  api_.reset();
  desk_.reset();
  hub_.reset();
}

}  // namespace claw::verbs
