// A request from its head to its verdict: who asks, for which endpoint, with which credential, and what.
#include <fmt/format.h>

#include "base/id.h"
#include "base/text.h"
#include "protocol/http/claims.h"
#include "protocol/http/dialect.h"
#include "protocol/http/refusal.h"
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;

namespace {

constexpr std::string_view reason_header = "Clawpatrol-Reason";
constexpr std::size_t reasoning_bytes_max = 2000;
constexpr std::string_view operation_header = "Clawpatrol-HITL-Operation";  // A retry names what was allowed.
constexpr std::size_t operation_bytes_max = 100;  // It is a UUID.
// What one element of JSON or a form takes once it is read: a tree's node, its place in the facts.
constexpr std::uint64_t element_bytes = 96;

action::Verdict because(std::string reason, std::string hint = {}) {
  return action::refuse(std::move(reason), std::move(hint));
}

// What the facts of a body take beside it: `[1,1,1` is fifty times its own length. What is packed may be all
// of that, and is not unpacked to find out; two of them at a time an agent always has room for.
std::uint64_t reading_cost(const Exchange& exchange, const Budget* budget) {
  if (exchange.request.fields.find("content-encoding")) {
    const std::uint64_t most = exchange.options->body_bytes_max / 2 * element_bytes;
    return budget == nullptr ? most : std::min(most, budget->most() / 6);
  }
  std::uint64_t elements = 0;
  for (const char c : exchange.body) {
    elements += c == ',' || c == ':' || c == '[' || c == '{' || c == '&' ? 1 : 0;
  }
  return elements * element_bytes;
}

bool is_method(std::string_view method) { return method != "TRACE" && method != "TRACK"; }

}  // namespace

void Session::on_request(StreamId stream, Request request) {
  Exchange& exchange = *exchanges_.emplace_back(std::make_unique<Exchange>());
  exchange.stream = stream;
  exchange.request = std::move(request);
  exchange.expects_continue = std::exchange(exchange.request.expects_continue, false);  // Ours to say.
  if (!is_method(exchange.request.method)) return refuse(exchange, 501, because("TRACE shows secrets"));
  identify(exchange);
}

void Session::identify(Exchange& exchange) {
  const bool is_own_door = arrival_.door.kind == Door::Kind::endpoint;
  std::optional<Secret> token = take_token(exchange.request.fields, is_own_door);
  exchange.request.fields.remove(proxy_token_header);
  if (!arrival_.door.require_token || (arrival_.identified && !token)) return route(exchange);
  if (!token) {
    exchange.is_reported = true;  // Many clients wait to be asked.
    return refuse(exchange, is_own_door ? 401 : 407, because("this door asks for an agent token",
                                            "give it as the password, or as a bearer token"));
  }
  if (is_anothers(exchange, *token)) {
    return refuse(exchange, 421, because("this connection is in use under another agent token"));
  }
  if (known_token_ && known_token_->equals(token->reveal())) return route(exchange);
  exchange.stage = Stage::identifying;
  identifying_.push_back({exchange.stream, token->clone()});
  out_->ask(protocol::Identify{std::move(*token)});
}

// A connection has one principal at a time: what is under way for one agent must not end as another's action.
bool Session::is_anothers(const Exchange& exchange, const Secret& token) const {
  const auto is_other = [&](const Identifying& each) { return !each.token.equals(token.reveal()); };
  if (std::ranges::any_of(identifying_, is_other)) return true;
  if (!known_token_ || known_token_->equals(token.reveal())) return false;
  return std::ranges::any_of(exchanges_, [&](const std::unique_ptr<Exchange>& each) {
    return each.get() != &exchange && each->stage < Stage::draining;
  });
}

void Session::on_identified(const protocol::Identified& identified) {
  if (identifying_.empty()) return;
  const Identifying asked = std::move(identifying_.front());
  identifying_.pop_front();
  if (identified.known) {
    arrival_.principal = identified.principal;
    known_token_ = asked.token.clone();
    context_.reset();
  }
  Exchange* exchange = by_stream(asked.stream);
  if (exchange == nullptr || exchange->stage != Stage::identifying) return;
  if (identified.known) {
    // What came along with the head was nobody's yet.
    return hold(*exchange, 0) ? route(*exchange) : refuse_body(*exchange);
  }
  out_->ask(protocol::Report{"an agent token that nobody has"});
  exchange->is_reported = true;
  refuse(*exchange, arrival_.door.kind == Door::Kind::endpoint ? 401 : 407,
         because("no agent has this token"));
}

