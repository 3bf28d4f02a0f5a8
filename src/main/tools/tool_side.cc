#include "main/tools/tool_side.h"

#include <chrono>
#include <future>

#include "base/crypto.h"
#include "base/log.h"
#include "main/tools/command_outside.h"
#include "toolcall/command/command_tool.h"
#include "toolcall/mcp/house.h"
#include "toolcall/upstream/texts.h"

namespace claw::verbs {

namespace {

constexpr std::chrono::seconds patience{5};  // Opening an address takes its loop a millisecond.

}  // namespace

ToolSide::ToolSide(Parts parts)
    : parts_(std::move(parts)),
      outside_(command_outside(parts_.authority, parts_.registry)),
      loop_(parts_.service.inner().loop()) {
  hub_ = std::make_unique<toolcall::upstream::Hub>(hub_parts());
  parts_.state.pins().when_changed([this] {
    loop_.post([this] {
      hub_->sort_again();
      mcp_->reloaded();
    });
  });
  desk_ = std::make_unique<toolcall::Desk>(desk_parts());
  toolcall::Api::Parts made{loop_, *desk_, registry(), {}};
  made.operation = [&operations = parts_.operations](std::string_view id, std::string_view token)
      -> std::optional<std::pair<std::string, std::string>> {
    const auto found = operations.show(id, token);
    if (!found) return std::nullopt;
    return std::pair(std::string(approval::name_of(found->stage)), found->reason);
  };
  api_ = std::make_unique<toolcall::Api>(std::move(made));
  mcp_ = std::make_unique<toolcall::mcp::Server>(toolcall::mcp::Server::Parts{
      loop_, *desk_, registry(), {house(), toolcall::upstream::library_of(*hub_)}});
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
  toolcall::Desk::Parts made{loop_, parts_.guard, registry().ground,
                             {{toolcall::add_built_in}, toolcall::kubectl_shelf(outside_),
                              toolcall::command_shelf(outside_)},
                             {}, {}};
  made.give = [&service](const toolcall::Goal& goal, std::string name, action::Principal principal,
                         io::Fd socket) {
    return service.serve(
        std::move(socket),
        {goal.endpoint, {std::move(name), goal.host, goal.port}, std::move(principal), goal.among});
  };
  made.shelves.push_back(
      {[this](const toolcall::Asker& asker, toolcall::Catalogue& into) { hub_->fill(asker, into); },
       [this] { return hub_->edition(); }});
  made.connect = [&service](const toolcall::Goal& goal, std::string name, action::Principal principal) {
    return service.connect(
        {goal.endpoint, {std::move(name), goal.host, goal.port}, std::move(principal), goal.among});
  };
  return made;
}

toolcall::Library ToolSide::house() {
  const auto pending = [&questions = parts_.questions](std::string_view agent) {
    std::vector<toolcall::mcp::Pending> out;
    for (const approval::Entry& each : questions.list()) {
      if (each.state != approval::State::open || each.question.agent != agent) continue;
      out.push_back({each.question.id, each.question.endpoint, each.question.rule, each.question.summary,
                     each.question.asked_us, each.question.waits_for_retry});
    }
    return out;
  };
  const auto tools = [this](const toolcall::Asker& asker) { return desk_->catalogue(asker); };
  return toolcall::mcp::make_house(pending, tools);
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

void ToolSide::handle(const serve::Asked& asked, const serve::Reply& reply) {
  if (toolcall::mcp::Server::is_for(asked.head.path)) mcp_->handle(asked, reply);
  else api_->handle(asked, reply);
}

void ToolSide::reloaded() {
  loop_.post([this] { mcp_->reloaded(); });
}

// All of them or none.
Status ToolSide::listen(const Wanted& wanted) {
  std::map<std::string, std::unique_ptr<serve::Server>> opened;
  for (const auto& [key, door] : wanted) {
    if (servers_.contains(key)) continue;
    auto server = std::make_unique<serve::Server>(
        loop_, [this](const serve::Asked& asked, const serve::Reply& reply) { handle(asked, reply); });
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
  loop_.post([this] {
    parts_.service.inner().close_all("the gateway is stopping");
    loop_.stop();
  });
  thread_.reset();
  servers_.clear();
  mcp_.reset();
  api_.reset();
  desk_.reset();
  hub_.reset();
}

}  // namespace claw::verbs
