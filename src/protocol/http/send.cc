// From the verdict to the upstream: the credential lent, the request encoded anew, and a connection to send
// it on.
#include <fmt/format.h>

#include <bit>

#include "base/host.h"
#include "base/text.h"
#include "protocol/http/dialect.h"
#include "protocol/http/edit/edit.h"
#include "protocol/http/refusal.h"
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;

namespace {

constexpr std::size_t links_max = 64;  // Of one agent connection; its further requests wait for one of them.
constexpr std::size_t link_numbers_spare = 8;  // Before a number comes up again; more than events can wait.

// What tells an upstream where a request came from is ours to say, and we say nothing.
constexpr std::string_view origin_headers[] = {"Forwarded",         "X-Forwarded-For", "X-Forwarded-Host",
                                               "X-Forwarded-Proto", "X-Real-Ip",       "Via"};

// A WebSocket needs HTTP/1.1 in most servers, and an agent that asks for it in HTTP/1.1 an answer to its key,
// which HTTP/2 has none of. So it never goes where other requests do.
bool is_socket_alone(const Exchange& exchange) {
  const Request& request = exchange.request;
  return !request.protocol.empty() &&
         (request.version != 20 || exchange.options->upstream != Upstream::http2);
}

std::string with_port(const std::string& host, std::uint16_t port) {
  return host + ':' + std::to_string(port);
}

// Options are made anew at every load: what was connected under another policy is not used under this one.
std::string key_of(const Exchange& exchange) {
  std::string key = std::to_string(std::bit_cast<std::uintptr_t>(exchange.options.get()));
  key.append(1, ' ').append(std::to_string(exchange.route)).append(1, ' ').append(exchange.credential);
  key.append(1, ' ').append(with_port(exchange.host, exchange.port));
  return is_socket_alone(exchange) ? key + " alone" : key;
}

std::vector<std::string> alpn_for(const Exchange& exchange) {
  if (is_socket_alone(exchange)) return {"http/1.1"};
  switch (exchange.options->upstream) {
    case Upstream::http1: return {"http/1.1"};
    case Upstream::http2: return {"h2"};
    case Upstream::automatic: break;
  }
  // An agent that speaks HTTP/1.1 gains nothing from HTTP/2, but an upstream may speak nothing else.
  if (exchange.request.version != 20) return {"http/1.1", "h2"};
  return {"h2", "http/1.1"};
}

int status_of(const Error& error) { return error.code == Code::denied ? 403 : 502; }

}  // namespace

// What Host says upstream, whatever the agent wrote.
std::string Session::authority_of(const Exchange& exchange) const {
  const bool is_ip6 = exchange.host.find(':') != std::string::npos;
  const std::string host = is_ip6 ? fmt::format("[{}]", exchange.host) : exchange.host;
  const std::uint16_t usual = exchange.options->upstream_tls ? https_port : http_port;
  return exchange.port == usual || exchange.port == 0 ? host : with_port(host, exchange.port);
}

void Session::inject(Exchange& exchange) {
  if (exchange.credential.empty()) {
    exchange.stage = Stage::connecting;
    if (auto ready = prepare(exchange); !ready) fail(exchange, status_of(ready.error()), ready.error().what);
    return;
  }
  exchange.stage = Stage::injecting;
  protocol::Inject inject{exchange.ticket, exchange.route, exchange.credential,
                          shown(exchange), {},             exchange.may_write};
  if (exchange.credential_reads_body) inject.body = exchange.body;
  out_->ask(std::move(inject));
}

void Session::on_leased(const protocol::Leased& leased) {
  Exchange* exchange = by_ticket(leased.ticket);
  if (exchange == nullptr || exchange->stage != Stage::injecting) return;
  if (leased.error) return fail(*exchange, 502, fmt::format("no credential: {}", leased.error->what));
  if (leased.edits == nullptr) return fail(*exchange, 502, "no credential");
  exchange->edits = leased.edits;
  exchange->stage = Stage::connecting;
  if (auto ready = prepare(*exchange); !ready) fail(*exchange, status_of(ready.error()), ready.error().what);
}