// Where a connection goes only one way, every request on it must mean that way too.
void Session::route(Exchange& exchange) {
  const Request& request = exchange.request;
  const bool is_connect = request.method == "CONNECT" && request.protocol.empty();
  if (is_connect && (arrival_.door.kind != Door::Kind::proxy || arrival_.fixed)) {
    return refuse(exchange, 501, because("CONNECT is for the proxy, and a tunnel holds no other"));
  }
  if (arrival_.fixed) {
    exchange.host = arrival_.fixed->host;
    exchange.port = arrival_.fixed->port;
    const auto asked = read_authority(request.authority, exchange.port);
    if (arrival_.door.kind != Door::Kind::endpoint && (!asked || asked->host != exchange.host)) {
      return refuse(exchange, 421, because(fmt::format("this connection is to {}, the request to {}",
                                                       quoted(exchange.host), quoted(request.authority))));
    }
    exchange.route = arrival_.fixed->route;
    exchange.options = arrival_.fixed->options;
    return choose(exchange);
  }
  if (!is_connect && !request.is_absolute && arrival_.door.kind == Door::Kind::proxy) {
    return refuse(exchange, 400, because("this is a proxy: send CONNECT or a whole URL"));
  }
  if (request.is_absolute && request.scheme != "http") {
    return refuse(exchange, 400, because("send CONNECT for anything but http://"));
  }
  const std::uint16_t default_port = arrival_.door.original_port != 0 ? arrival_.door.original_port : 80;
  const auto asked = read_authority(request.authority, default_port);
  if (!asked) return refuse(exchange, 400, because("the request names no host that can be read"));
  exchange.host = asked->host;
  exchange.port = asked->port;
  exchange.stage = Stage::routing;
  routing_.push_back(exchange.stream);
  out_->ask(protocol::Route{exchange.host, exchange.port, is_connect});
}

void Session::on_routed(const protocol::Routed& routed) {
  if (routing_.empty()) return;
  Exchange* exchange = by_stream(routing_.front());
  routing_.pop_front();
  if (exchange == nullptr || exchange->stage != Stage::routing) return;
  using Kind = protocol::Routed::Kind;
  if (routed.kind == Kind::refused) return refuse(*exchange, 403, because(routed.why));
  if (exchange->request.method == "CONNECT") {
    tunnel_ = Tunnel{exchange->host, exchange->port, routed};
    exchange->stage = Stage::done;  // The machine answers once it knows that the tunnel stands.
    return;
  }
  if (routed.kind == Kind::splice) {
    return refuse(*exchange, 403, because("unknown hosts pass only by CONNECT"));
  }
  exchange->route = routed.route;
  exchange->options = std::static_pointer_cast<const Options>(routed.options);
  choose(*exchange);
}

void Session::choose(Exchange& exchange) {
  Request& request = exchange.request;
  auto target = read_target(request.path);
  if (!target) return refuse(exchange, 400, because(target.error().what));
  exchange.target = std::move(target).value();
  if (is_websocket(request)) {  // The same question in HTTP/1.1 and in HTTP/2 (RFC 8441).
    if (request.method == "CONNECT") {
      std::string key(16, '\0');
      fill_random(key);
      request.fields.set("Sec-WebSocket-Key", to_base64(key));
    }
    request.method = "GET";
    request.has_body = false;
  }
  if (!may_upgrade(exchange)) return refuse_upgrade(exchange);
  if (const auto reason = request.fields.find(reason_header)) {
    exchange.reasoning = printable(*reason, reasoning_bytes_max);
    request.fields.remove(reason_header);
  }
  if (const auto operation = request.fields.find(operation_header)) {
    exchange.operation = printable(*operation, operation_bytes_max);
    request.fields.remove(operation_header);
  }
  exchange.ticket = ++last_ticket_;
  exchange.stage = Stage::choosing;
  ask_credential(exchange);
}

