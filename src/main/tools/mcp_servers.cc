// The part of the tool side that is about MCP servers of others: what they are started with, and who is told
// of what they offer.
#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "config/tools/programs.h"
#include "main/tools/tool_side.h"
#include "toolcall/network/equip.h"
#include "toolcall/upstream/program_wire.h"

namespace claw::verbs {

namespace {

// The program of an endpoint, in a sandbox that has nothing but itself, and what it may reach.
Result<toolcall::upstream::ProgramTerms> terms_of(const config::Endpoint& endpoint) {
  const config::McpSettings& mcp = endpoint.mcp;
  toolcall::upstream::ProgramTerms terms;
  terms.endpoint = endpoint.typed;
  terms.message_bytes_max = mcp.result_bytes_max + toolcall::upstream::message_more_bytes;
  sandbox::Program& program = terms.outfit.program;
  program.arguments = mcp.command;
  CLAW_TRY(program.arguments.front(), config::find_program(mcp.command.front()));
  program.environment.assign(mcp.environment.begin(), mcp.environment.end());
  for (const std::string& folder : mcp.folders) program.folders.push_back({folder, {}});
  program.takes_input = true;
  program.limits.time_ms = 0;
  program.limits.output_bytes = 0;
  program.limits.memory_bytes = mcp.memory_bytes_max;
  return terms;
}

}  // namespace

toolcall::upstream::Hub::Parts ToolSide::hub_parts() {
  return {
      loop_, parts_.state.vault(), parts_.state.pins(), parts_.registry,
      [this](const toolcall::upstream::Server& server, const pins::Sorted& sorted) { told(server, sorted); },
      [this](const config::Endpoint& endpoint) { return run_server(endpoint); }};
}

// Its connections are its own: it serves several agents at once, and does things between their calls.
Result<std::unique_ptr<toolcall::upstream::Wire>> ToolSide::run_server(const config::Endpoint& endpoint) {
  CLAW_TRY(toolcall::upstream::ProgramTerms terms, terms_of(endpoint));
  terms.outfit.program.census = outside_.census;
  const config::McpSettings& mcp = endpoint.mcp;
  if (used_ != nullptr && !mcp.endpoints.empty()) {
    toolcall::equip(terms.outfit, outside_, *used_, mcp.profile,
                    toolcall::reached(*used_, mcp.profile, mcp.endpoints));
    const action::Principal principal{endpoint.typed, mcp.profile, {}};
    terms.give = [this, principal](const toolcall::Goal& goal, io::Fd socket) {
      return parts_.service.serve(std::move(socket), {goal.endpoint,
                                                      {"program of " + principal.agent, goal.host, goal.port},
                                                      principal, goal.among});
    };
  }
  return toolcall::upstream::ProgramWire::start(loop_, std::move(terms));
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

}  // namespace claw::verbs
