#include "protocol/kubernetes/facts.h"

#include "action/body/media_type.h"
#include "action/http_maps.h"
#include "action/k8s/k8s.h"
#include "action/schema.h"
#include "base/text.h"
#include "protocol/kubernetes/object.h"

namespace claw::kubernetes {
namespace {

using action::Family;

bool has_object(const Path& path) {
  return path.is_resource && path.proxy_path.empty() && !action::is_way_in(path.resource);
}

Path path_of(const http::Request& request, const http::Target& target, const http::Reading& reading) {
  const action::HttpParts& parts = reading.parts;
  Path path;
  path.why_not = parts.path_why_not.empty() ? parts.query_why_not : parts.path_why_not;
  if (!path.why_not.empty()) return path;
  path = read_path({parts.method, parts.path, parts.segments, parts.query, target.query},
                   reading.storage->arena);
  if (path.why_not.empty() && !request.protocol.empty() && !may_upgrade(request, path)) {
    path.why_not = "an upgrade that the path does not have";
  }
  return path;
}

// Of a proxy an empty one: its body is no object of the API.
Result<Object> object_of(const Path& path, const http::Reading& reading) {
  const action::HttpParts& parts = reading.parts;
  if (!parts.body_why_not.empty()) return invalid(parts.body_why_not);
  if (!has_object(path)) return Object{json::Value(json::Object{}), {}, {}};
  std::size_t count = 0;
  const auto header = action::find_header(parts.headers, "content-type", &count);
  if (count > 1) return invalid("two Content-Types");
  CLAW_TRY(const action::MediaType type,
           action::read_media_type(header.value_or(""), reading.storage->arena));
  if (!type.is_text_we_read()) return invalid("an object in a charset that is not read");
  return read_object({type.name, parts.body, parts.method == "DELETE", path});
}

void read_body(const http::Needs& needs, const Path& path, const http::Reading& reading,
               action::K8sParts& call) {
  const action::HttpParts& parts = reading.parts;
  const bool is_wanted = needs.object || parts.method == "DELETE";
  const bool is_there = parts.is_gathered && !parts.is_truncated;
  if (!is_wanted || !is_there || !path.why_not.empty()) return;
  if (parts.body.empty() && parts.body_why_not.empty()) return;
  auto object = object_of(path, reading);
  if (!object) {
    call.object_why_not = object.error().what;
    return;
  }
  call.object_name = reading.storage->arena.copy(object->name);
  call.object_unread = std::move(object->unread);
  if (!object->value) return;
  const auto kept = std::make_shared<const json::Value>(std::move(*object->value));
  reading.storage->more = kept;
  call.object = kept.get();
}

std::vector<std::uint16_t> ports_in(std::span<const action::Named> query) {
  std::vector<std::uint16_t> ports;
  for (const auto& [name, value] : query) {
    if (name != "ports") continue;
    for (const std::string_view piece : split(value, ',')) {
      std::uint32_t port = 0;
      for (const char c : piece) port = c >= '0' && c <= '9' && port < 65536 ? port * 10 + (c - '0') : 65536;
      if (piece.empty() || port == 0 || port > 65535) return {};
      ports.push_back(static_cast<std::uint16_t>(port));
    }
  }
  return ports;
}

// `Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.TOKEN`
bool carries_token(const http::Request& request) {
  for (const http::Field field : request.fields) {
    if (!http::same_name(field.name, "sec-websocket-protocol")) continue;
    if (lower(field.value).find("bearer.authorization") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

http::Needs needs_of(const std::function<bool(std::uint32_t slot)>& reads) {
  const auto slot = [](std::string_view fact) { return action::slot_of(Family::k8s, fact).value(); };
  // Whether an action is destructive is in its path here, and not in any body.
  const std::uint32_t destructive = slot("action.destructive");
  http::Needs needs = http::needs_of(
      Family::k8s, [&](std::uint32_t asked) { return asked != destructive && reads(asked); });
  needs.object = reads(slot("k8s.object"));
  needs.input = reads(slot("k8s.exec.stdin"));
  return needs;
}

bool wants_body(const http::Request& request, const http::Target& target, const http::Needs& needs) {
  if (!request.has_body || !request.protocol.empty()) return false;
  if (request.method == "DELETE" || http::wants_body(request, needs, false)) return true;
  return needs.object && has_object(locate(request, target).path);
}

Located locate(const http::Request& request, const http::Target& target) {
  Located located{http::read_line(request, target), {}};
  located.path = path_of(request, target, located.reading);
  return located;
}

std::shared_ptr<const action::Subject> read_subject(const http::Asked& asked, const http::Needs& needs) {
  http::Reading reading = http::read_parts(asked, needs);
  cel::Arena& arena = reading.storage->arena;
  const Path path = path_of(asked.request, asked.target, reading);
  action::K8sParts call;
  call.verb = path.verb;
  call.resource = path.resource;
  call.space = path.space;
  call.name = path.name;
  call.api_group = path.api_group;
  call.api_version = path.api_version;
  call.non_resource_path = path.non_resource_path;
  call.proxy_path = path.proxy_path;
  call.path_why_not = path.why_not;
  read_body(needs, path, reading, call);
  if (asked.input) {
    call.input = arena.copy(asked.input->bytes);
    call.is_input_whole = asked.input->is_whole;
  }
  return action::make_k8s_subject(call, reading.parts, std::move(reading.storage), reading.wanted);
}

bool may_upgrade(const http::Request& request, const Path& path) {
  if (!path.why_not.empty() || carries_token(request)) return false;
  const bool is_websocket = equals_ignoring_case(request.protocol, "websocket");
  if (!is_websocket && !equals_ignoring_case(request.protocol, "spdy/3.1")) return false;
  if (is_websocket && path.is_resource && path.verb == "watch") return true;
  const bool is_into_pod = path.resource == "pods/exec" || path.resource == "pods/attach" ||
                           path.resource == "pods/portforward";
  const StreamKind kind = path.subresource == "portforward" ? StreamKind::port_forward
                          : path.subresource == "exec"      ? StreamKind::exec
                                                            : StreamKind::attach;
  return is_into_pod && may_read(request, kind) && path.verb == "create" && path.api_group.empty() &&
         path.api_version == "v1" && !path.name.empty() && !path.space.empty();
}

Status become(http::Request& request, const http::ReadAs& as) {
  for (const http::Field field : request.fields) {
    if (action::impersonation_in(field.name)) {
      return Error{Code::denied, "reads are sent as another user here, so that none can be impersonated", {}};
    }
  }
  request.fields.add("Impersonate-User", as.user);
  for (const std::string& group : as.groups) request.fields.add("Impersonate-Group", group);
  return Done{};
}

std::optional<Wanted> wanted_of(const Located& located) {
  const Path& path = located.path;
  if (!path.why_not.empty() || !action::is_way_in(path.resource)) return std::nullopt;
  Wanted wanted;
  if (path.subresource == "portforward") {
    wanted.kind = StreamKind::port_forward;
    wanted.ports = ports_in(located.reading.parts.query);
    return wanted;
  }
  wanted.kind = path.subresource == "exec" ? StreamKind::exec : StreamKind::attach;
  const auto exec = action::read_exec(located.reading.parts.query);
  if (!exec) return std::nullopt;
  wanted.takes_stdin = exec->takes_stdin;
  wanted.tty = exec->tty;
  return wanted;
}

}  // namespace claw::kubernetes