// A dialect says what else its requests may become; in HTTP/2 there is nothing but WebSockets (RFC 8441).
bool Session::may_upgrade(Exchange& exchange) const {
  const Request& request = exchange.request;
  if (request.protocol.empty()) return true;
  const Dialect* dialect = exchange.options->dialect;
  if (dialect == nullptr) return is_websocket(request);
  if (request.version == 20 && !is_websocket(request)) return false;
  exchange.upgrade = dialect->upgrade(request, exchange.target);
  return exchange.upgrade != nullptr;
}

void Session::refuse_upgrade(Exchange& exchange) {
  const std::string protocol = quoted(exchange.request.protocol);
  refuse(exchange, 501, because(fmt::format("upgrades to {} are not relayed here", protocol)));
}

void Session::ask_credential(const Exchange& exchange) {
  protocol::Choose choose{exchange.ticket, exchange.route, {}, {}};
  if (exchange.options->carriers_matter) choose.carriers = carriers_of(exchange.request);
  if (exchange.options->fields_matter) choose.request = shown(exchange);
  out_->ask(std::move(choose));
}

protocol::Shown Session::shown(const Exchange& exchange) const {
  protocol::Shown shown{
      exchange.request.method, exchange.host, authority_of(exchange), exchange.target.send, {}};
  if (!exchange.options->fields_matter) return shown;
  shown.fields.reserve(exchange.request.fields.size());
  for (const Field field : exchange.request.fields) shown.fields.emplace_back(field.name, field.value);
  return shown;
}

void Session::on_chosen(const protocol::Chosen& chosen) {
  Exchange* exchange = by_ticket(chosen.ticket);
  if (exchange == nullptr || exchange->stage != Stage::choosing) return;
  if (chosen.error) return refuse(*exchange, 403, because(chosen.error->what));
  if (chosen.options != nullptr && chosen.options != exchange->options) {  // A reload: asked as it is now.
    exchange->options = std::static_pointer_cast<const Options>(chosen.options);
    if (arrival_.fixed && arrival_.fixed->route == exchange->route) {
      arrival_.fixed->options = exchange->options;
    }
    if (!may_upgrade(*exchange)) return refuse_upgrade(*exchange);
    return ask_credential(*exchange);
  }
  exchange->credential = chosen.credential;
  exchange->credential_reads_body = chosen.needs_body;
  exchange->must_gather = exchange->request.has_body && (chosen.needs_body || wants_body_of(*exchange));
  exchange->stage = Stage::gathering;
  const Options& options = *exchange->options;
  if (exchange->upgrade != nullptr && options.needs.input) {
    exchange->input = exchange->upgrade->input(options.body_bytes_max);
  }
  if (exchange->input != nullptr) return take_input(*exchange);
  gather(*exchange);
}

bool Session::wants_body_of(const Exchange& exchange) const {
  const Options& options = *exchange.options;
  if (options.dialect == nullptr) return wants_body(exchange.request, options.needs, options.allow_override);
  return options.dialect->wants_body(exchange.request, exchange.target, options.needs);
}

// Until the body is whole, or longer than anybody looks at.
void Session::gather(Exchange& exchange) {
  const std::uint64_t most = exchange.options->body_bytes_max;
  const bool is_long = exchange.body.size() > most || exchange.request.length.value_or(0) > most;
  if (exchange.must_gather && !exchange.request_ended && !is_long) return say_continue(exchange);
  // Not by what happens to be here already: the same request must be the same action however it arrived.
  exchange.is_whole = !exchange.request.has_body || (exchange.must_gather && !is_long);
  if (exchange.credential_reads_body && !exchange.is_whole) {
    return refuse(exchange, 413,
                  because("the credential signs the body, and this one is too long to be signed"));
  }
  decide(exchange);
}

void Session::say_continue(Exchange& exchange) {
  if (!std::exchange(exchange.expects_continue, false)) return;
  Response response;
  response.status = 100;
  response.has_body = false;
  codec_->respond(exchange.stream, response, to_agent());
}

