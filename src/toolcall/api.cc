#include "toolcall/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "config/hosts.h"
#include "toolcall/list.h"

namespace claw::toolcall {
namespace {

using serve::Asked;
using serve::Reply;

constexpr std::size_t depth_most = 64;                 // Of a body: far beyond any API's.
constexpr std::size_t body_more_bytes = 64 * 1024;     // Beside the arguments: reasoning, names.
constexpr std::size_t reasoning_bytes_max = 16 * 1024; // People read it at night.
constexpr std::size_t session_bytes_max = 100;
constexpr std::size_t unread_bytes_max = 2 * 1024 * 1024;  // Of a stream whose reader is slow.
constexpr std::string_view tools_path = "/v1/tools";
constexpr std::string_view calls_path = "/v1/calls/";
constexpr std::string_view operations_path = "/v1/operations/";
constexpr std::string_view operation_header = "clawpatrol-hitl-operation";

Said mistake(int status, std::string what, std::string pointer = {}) {
  return problem({status, std::move(what), std::move(pointer), {}, {}});
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == ':' || c == '/';
  });
}

std::optional<std::string_view> bearer_of(const http::Request& head) {
  constexpr std::string_view scheme = "bearer ";
  const auto field = head.fields.find("authorization");
  if (!field || !lower(field->substr(0, scheme.size())).starts_with(scheme)) return std::nullopt;
  return trim(field->substr(scheme.size()));
}

bool wants_events(const Asked& asked) {
  const auto accept = asked.head.fields.find("accept");
  return accept && accept->find("text/event-stream") != accept->npos;
}

std::string parameter(std::string_view query, std::string_view name) {
  for (const auto& [key, value] : parse_query(query)) {
    if (key == name) return value;
  }
  return {};
}

// A text of the body within its bound, or what is wrong with it.
std::optional<Said> read_text(const json::Value& body, std::string_view name, std::size_t most,
                              std::string& into) {
  const json::Value* given = body.find(name);
  if (given == nullptr || given->is_null()) return std::nullopt;
  const std::string pointer = fmt::format("/{}", name);
  if (given->string() == nullptr) return mistake(400, "this is a string", pointer);
  if (given->string()->size() > most) {
    return mistake(400, fmt::format("this is longer than {} bytes", most), pointer);
  }
  into = *given->string();
  return std::nullopt;
}

std::optional<Said> check_members(const json::Value& body) {
  constexpr std::string_view known[] = {"arguments", "reasoning", "session", "idempotency_key"};
  if (body.object() == nullptr) return mistake(400, "the body is a JSON object", "");
  for (const auto& [name, value] : *body.object()) {
    if (std::ranges::find(known, name) != std::end(known)) continue;
    const std::vector<std::string> names(std::begin(known), std::end(known));
    const auto near = nearest(name, names);
    return mistake(400, fmt::format("there is no {} here{}", quoted(name),
                                    near ? fmt::format(", did you mean `{}`?", *near) : ""),
                   "/" + pointer_step(name));
  }
  return std::nullopt;
}

Said no_such_tool(std::string_view name, const Catalogue& catalogue, std::string_view profile) {
  std::vector<std::string> names;
  for (const std::shared_ptr<const Tool>& each : catalogue) names.emplace_back(each->name());
  const auto near = nearest(name, names);
  return mistake(404, fmt::format("profile `{}` has no tool {}{}", profile, quoted(name),
                                  near ? fmt::format(", did you mean `{}`?", *near) : ""));
}

}  // namespace

Api::Api(Sources sources)
    : sources_(std::move(sources)),
      around_{sources_.loop, sources_.guard, sources_.ground, sources_.connect} {}

Api::~Api() = default;

