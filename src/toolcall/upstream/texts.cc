#include "toolcall/upstream/texts.h"

#include <fmt/format.h>

#include <algorithm>

#include "toolcall/upstream/served_tool.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::size_t uri_bytes_max = 8 * 1024;

action::McpCall call_for(const config::Endpoint& endpoint, std::string_view method) {
  action::McpCall call;
  call.server = endpoint.name;
  call.method = method;
  return call;
}

Planned plan_of(const config::Endpoint& endpoint, const std::shared_ptr<Server>& server, action::McpCall call,
                Errand errand) {
  Planned planned;
  planned.endpoint = endpoint.typed;
  planned.credential = server->terms().credential;
  planned.subject = [call = std::move(call)](const std::string& reasoning) {
    action::McpCall said = call;
    said.reasoning = reasoning;
    return action::make_mcp_subject(std::move(said));
  };
  planned.start = [errand = std::move(errand)](Seat seat) { return run_errand(std::move(seat), errand); };
  return planned;
}

// A definition as it was accepted, with the name that it has here.
std::string renamed(const pins::Definition& definition, std::string_view member, const std::string& name) {
  json::Value value = definition.value();
  for (json::Member& each : *value.object()) {
    if (each.first == member) each.second = name;
  }
  return json::format(value);
}

// What the server says of each is left out: nobody has accepted it.
void list_resources(Hub& hub, const Asker& asker, const config::Endpoint& endpoint, const Server& server,
                    std::vector<std::string>& into) {
  const std::string prefix = endpoint.mcp.prefix + "+";
  for (const Resource& each : server.resources()) {
    action::McpCall call = call_for(endpoint, "resources/read");
    call.resource = each.uri;
    if (!hub.may_ask(endpoint, asker.profile, server, std::move(call))) continue;
    std::string& json = into.emplace_back();
    json::Writer out(json);
    out.begin_object();
    out.member("uri", prefix + each.uri);
    out.member("name", endpoint.mcp.prefix + "." + each.name);
    out.member_unless_empty("mimeType", each.type);
    out.end_object();
  }
}

void list(Hub& hub, const Asker& asker, Library::Kind kind, std::vector<std::string>& into) {
  const bool wants_prompts = kind == Library::Kind::prompts;
  for (const config::Endpoint& endpoint : asker.snapshot.endpoints) {
    const auto server = hub.server(asker.snapshot, endpoint, asker.profile);
    if (server == nullptr) continue;
    if (kind == Library::Kind::resources) list_resources(hub, asker, endpoint, *server, into);
    for (const pins::Definition& each : server->open()) {
      action::McpCall call = call_for(endpoint, wants_prompts ? "prompts/get" : "resources/read");
      if (wants_prompts && each.kind == pins::Kind::prompt) {
        call.prompt = each.name;
        if (!hub.may_ask(endpoint, asker.profile, *server, call)) continue;
        into.push_back(renamed(each, "name", endpoint.mcp.prefix + "." + each.name));
      } else if (kind == Library::Kind::templates && each.kind == pins::Kind::resource_template) {
        call.resource = each.name;
        if (!hub.may_ask(endpoint, asker.profile, *server, call)) continue;
        into.push_back(renamed(each, "uriTemplate", endpoint.mcp.prefix + "+" + each.name));
      }
    }
  }
}

std::optional<Page> read(Hub& hub, const Asker& asker, std::string_view uri) {
  for (const config::Endpoint& endpoint : asker.snapshot.endpoints) {
    const std::string prefix = endpoint.mcp.prefix + "+";
    if (endpoint.family != action::Family::mcp || !uri.starts_with(prefix)) continue;
    const auto server = hub.server(asker.snapshot, endpoint, asker.profile);
    if (server == nullptr) return std::nullopt;
    const std::string own(uri.substr(prefix.size()));
    if (own.size() > uri_bytes_max || !is_plain_uri(own)) return Page(Mistake{"/uri", "this is no URI"});
    action::McpCall call = call_for(endpoint, "resources/read");
    call.resource = own;
    return Page(
        plan_of(endpoint, server, std::move(call), {server, {}, "resources/read", {{"uri", own}}, own}));
  }
  return std::nullopt;
}

std::optional<Page> prompt(Hub& hub, const Asker& asker, std::string_view name,
                           const json::Value& arguments) {
  for (const config::Endpoint& endpoint : asker.snapshot.endpoints) {
    const std::string prefix = endpoint.mcp.prefix + ".";
    if (endpoint.family != action::Family::mcp || !name.starts_with(prefix)) continue;
    const auto server = hub.server(asker.snapshot, endpoint, asker.profile);
    if (server == nullptr) return std::nullopt;
    const std::string own(name.substr(prefix.size()));
    const auto& open = server->open();
    const auto found = std::ranges::find_if(open, [&](const pins::Definition& each) {
      return each.kind == pins::Kind::prompt && each.name == own;
    });
    if (found == open.end()) return std::nullopt;
    action::McpCall call = call_for(endpoint, "prompts/get");
    call.prompt = own;
    json::Object params{{"name", own}};
    if (arguments.object() != nullptr) {
      call.arguments = arguments;
      params.emplace_back("arguments", arguments);
    }
    return Page(
        plan_of(endpoint, server, std::move(call), {server, *found, "prompts/get", std::move(params), own}));
  }
  return std::nullopt;
}

}  // namespace

Library library_of(Hub& hub) {
  Library library;
  library.list = [&hub](const Asker& asker, Library::Kind kind, std::vector<std::string>& into) {
    list(hub, asker, kind, into);
  };
  library.read = [&hub](const Asker& asker, std::string_view uri) { return read(hub, asker, uri); };
  library.prompt = [&hub](const Asker& asker, std::string_view name, const json::Value& arguments) {
    return prompt(hub, asker, name, arguments);
  };
  return library;
}

}  // namespace claw::toolcall::upstream