void Session::decide(Exchange& exchange) {
  const Options& options = *exchange.options;
  Asked asked{exchange.request, exchange.target, options.upstream_tls ? "https" : "http", exchange.host, {}};
  if (exchange.must_gather) {
    asked.body = Body{exchange.body, exchange.is_whole};
    const bool is_read = exchange.is_whole && (options.needs.json || options.needs.form ||
                                               options.needs.graphql || options.needs.object);
    if (is_read && !hold(exchange, reading_cost(exchange, arrival_.door.bodies.get()))) {
      return refuse_body(exchange);
    }
  }
  asked.decoded_bytes_max = options.body_bytes_max;
  asked.allow_override = options.allow_override;
  if (exchange.input != nullptr) asked.input = exchange.input->body();
  action::Action action;
  action.subject = options.dialect == nullptr ? read_request(asked, options.needs)
                                              : options.dialect->read(asked, options.needs);
  action.context = context_of(exchange);
  action.reasoning = exchange.reasoning;
  action.operation = exchange.operation;
  const bool is_plain = exchange.input == nullptr && exchange.request.protocol.empty();
  action.has_more =
      is_plain && exchange.request.has_body && !exchange.must_gather && !is_grpc(exchange.request);
  action.can_return = is_plain && exchange.is_whole && action.subject->understood;
  exchange.subject = action.subject;
  exchange.stage = Stage::deciding;
  out_->ask(protocol::Decide{exchange.ticket, std::move(action), exchange.route});
}

std::shared_ptr<const action::Context> Session::context_of(const Exchange& exchange) {
  const std::string key = exchange.options->endpoint + "\n" + exchange.credential;
  if (context_ == nullptr || context_key_ != key) {
    const Dialect* dialect = exchange.options->dialect;
    const action::Family family = dialect == nullptr ? action::Family::http : dialect->family();
    context_ = action::make_context(family, {arrival_.principal, exchange.options->endpoint,
                                             exchange.credential, arrival_.session});
    context_key_ = key;
  }
  return context_;
}

void Session::on_decided(const protocol::Decided& decided) {
  for (const auto& each : exchanges_) {
    if (each->stage == Stage::upgraded && each->messages && on_message_decided(*each, decided)) return;
  }
  Exchange* exchange = by_ticket(decided.ticket);
  if (exchange == nullptr && decided.verdict.allowed()) {  // The verdict and the taking back crossed.
    out_->ask(protocol::Record{decided.ticket, Ending::cancelled, -1, "taken back before its verdict"});
  }
  if (exchange == nullptr || exchange->stage != Stage::deciding) return;
  if (decided.verdict.wants_body) {
    exchange->subject.reset();  // It is not judged yet.
    exchange->must_gather = true;
    exchange->stage = Stage::gathering;
    return gather(*exchange);
  }
  if (decided.verdict.operation != nullptr) return answer_operation(*exchange, decided.verdict);
  if (!decided.verdict.allowed()) {
    return refuse(*exchange, decided.verdict.is_busy ? 429 : 403, decided.verdict);
  }
  exchange->request_open = true;
  exchange->may_write = decided.verdict.may_write;
  inject(*exchange);
}

void Session::on_request_body(StreamId stream, std::string_view bytes) {
  Exchange* exchange = by_stream(stream);
  if (exchange == nullptr) return;
  if (exchange->stage == Stage::draining) return drain(*exchange, bytes.size());
  if (exchange->stage == Stage::upgraded) return relay_message_bytes(*exchange, true, bytes);
  if (exchange->stage == Stage::open && exchange->request.protocol.empty()) {
    return send_body(*exchange, bytes);
  }
  if (!hold(*exchange, bytes.size())) return refuse_body(*exchange);
  if (exchange->input != nullptr) return on_input(*exchange, bytes);
  exchange->body.append(bytes);  // Frames before the 101 too.
  if (exchange->stage == Stage::gathering) gather(*exchange);
}

bool Session::hold(Exchange& exchange, std::uint64_t bytes) {
  if (arrival_.door.bodies == nullptr || (bytes == 0 && exchange.held.is_empty())) return true;
  const std::string& agent = arrival_.principal.agent;
  if (bodies_ == nullptr || bodies_->name() != agent) bodies_ = arrival_.door.bodies->account(agent);
  return exchange.held.put_on(bodies_) && exchange.held.grow(bytes);
}