// The request as it goes out: canonical, with the real credential, without what is not the upstream's
// business.
Status Session::prepare(Exchange& exchange) {
  Request& request = exchange.request;
  const Options& options = *exchange.options;
  request.path = exchange.target.send;
  request.scheme = options.upstream_tls ? "https" : "http";
  request.authority = authority_of(exchange);
  exchange.key = key_of(exchange);
  request.is_absolute = false;
  for (const std::string_view name : origin_headers) request.fields.remove(name);
  if (options.dialect != nullptr) request.fields.remove("Sec-WebSocket-Extensions");  // It reads along.
  if (!options.read_as.user.empty() && exchange.subject->reads_only) {
    CLAW_TRY_DONE(options.dialect->become(request, options.read_as));
  }
  const auto type = request.fields.find("content-type");
  if (type && type->starts_with("application/grpc")) request.fields.set("te", "trailers");
  if (exchange.edits == nullptr) return Done{};
  CLAW_TRY_DONE(apply(*exchange.edits, request));
  if (exchange.edits->unwrap_aws_chunked) {
    exchange.unwrapper.emplace();  // On its way; apply() has said how long the content is.
  } else if (edits_body(*exchange.edits, request)) {
    if (!exchange.is_whole) {
      return Error{Code::limit, "the body is too long for its credential to be changed", {}};
    }
    CLAW_TRY(exchange.body, apply_body(*exchange.edits, request, std::move(exchange.body)));
    if (request.length) request.length = exchange.body.size();
  }
  if (options.scan_answers && !exchange.edits->hidden.empty()) {
    // Packed answers would have to be unpacked to be searched; most servers then send plain ones.
    request.fields.set("Accept-Encoding", "identity");
    request.fields.remove("Sec-WebSocket-Extensions");
    exchange.patterns = options.patterns->of(*exchange.edits);
    exchange.redactor.emplace(exchange.patterns);
  }
  if (edits_messages(exchange.edits.get())) request.fields.remove("Sec-WebSocket-Extensions");
  return Done{};
}

Link* Session::usable_link(const Exchange& exchange) {
  const std::string& key = exchange.key;
  for (const auto& link : links_) {
    if (link == nullptr || link->is_gone || link->codec == nullptr || link->key != key) continue;
    if (!link->codec->must_close() && link->codec->can_open()) return link.get();
  }
  return nullptr;
}

void Session::place(Exchange& exchange) {
  if (Link* link = usable_link(exchange)) return transmit(exchange, *link);
  const std::string& key = exchange.key;
  std::size_t connecting = 0;
  std::size_t waiting = 0;
  std::size_t open = 0;
  bool is_http1 = false;
  for (const auto& link : links_) {
    if (link == nullptr) continue;
    ++open;
    if (link->key != key || link->is_gone) continue;
    if (link->codec == nullptr) ++connecting;
    else is_http1 |= link->codec->version() == 11;
  }
  for (const auto& each : exchanges_) waiting += each->stage == Stage::connecting && each->key == key;
  // Until the first connection has said what it speaks, the others wait: it may carry them all.
  if (connecting >= (is_http1 ? waiting : 1)) return;
  if (open >= links_max && !make_room()) return;
  new_link(exchange);
}

// One that nobody uses gives way to the request that waits.
bool Session::make_room() {
  const auto is_spare = [](const std::unique_ptr<Link>& link) {
    return link != nullptr && link->codec != nullptr && link->exchanges == 0;
  };
  const auto spare = std::ranges::find_if(links_, is_spare);
  if (spare == links_.end()) return false;
  let_go(*spare);
  return true;
}

