#include "toolcall/mcp/server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "protocol/mcp/events.h"
#include "toolcall/mcp/turn.h"
#include "toolcall/mcp/words.h"

namespace claw::toolcall::mcp {
namespace {

namespace code = claw::mcp::code;
using claw::mcp::Notification;
using claw::mcp::Request;
using serve::Asked;
using serve::Reply;

constexpr std::string_view path = "/mcp";
constexpr std::uint32_t sweep_ms = 15'000;      // A comment on each stream, so that who has gone is noticed.
constexpr std::size_t unread_bytes_max = 64 * 1024;  // Of a stream that nobody reads; it only says `look`.
constexpr std::size_t listeners_per_agent = 32;
constexpr std::string_view kinds[] = {"tools", "resources", "prompts"};
constexpr std::string_view filters[] = {"toolsListChanged", "resourcesListChanged", "promptsListChanged"};

bool takes(const Asked& asked, std::string_view type) {
  const auto accept = asked.head.fields.find("accept");
  return accept && accept->find(type) != accept->npos;
}

// Nothing said is everything; a client that takes neither form would read no answer.
bool takes_an_answer(const Asked& asked) {
  return !asked.head.fields.find("accept") || takes(asked, "application/json") ||
         takes(asked, "text/event-stream") || takes(asked, "*/*");
}

bool is_json(const Asked& asked) {
  const auto type = asked.head.fields.find("content-type");
  return type && lower(*type).starts_with("application/json");
}

serve::Answer plain(int status) {
  serve::Answer answer;
  answer.status = status;
  answer.fields.add("Cache-Control", "no-store");
  return answer;
}

std::string list_changed(std::string_view kind, std::string_view params = {}) {
  return claw::mcp::format_notification(fmt::format("notifications/{}/list_changed", kind), params);
}

std::string supported(std::string_view asked_for) {
  std::string text = "{\"supported\":[";
  for (const Version& each : claw::mcp::versions()) {
    if (text.back() != '[') text += ',';
    json::append_string(text, each.name);
  }
  text += "],\"requested\":";
  json::append_string(text, asked_for);
  return text + "}";
}

}  // namespace

Server::Server(Parts parts)
    : parts_(std::move(parts)), methods_(parts_.loop, parts_.desk, parts_.libraries) {
  sweep();
}

Server::~Server() { parts_.loop.cancel(sweeping_); }

bool Server::is_for(std::string_view target) {
  const std::string_view asked = target.substr(0, target.find('?'));
  return asked == path || asked == metadata_path || asked == std::string(metadata_path) + std::string(path);
}

void Server::handle(const Asked& asked, const Reply& reply) {
  const std::string& method = asked.head.method;
  if (asked.head.path.starts_with(metadata_path)) {
    return reply(method == "GET" ? metadata(asked) : plain(405));
  }
  auto found = identify(parts_.registry, asked);
  if (const Said* refused = std::get_if<Said>(&found)) return reply(not_let_in(*refused, asked));
  auto who = std::make_shared<const Who>(std::get<Who>(std::move(found)));
  if (method == "POST") return post({.who = std::move(who)}, asked, reply);
  if (method == "GET") return open_stream(*who, asked, reply);
  if (method == "DELETE") return end_session(*who, asked, reply);
  reply(plain(405));
}

void Server::post(Visit visit, const Asked& asked, const Reply& reply) {
  if (!is_json(asked)) {
    return reply(
        refusal({415, code::invalid_request, "the body is JSON: send `Content-Type: application/json`"}));
  }
  if (!takes_an_answer(asked)) {
    return reply(refusal({406, code::invalid_request,
                          "send `Accept: application/json, text/event-stream`"}));
  }
  if (const auto refused = find_version(visit, asked)) return reply(refusal(*refused));
  if (const auto refused = understand(visit, asked)) {
    Want want;
    want.tool = want.session = "mcp";
    parts_.desk.refused(*visit.who, want, mistake(refused->status, refused->what));
    return reply(refusal(*refused));
  }
  answer_all(visit, asked, reply);
}

std::shared_ptr<Session> Server::session_of(const Who& who, std::string_view id) {
  return sessions_.find(id, who.principal.agent, who.ground.endpoint->typed,
                        parts_.loop.clock().monotonic_us());
}

// The header field says it, or the session; before there is one, `initialize` does.
std::optional<Refused> Server::find_version(Visit& visit, const Asked& asked) {
  std::string named;
  std::string session;
  if (auto refused = single(asked, "mcp-protocol-version", named)) return refused;
  if (auto refused = single(asked, "mcp-session-id", session)) return refused;
  const Version* version = claw::mcp::version_named(named);
  if (!named.empty() && version == nullptr) {
    return Refused{400,
                   code::unsupported_version,
                   fmt::format("version {} is not spoken here", quoted(named)),
                   id_in(asked, visit),
                   supported(named)};
  }
  if (version != nullptr && !version->sessions) {
    visit.version = version;
    return std::nullopt;
  }
  if (session.empty()) return std::nullopt;
  visit.session = session_of(*visit.who, session);
  if (visit.session == nullptr) {
    return Refused{404, code::invalid_request, "there is no such session; send `initialize` again",
                   id_in(asked, visit)};
  }
  visit.version = visit.session->version;  // Also where a client repeats another one: it is what was agreed.
  return std::nullopt;
}

std::optional<Refused> Server::understand(Visit& visit, const Asked& asked) {
  if (auto refused = read_body(asked, visit)) return refused;
  if (visit.version == nullptr) {
    const Request* request = std::get_if<Request>(&visit.packet.messages.front());
    const json::Value* named =
        request != nullptr ? claw::mcp::meta(request->params, claw::mcp::meta_version) : nullptr;
    const auto id = request != nullptr ? std::optional(request->id) : std::nullopt;
    if (named != nullptr) {
      return Refused{400, code::header_mismatch, "header mismatch: MCP-Protocol-Version is missing", id};
    }
    if (request == nullptr || request->method != "initialize") {
      return Refused{400, code::invalid_request,
                     "send `initialize` first, and then with each request the Mcp-Session-Id it gave", id};
    }
  }
  if (auto refused = check_mirrors(asked, visit)) return refused;
  if (visit.version == nullptr || visit.version->sessions) return std::nullopt;
  return check_envelope(visit);
}

void Server::answer_all(Visit& visit, const Asked& asked, const Reply& reply) {
  const auto& messages = visit.packet.messages;
  const auto requests = std::ranges::count_if(
      messages, [](const auto& each) { return std::holds_alternative<Request>(each); });
  const Request* first = std::get_if<Request>(&messages.front());
  const bool is_modern = visit.version != nullptr && !visit.version->sessions;
  if (is_modern && first != nullptr && first->method == "subscriptions/listen") {
    return listen(visit, *first, reply);
  }
  visit.turns = std::make_shared<std::vector<std::weak_ptr<Turn>>>();
  // Later: it is told from within the connection's own code.
  const auto left = [turns = visit.turns, post = parts_.loop.poster()] {
    post([turns] {
      for (const std::weak_ptr<Turn>& each : *turns) {
        if (const auto turn = each.lock()) turn->leave();
      }
    });
  };
  Exchange::Options options{takes(asked, "text/event-stream"), visit.packet.is_batch,
                            static_cast<std::size_t>(requests)};
  visit.exchange = std::make_shared<Exchange>(std::move(options), reply, left);
  visit.exchange->watch(asked.waiting);
  for (const claw::mcp::Message& message : messages) {
    if (const auto* request = std::get_if<Request>(&message)) {
      if (visit.version == nullptr) initialize(visit, *request);
      else methods_.answer(visit, *request);
    } else if (const auto* notification = std::get_if<Notification>(&message)) {
      hear(visit, *notification);
    }
  }
  if (requests == 0) reply(plain(202));
}

// What the client asks for, where it is spoken; else the newest that has sessions, and it may leave.
void Server::initialize(Visit& visit, const Request& request) {
  const Version* version = claw::mcp::version_named(request.params.text_or("protocolVersion", ""));
  if (version == nullptr || !version->sessions) version = &claw::mcp::newest_with_sessions();
  Session session;
  session.agent = visit.who->principal.agent;
  session.door = visit.who->ground.endpoint->typed;
  session.version = version;
  const auto opened = sessions_.open(std::move(session), parts_.loop.clock().monotonic_us());
  visit.exchange->set_session(opened->id);
  visit.exchange->answer(claw::mcp::format_reply(request.id, initialized(*version)));
}

void Server::hear(const Visit& visit, const Notification& notification) {
  if (notification.method != "notifications/cancelled" || visit.session == nullptr) return;
  const json::Value* named = notification.params.find("requestId");
  const auto id = named != nullptr ? claw::mcp::id_of(*named) : std::nullopt;
  const auto found = id ? visit.session->flying.find(*id) : visit.session->flying.end();
  if (found == visit.session->flying.end()) return;
  if (const auto request = found->second.lock()) request->cancel();
}

void Server::open_stream(const Who& who, const Asked& asked, const Reply& reply) {
  std::string named;
  std::string id;
  if (single(asked, "mcp-session-id", id) || single(asked, "mcp-protocol-version", named)) {
    return reply(plain(400));
  }
  const Version* version = claw::mcp::version_named(named);
  if ((version != nullptr && !version->sessions) || id.empty()) return reply(plain(405));
  if (!takes(asked, "text/event-stream")) return reply(plain(406));
  const auto session = session_of(who, id);
  if (session == nullptr) {
    return reply(refusal({404, code::invalid_request, "there is no such session; send `initialize` again"}));
  }
  const std::uint64_t number = ++streams_;
  const auto left = [weak = std::weak_ptr(session), number, post = parts_.loop.poster()] {
    post([weak, number] {
      const auto known = weak.lock();
      if (known != nullptr && known->listening == number) known->listener.reset();
    });
  };
  Stream stream = make_stream(left, unread_bytes_max);
  if (session->listener) std::exchange(session->listener, std::nullopt)->end("");
  session->listener = stream.teller;
  session->listening = number;
  session->seen = seen_by(who);
  session->listener->tell(": listening\n\n");
  reply(std::move(stream.answer));
}

void Server::end_session(const Who& who, const Asked& asked, const Reply& reply) {
  std::string id;
  if (single(asked, "mcp-session-id", id)) return reply(plain(400));
  if (id.empty()) return reply(plain(405));
  const auto session = session_of(who, id);
  sessions_.close(session);
  reply(plain(session == nullptr ? 404 : 204));
}

// The stream that says which lists have changed, of version 2026-07-28.
void Server::listen(const Visit& visit, const Request& request, const Reply& reply) {
  const std::string& agent = visit.who->principal.agent;
  const auto own = std::ranges::count(listeners_, agent, [](const auto& each) { return each->agent; });
  if (static_cast<std::size_t>(own) >= listeners_per_agent) {
    return reply(refusal({429, code::refused,
                          fmt::format("an agent has at most {} of these streams", listeners_per_agent),
                          request.id}));
  }
  const json::Value* wanted = request.params.find("notifications");
  if (wanted == nullptr || wanted->object() == nullptr) {
    return reply(refusal({400, code::invalid_params, "`notifications` is an object", request.id}));
  }
  auto listener = std::make_shared<Listener>(
      Listener{agent, visit.who->ground.endpoint->typed, request.id, {}, seen_by(*visit.who), {}});
  std::string agreed;
  for (std::size_t i = 0; i < std::size(filters); ++i) {
    listener->wants[i] = wanted->bool_or(filters[i], false);
    if (!listener->wants[i]) continue;
    agreed += fmt::format("{}\"{}\":true", agreed.empty() ? "" : ",", filters[i]);
  }
  const auto left = [this, weak = std::weak_ptr(listener), post = parts_.loop.poster(),
                     guard = std::weak_ptr<char>(alive_)] {
    post([this, weak, guard] {
      if (!guard.expired()) std::erase(listeners_, weak.lock());
    });
  };
  Stream stream = make_stream(left, unread_bytes_max);
  listener->teller = stream.teller;
  listeners_.push_back(listener);
  listener->teller->tell(claw::mcp::format_event(claw::mcp::format_notification(
      "notifications/subscriptions/acknowledged",
      fmt::format(R"({{"_meta":{{"{}":{}}},"notifications":{{{}}}}})", claw::mcp::meta_subscription,
                  request.id.json(), agreed))));
  reply(std::move(stream.answer));
}

// The agent as the policy of now has it.
std::optional<Who> Server::still(const std::string& agent, const std::string& door) const {
  auto ground = parts_.registry.ground(door);
  if (!ground) return std::nullopt;
  const config::Agent* known = ground->snapshot->agent(agent);
  const config::Entrance& entrance = ground->endpoint->entrance;
  if (known == nullptr && (agent != "anonymous" || entrance.require_token)) return std::nullopt;
  action::Principal principal{agent, known != nullptr ? known->profile : entrance.profile, {}};
  return Who{std::move(*ground), std::move(principal)};
}

Server::Seen Server::seen_by(const Who& who) const {
  Seen seen;
  const auto digest = [](const std::vector<std::string>& entries) {
    return std::string(crypto::view(crypto::sha256(join(entries, "\n"))));
  };
  seen[0] = digest(tool_entries(parts_.desk.catalogue(asker_of(who)), claw::mcp::versions().front()));
  auto resources = methods_.entries(who, Library::Kind::resources);
  std::ranges::move(methods_.entries(who, Library::Kind::templates), std::back_inserter(resources));
  seen[1] = digest(resources);
  seen[2] = digest(methods_.entries(who, Library::Kind::prompts));
  return seen;
}

// Once for each agent, however many streams it has. Nothing: there is no such agent any more.
const std::optional<Server::Seen>& Server::look(Looked& looked, const std::string& agent,
                                                const std::string& door) const {
  const auto [found, is_new] = looked.try_emplace({agent, door});
  if (!is_new) return found->second;
  if (const auto who = still(agent, door)) found->second = seen_by(*who);
  return found->second;
}

void Server::reloaded() {
  Looked looked;
  sessions_.each([&](const std::shared_ptr<Session>& session) { tell_session(session, looked); });
  std::erase_if(listeners_, [&](const auto& each) {
    if (tell_listener(*each, looked)) return false;
    each->teller->end("");
    return true;
  });
}

void Server::tell_session(const std::shared_ptr<Session>& session, Looked& looked) {
  if (!session->listener && still(session->agent, session->door)) return;
  const auto& now = look(looked, session->agent, session->door);
  if (!now) return sessions_.close(session);
  for (std::size_t i = 0; i < now->size(); ++i) {
    if ((*now)[i] == session->seen[i]) continue;
    session->listener->tell(claw::mcp::format_event(list_changed(kinds[i])));
  }
  session->seen = *now;
}

// False: its agent has gone.
bool Server::tell_listener(Listener& listener, Looked& looked) {
  const auto& now = look(looked, listener.agent, listener.door);
  if (!now) return false;
  for (std::size_t i = 0; i < now->size(); ++i) {
    if (!listener.wants[i] || (*now)[i] == listener.seen[i]) continue;
    const std::string params =
        fmt::format(R"({{"_meta":{{"{}":{}}}}})", claw::mcp::meta_subscription, listener.id.json());
    listener.teller->tell(claw::mcp::format_event(list_changed(kinds[i], params)));
  }
  listener.seen = *now;
  return true;
}

void Server::sweep() {
  sweeping_ = parts_.loop.after_ms(sweep_ms, [this] { sweep(); });
  sessions_.expire(parts_.loop.clock().monotonic_us());
  reloaded();
  sessions_.each([](const std::shared_ptr<Session>& session) {
    if (session->listener) session->listener->tell(": listening\n\n");
  });
  for (const auto& each : listeners_) each->teller->tell(": listening\n\n");
}

}  // namespace claw::toolcall::mcp