// A page in somebody's browser may send requests here too; it cannot leave out its Origin, nor say that it
// sends JSON without being asked first, and a name of its own that leads here is not ours.
std::optional<Said> Api::refuse_foreign(const Asked& asked, const config::Endpoint& endpoint) {
  if (asked.head.fields.find("origin")) return mistake(403, "pages of browsers call no tools");
  const std::string_view authority = asked.head.authority;
  const std::size_t colon = authority.rfind(':');
  std::string host(authority.substr(0, authority.ends_with(']') ? authority.npos : colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool is_ours = config::is_ip_literal(host) || host == "localhost" || host.find('.') == host.npos;
  if (asked.caller.way == serve::Way::socket || endpoint.entrance.require_token || is_ours) {
    return std::nullopt;
  }
  return mistake(421, "this is not the name of this gateway; call it by its address, or as localhost");
}

std::variant<Api::Who, Said> Api::identify(const Asked& asked) const {
  auto ground = sources_.ground(asked.caller.door);
  if (!ground) return mistake(404, "the gateway's configuration no longer has this endpoint");
  if (auto refused = refuse_foreign(asked, *ground->endpoint)) return std::move(*refused);
  const config::Snapshot& snapshot = *ground->snapshot;
  const config::Agent* agent = nullptr;
  const bool on_socket = asked.caller.way == serve::Way::socket;
  if (asked.head.fields.count("authorization") > 1) return mistake(400, "two Authorization fields");
  if (asked.head.fields.find("authorization")) {
    const auto token = bearer_of(asked.head);
    if (token) agent = snapshot.agent(sources_.agent_of(*token));
    if (agent == nullptr) return mistake(401, "this is no agent's token");
  } else if (on_socket) {
    const auto found = std::ranges::find_if(snapshot.agents, [&](const config::Agent& each) {
      return each.uid && *each.uid == asked.caller.uid;
    });
    if (found != snapshot.agents.end()) agent = &*found;
  }
  const config::Entrance& entrance = ground->endpoint->entrance;
  if (agent == nullptr && entrance.require_token) {
    return mistake(401, on_socket ? "no agent is this user; send `Authorization: Bearer TOKEN`"
                                  : "send `Authorization: Bearer TOKEN`, the agent's token");
  }
  const std::string address = on_socket ? "user " + asked.caller.user : asked.caller.address;
  action::Principal principal{agent != nullptr ? agent->name : "anonymous",
                              agent != nullptr ? agent->profile : entrance.profile, address};
  return Who{std::move(*ground), std::move(principal)};
}

void Api::handle(Asked asked, const Reply& reply) {
  const auto say = [&reply](const Said& said) { reply(answer_of(said)); };
  auto found = identify(asked);
  if (const Said* refused = std::get_if<Said>(&found)) return say(*refused);
  const Who& who = std::get<Who>(found);
  const std::string_view target = asked.head.path;
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query =
      path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
  const std::string& method = asked.head.method;
  if (path == tools_path) return say(method == "GET" ? list(who, query) : mistake(405, "only GET"));
  if (path.starts_with("/v1/tools/")) {
    if (method != "POST") return say(mistake(405, "only POST"));
    return post(who, path.substr(tools_path.size() + 1), asked, reply);
  }
  if (path.starts_with(calls_path)) {
    return say(method == "DELETE" ? remove(who, path.substr(calls_path.size()))
                                  : mistake(405, "only DELETE"));
  }
  if (path.starts_with(operations_path)) {
    return say(method == "GET" ? status(path.substr(operations_path.size()), query)
                               : mistake(405, "only GET"));
  }
  say(mistake(404, "there is nothing here; GET /v1/tools lists what may be called"));
}

Catalogue Api::catalogue(const Who& who) const {
  Catalogue all;
  for (const Shelf& shelf : sources_.shelves) {
    shelf({*who.ground.snapshot, *who.ground.endpoint, who.principal.profile}, all);
  }
  return all;
}

Said Api::list(const Who& who, std::string_view query) const {
  const auto format = format_named(parameter(query, "format"));
  if (!format) return mistake(400, "format is `openai` or `anthropic`, or left out");
  return {200, list_tools(catalogue(who), *format)};
}

Said Api::status(std::string_view path, std::string_view query) const {
  const auto found = sources_.operation(path, parameter(query, "token"));
  if (!found) return mistake(404, "no such operation");
  Said said;
  json::Writer out(said.body);
  out.begin_object();
  out.member("operation_id", path);
  out.member("state", found->first);
  out.member_unless_empty("reason", found->second);
  out.end_object();
  return said;
}

// Another agent's call is none.
Said Api::remove(const Who& who, std::string_view id) {
  const auto found = running_.find(id);
  if (found == running_.end() || found->second.agent != who.principal.agent) {
    return mistake(404, "no such call is running");
  }
  const std::shared_ptr<Call> call = found->second.call;
  call->cancel();
  Said said{202, {}};
  json::Writer out(said.body);
  out.begin_object();
  out.member("cancelling", id);
  out.end_object();
  return said;
}

void Api::post(const Who& who, std::string_view tool, const Asked& asked, const Reply& reply) {
  const auto type = asked.head.fields.find("content-type");
  if (!type || !lower(*type).starts_with("application/json")) {
    return reply(answer_of(mistake(415, "the body is JSON: send `Content-Type: application/json`")));
  }
  auto checked = check(who, percent_decode(tool), asked.body);
  if (const Said* refused = std::get_if<Said>(&checked)) return reply(answer_of(*refused));
  begin(who, std::get<Request>(std::move(checked)), asked, reply);
}

Api::Checked Api::check(const Who& who, std::string_view tool, const std::string& body) const {
  Request request;
  const Catalogue all = catalogue(who);
  request.tool = find_tool(all, tool);
  if (request.tool == nullptr) return no_such_tool(tool, all, who.principal.profile);
  const std::uint64_t most = who.ground.endpoint->tools.arguments_bytes_max;
  if (body.size() > most + body_more_bytes) {
    return mistake(413, fmt::format("arguments are at most {} bytes", most));
  }
  const auto parsed = json::parse(body);
  if (!parsed) return mistake(400, parsed.error().text());
  if (depth_of(*parsed) > depth_most) return mistake(400, fmt::format("more than {} levels", depth_most));
  if (auto wrong = check_members(*parsed)) return std::move(*wrong);
  if (auto wrong = read_text(*parsed, "reasoning", reasoning_bytes_max, request.reasoning)) {
    return std::move(*wrong);
  }
  if (auto wrong = read_text(*parsed, "session", session_bytes_max, request.session)) {
    return std::move(*wrong);
  }
  if (auto wrong = read_text(*parsed, "idempotency_key", key_bytes_max, request.key)) {
    return std::move(*wrong);
  }
  if (!request.session.empty() && !is_word(request.session)) {
    return mistake(400, "a session is named by letters, digits and -_.:/", "/session");
  }
  const json::Value* arguments = parsed->find("arguments");
  request.arguments = arguments != nullptr ? *arguments : json::Value(json::Object{});
  const std::string text = json::format(request.arguments);
  if (text.size() > most) {
    return mistake(413, fmt::format("arguments are at most {} bytes", most), "/arguments");
  }
  if (const auto wrong = request.tool->check(request.arguments)) {
    return mistake(400, wrong->what, wrong->pointer);
  }
  request.digest = to_hex(crypto::view(crypto::sha256(std::string(request.tool->name()) + "\n" + text)));
  return request;
}

void Api::begin(const Who& who, Request request, const Asked& asked, const Reply& reply) {
  const std::string& agent = who.principal.agent;
  const std::size_t most = who.ground.endpoint->tools.calls_per_agent;
  const auto say = [&reply](const Said& said) { reply(answer_of(said)); };
  Plan plan =
      request.tool->plan({*who.ground.snapshot, who.principal.profile, request.arguments});
  if (const Mistake* wrong = std::get_if<Mistake>(&plan)) {
    return say(mistake(400, wrong->what, wrong->pointer));
  }
  const bool is_full = calls_of_[agent] >= most;
  const Id id = make_id(sources_.loop.clock().wall_us());
  std::string operation(asked.head.fields.find(operation_header).value_or(""));
  if (!request.key.empty()) {
    const Memory::Known known = memory_.begin(agent, request.key, request.digest, std::string(id.view()),
                                              sources_.loop.clock().monotonic_us());
    if (known.kind == Memory::Kind::another) {
      return say(mistake(409, "this key was given to another call", "/idempotency_key"));
    }
    if (known.kind == Memory::Kind::answered) return say(known.said);
    if (known.kind == Memory::Kind::running) {
      const auto found = running_.find(known.call);
      if (found != running_.end()) return join(found->second.call, asked, reply);
    }
    if (operation.empty()) operation = known.operation;
    if (is_full) memory_.forget(agent, request.key, operation);
  }
  if (is_full) return say(mistake(429, fmt::format("an agent has at most {} calls at once", most)));
  const auto call = start(who, request, std::get<Planned>(std::move(plan)), id, std::move(operation));
  join(call, asked, reply);
  call->start();
}

std::shared_ptr<Call> Api::start(const Who& who, const Request& request, Planned planned, Id id,
                                 std::string operation) {
  Order order{who.ground, who.principal, {}, request.reasoning, std::move(operation), std::move(planned)};
  // Under the agent's own name: another's session, or one of the wire, is not to be had by saying so.
  order.session =
      fmt::format("{}/{}", who.principal.agent, request.session.empty() ? "tools" : request.session);
  order.planned.call.reasoning = request.reasoning;
  const std::string key(id.view());
  const auto call = std::make_shared<Call>(
      around_, id, std::move(order), [this, key](const Said& said, Call::End how, const std::string& held) {
        over(key, said, how, held);
      });
  running_.emplace(key, Running{call, who.principal.agent, request.key, 0, {}});
  ++calls_of_[who.principal.agent];
  return call;
}

void Api::join(const std::shared_ptr<Call>& call, const Asked& asked, const Reply& reply) {
  const std::string id(call->id().view());
  Running& running = running_.at(id);
  ++running.waiting;
  // Later: it is told from within the connection's own code.
  const auto left = [this, id, post = sources_.loop.poster(), guard = std::weak_ptr<char>(alive_)] {
    post([this, id, guard] {
      if (!guard.expired()) leave(id);
    });
  };
  if (!wants_events(asked)) {
    if (asked.waiting != nullptr) asked.waiting->on_left(left);
    running.replies.push_back(reply);
    return;
  }
  Stream stream = make_stream(left, unread_bytes_max);
  call->watch(stream.teller);
  reply(std::move(stream.answer));
}

void Api::leave(const std::string& id) {
  const auto found = running_.find(id);
  if (found == running_.end() || --found->second.waiting > 0) return;
  const std::shared_ptr<Call> call = found->second.call;
  call->cancel();
}

void Api::over(const std::string& id, const Said& said, Call::End how, const std::string& operation) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  Running running = std::move(found->second);
  running_.erase(found);
  if (--calls_of_[running.agent] == 0) calls_of_.erase(running.agent);
  if (!running.key.empty()) {
    const bool is_final = how == Call::End::ran || how == Call::End::refused;
    if (is_final) memory_.answered(running.agent, running.key, said);
    else memory_.forget(running.agent, running.key, operation);
  }
  for (const Reply& reply : running.replies) reply(answer_of(said));
  // It may be in its own code.
  sources_.loop.post([call = std::move(running.call)] {});
}

}  // namespace claw::toolcall