// A number that was in use comes up again as late as may be: something about its last bearer could still be
// on its way to us.
Link& Session::new_link(const Exchange& exchange) {
  std::size_t number = links_.size();
  if (free_links_.size() >= link_numbers_spare) {
    number = free_links_.front();
    free_links_.pop_front();
  } else {
    links_.emplace_back();
  }
  Link& link = *(links_[number] = std::make_unique<Link>());
  link.side = protocol::upstream_side(number + 1);
  link.route = exchange.route;
  link.key = exchange.key;
  link.options = exchange.options;
  protocol::Connect connect{
      link.side, exchange.route, exchange.credential, {}, exchange.options->upstream_tls};
  if (connect.tls) connect.alpn = alpn_for(exchange);
  link.speaks_http2 = !connect.tls && !is_socket_alone(exchange) && link.options->upstream == Upstream::http2;
  out_->ask(std::move(connect));
  return link;
}

void Session::on_connected(const protocol::Connected& connected) {
  Link* link = link_at(connected.side);
  if (link == nullptr || link->codec != nullptr) return;
  if (!connected.error) {
    const bool is_http2 = connected.protocol == "h2" || link->speaks_http2;
    link->codec = is_http2 ? make_h2_client() : make_h1_client();
    link->is_reused = connected.is_reused;
    link->codec->start({*out_, link->side, 0});
    return;
  }
  link->is_gone = true;
  for (const auto& each : exchanges_) {
    if (each->stage != Stage::connecting || each->key != link->key) continue;
    fail(*each, 502, fmt::format("{} is not reached: {}", each->host, connected.error->what));
  }
}

void Session::transmit(Exchange& exchange, Link& link) {
  exchange.link = &link;
  ++link.exchanges;
  exchange.stage = Stage::open;
  exchange.may_retry =
      !exchange.was_retried && !exchange.request.has_body && exchange.request.protocol.empty();
  link.heard = false;
  const Output out = to_upstream(exchange);
  exchange.up_stream = link.codec->open(exchange.request, out);
  if (exchange.up_stream == 0) return fail(exchange, 502, "the request cannot be written as HTTP");
  if (!exchange.request.has_body) return;
  if (!exchange.body.empty()) send_body(exchange, keep(std::exchange(exchange.body, {})));
  let_go_of_body(exchange);
  if (exchange.stage != Stage::open) return;
  if (exchange.request_ended) end_body(exchange, exchange.trailers);
  else say_continue(exchange);
}

void Session::send_body(Exchange& exchange, std::string_view bytes) {
  exchange.bytes_up += bytes.size();
  if (exchange.unwrapper) {
    std::string content;
    if (auto unwrapped = exchange.unwrapper->feed(bytes, content); !unwrapped) {
      exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
      return fail(exchange, 400, unwrapped.error().what);
    }
    bytes = keep(std::move(content));
  }
  if (!bytes.empty()) exchange.link->codec->body(exchange.up_stream, bytes, to_upstream(exchange));
}

void Session::end_body(Exchange& exchange, const Fields& trailers) {
  if (exchange.unwrapper && !exchange.unwrapper->is_done()) {
    exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
    return fail(exchange, 400, "the upload ended within one of its pieces");
  }
  exchange.link->codec->end(exchange.up_stream, trailers, to_upstream(exchange));
}

// An upstream connection is no use any more: what was under way on it ends, what can be sent again is.
void Session::lose(Link& link, std::string_view why) {
  link.is_gone = true;
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    Exchange& exchange = *exchanges_[i];
    if (exchange.link != &link || exchange.stage == Stage::done) continue;
    on_answer_reset(link, exchange.up_stream, Reset::cancelled, why);
  }
  if (link.codec != nullptr) return;
  for (const auto& each : exchanges_) {
    if (each->stage == Stage::connecting && each->key == link.key) fail(*each, 502, std::string(why));
  }
}

void Session::fail(Exchange& exchange, int status, std::string_view why) {
  if (!exchange.answer_begun) return refuse(exchange, status, action::refuse(std::string(why)));
  codec_->reset(exchange.stream, Reset::internal, to_agent());
  finish(exchange, Ending::failed, why);
}

}  // namespace claw::http
