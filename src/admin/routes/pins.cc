// MCP servers behind the gateway: how they do, what people accepted of them, and what waits for them.
#include <fmt/format.h>

#include <algorithm>

#include "admin/routes/handlers.h"
#include "base/text.h"
#include "pins/board.h"

namespace claw::admin {

namespace {

constexpr std::size_t refused_shown_max = 20;

void append_definition(json::Writer& out, const pins::Definition& definition) {
  out.member("kind", pins::name_of(definition.kind));
  out.member("name", definition.name);
  out.member("hash", definition.hash);
  out.key("definition");
  out.raw(definition.text);
}

void append_pins(json::Writer& out, const pins::Server& server) {
  out.key("pins"), out.begin_array();
  for (const pins::Pin& each : server.pins) {
    out.begin_object();
    append_definition(out, each.definition);
    out.member("at", time_text(each.at_us));
    out.member("by", each.by);
    out.end_object();
  }
  out.end_array();
  out.key("held"), out.begin_array();
  for (const pins::Held& each : server.held) {
    out.begin_object();
    append_definition(out, each.offered);
    out.member("since", time_text(each.since_us));
    out.member("is_new", !each.before.has_value());
    out.member("difference", pins::difference(each.before, each.offered));
    out.member("signs", each.signs);
    out.end_object();
  }
  out.end_array();
}

void append_connection(json::Writer& out, const McpNow& now) {
  out.begin_object();
  out.member_unless_empty("credential", now.credential);
  out.member("up", now.is_up);
  out.member_unless_empty("why", now.why);
  if (now.since_us != 0) out.member("since", time_text(now.since_us));
  out.member("starts", static_cast<std::int64_t>(now.starts));
  out.member_unless_empty("server", now.server);
  out.member_unless_empty("server_version", now.server_version);
  out.member_unless_empty("protocol", now.protocol);
  std::vector<std::string> refused = now.refused;
  if (refused.size() > refused_shown_max) refused.resize(refused_shown_max);
  out.member("refused", refused);
  out.end_object();
}

struct Named {
  std::string server;
  pins::Kind kind = pins::Kind::tool;
  std::string name;
};
Result<Named> named_in(const Call& call) {
  const auto kind = pins::kind_named(call.body.text_or("kind", "tool"));
  if (!kind) return invalid("`kind` is `tool`, `prompt` or `resource_template`");
  return Named{call.param("name"), *kind, call.body.text_or("name", "")};
}

std::string subject_of(const Named& named) {
  return fmt::format("{} {} {}", named.server, pins::name_of(named.kind), printable(named.name, 200));
}

}  // namespace

Answer routes::mcp_servers(const Call&, Sources& sources) {
  const auto snapshot = sources.running().snapshot;
  if (snapshot == nullptr) return problem(503, "unavailable", "no policy is in force yet");
  const std::vector<McpNow> now = sources.mcp ? sources.mcp() : std::vector<McpNow>();
  const std::vector<pins::Server> known =
      sources.pins ? sources.pins->servers() : std::vector<pins::Server>();
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const config::Endpoint& endpoint : snapshot->endpoints) {
    if (endpoint.family != action::Family::mcp) continue;
    out.begin_object();
    out.member("endpoint", endpoint.typed);
    out.member("prefix", endpoint.mcp.prefix);
    out.member_unless_empty("description", endpoint.description);
    out.key("connections"), out.begin_array();
    for (const McpNow& each : now) {
      if (each.endpoint == endpoint.typed) append_connection(out, each);
    }
    out.end_array();
    const auto found = std::ranges::find(known, endpoint.typed, &pins::Server::name);
    append_pins(out, found != known.end() ? *found : pins::Server{});
    out.end_object();
  }
  out.end_array();
  return json_answer(std::move(text));
}

// Written down before it is so: what agents may see next is on record with who let it.
Answer routes::accept_pin(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"kind", Member::Kind::text, false},
                                             {"name", Member::Kind::text, true},
                                             {"hash", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  const auto named = named_in(call);
  if (!named) return problem(named.error());
  if (sources.pins == nullptr) return problem(404, "not_found", "this gateway has no MCP servers");
  const std::string hash = call.body.text_or("hash", "");
  if (auto failed =
          record(sources, call.who, "mcp_accepted", subject_of(*named), "sha256 " + printable(hash, 64))) {
    return std::move(*failed);
  }
  const Status accepted = sources.pins->accept(named->server, named->kind, named->name, hash, call.who.person,
                                               sources.clock.wall_us());
  if (accepted) return done();
  (void)record(sources, call.who, "mcp_accepted", subject_of(*named), "it failed");
  return problem(accepted.error());
}

Answer routes::withdraw_pin(const Call& call, Sources& sources) {
  const Status body =
      check_body(call.body, {{"kind", Member::Kind::text, false}, {"name", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  const auto named = named_in(call);
  if (!named) return problem(named.error());
  if (sources.pins == nullptr) return problem(404, "not_found", "this gateway has no MCP servers");
  if (auto failed = record(sources, call.who, "mcp_withdrawn", subject_of(*named))) return std::move(*failed);
  const Status withdrawn = sources.pins->withdraw(named->server, named->kind, named->name);
  if (withdrawn) return done();
  (void)record(sources, call.who, "mcp_withdrawn", subject_of(*named), "it failed");
  return problem(withdrawn.error());
}

}  // namespace claw::admin