// This agent's bodies, or everybody's together, are as much as may be.
void Session::refuse_body(Exchange& exchange) {
  if (exchange.stage == Stage::deciding) out_->ask(protocol::Withdraw{exchange.ticket});
  exchange.is_reported = true;
  out_->ask(protocol::Report{fmt::format("no room for another body: the request to {} is refused",
                                         quoted(exchange.host))});
  refuse(exchange, 503, because("the gateway holds as many bodies as it may, and takes no more just now",
                                "send it again in a moment"));
}

void Session::on_request_end(StreamId stream, Fields trailers) {
  Exchange* exchange = by_stream(stream);
  if (exchange == nullptr) return;
  exchange->request_ended = true;
  if (exchange->stage == Stage::draining) return finish(*exchange, Ending::ok, {});
  if (exchange->stage == Stage::upgraded) return end_socket(*exchange, true);
  if (exchange->input != nullptr) return on_request_reset(stream, "it ended before it ran");
  if (exchange->stage == Stage::open) {
    if (exchange->request.has_body) end_body(*exchange, trailers);
    return;
  }
  exchange->trailers = std::move(trailers);
  if (exchange->stage == Stage::gathering) gather(*exchange);
}

void Session::on_request_reset(StreamId stream, std::string_view why) {
  Exchange* exchange = by_stream(stream);
  if (exchange == nullptr) return;
  if (exchange->stage == Stage::deciding) out_->ask(protocol::Withdraw{exchange->ticket});
  if (exchange->link != nullptr && exchange->link->codec != nullptr) {
    exchange->link->codec->reset(exchange->up_stream, Reset::cancelled, to_upstream(*exchange));
  }
  const Ending ending = exchange->stage < Stage::open ? Ending::cancelled : Ending::unknown;
  finish(*exchange, ending, fmt::format("the agent took it back: {}", why));
}

// Not now, or not any more. A dialect's clients, and those of gRPC, would take a 202 for the answer; both
// send the same again after a 429.
void Session::answer_operation(Exchange& exchange, const action::Verdict& why) {
  switch (why.operation->state) {
    case action::Operation::State::pending: break;
    case action::Operation::State::unknown: return refuse(exchange, 404, why);
    case action::Operation::State::another_action:
    case action::Operation::State::spent: return refuse(exchange, 409, why);
  }
  const Options& options = *exchange.options;
  if (options.dialect != nullptr || is_grpc(exchange.request)) return refuse(exchange, 429, why);
  answer_instead(exchange, accept_for_later(exchange.request, why, options.public_url), why.reason);
}

// What was judged is on record; what did not get that far is an incident.
void Session::report_unjudged(Exchange& exchange, std::string_view why) {
  if (std::exchange(exchange.is_reported, true) || exchange.subject != nullptr || exchange.request_open) {
    return;
  }
  out_->ask(protocol::Report{fmt::format("a request is refused unjudged: {} {}: {}",
                                         quoted(exchange.request.method), quoted(exchange.request.authority),
                                         why)});
}

// Answered by us; the agent may still be sending, and is heard out. In HTTP/1.1 that is the codec's business.
void Session::refuse(Exchange& exchange, int status, const action::Verdict& why) {
  report_unjudged(exchange, why.reason);
  if (exchange.input != nullptr) return refuse_input(exchange, status, why);
  const Dialect* dialect = exchange.options == nullptr ? nullptr : exchange.options->dialect;
  answer_instead(exchange,
                 dialect == nullptr ? http::refuse(exchange.request, status, why)
                                    : dialect->refuse(exchange.request, status, why),
                 why.reason);
}

void Session::answer_instead(Exchange& exchange, Refusal refusal, std::string_view note) {
  codec_->respond(exchange.stream, refusal.response, to_agent());
  if (refusal.response.has_body) {
    codec_->body(exchange.stream, keep(std::move(refusal.body)), to_agent());
    codec_->end(exchange.stream, {}, to_agent());
  }
  finish(exchange, Ending::failed, note);
  if (is_still_sending(exchange)) exchange.stage = Stage::draining;
}

}  // namespace claw::http
