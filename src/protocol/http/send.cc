// From the verdict to the upstream: the credential lent, the request encoded anew, and a connection to send
// it on.
#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "protocol/http/edit/edit.h"
#include "protocol/http/refusal.h"
#include "protocol/http/session.h"

namespace claw::http {

using protocol::Ending;

namespace {

constexpr std::size_t links_max = 64;  // Of one agent connection; its further requests wait for one of them.

// What tells an upstream where a request came from is ours to say, and we say nothing.
constexpr std::string_view origin_headers[] = {"Forwarded",         "X-Forwarded-For", "X-Forwarded-Host",
                                               "X-Forwarded-Proto", "X-Real-Ip",       "Via"};

std::string default_authority(const Exchange& exchange) {
  const bool is_ip6 = exchange.host.find(':') != std::string::npos;
  const std::string host = is_ip6 ? fmt::format("[{}]", exchange.host) : exchange.host;
  const std::uint16_t usual = exchange.options->upstream_tls ? 443 : 80;
  return exchange.port == usual || exchange.port == 0 ? host : fmt::format("{}:{}", host, exchange.port);
}

Result<std::uint64_t> read_number(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, number);
  if (failure != std::errc() || stop != end) return invalid("the upload does not say how long it is");
  return number;
}

std::string key_of(const Exchange& exchange) {
  return fmt::format("{} {} {}:{}", exchange.route, exchange.credential, exchange.host, exchange.port);
}

std::vector<std::string> alpn_for(const Options& options, const Request& request) {
  switch (options.upstream) {
    case Upstream::http1: return {"http/1.1"};
    case Upstream::http2: return {"h2"};
    case Upstream::automatic: break;
  }
  // A WebSocket needs HTTP/1.1 in most servers; an agent that speaks HTTP/1.1 gains nothing from HTTP/2.
  if (request.version != 20 || !request.protocol.empty()) return {"http/1.1"};
  return {"h2", "http/1.1"};
}

}  // namespace

void Session::inject(Exchange& exchange) {
  if (exchange.credential.empty()) {
    exchange.stage = Stage::connecting;
    if (auto ready = prepare(exchange); !ready) return fail(exchange, 502, ready.error().what);
    return;
  }
  exchange.stage = Stage::injecting;
  protocol::Inject inject{exchange.ticket, exchange.route, exchange.credential, shown(exchange), {}};
  if (exchange.credential_reads_body) inject.body = exchange.body;
  out_->ask(std::move(inject));
}

void Session::on_leased(const protocol::Leased& leased) {
  Exchange* exchange = by_ticket(leased.ticket);
  if (exchange == nullptr || exchange->stage != Stage::injecting) return;
  if (leased.error) return fail(*exchange, 502, fmt::format("no credential: {}", leased.error->what));
  exchange->edits = leased.edits;
  exchange->stage = Stage::connecting;
  if (auto ready = prepare(*exchange); !ready) fail(*exchange, 502, ready.error().what);
}

// The request as it goes out: canonical, with the real credential, without what is not the upstream's business.
Status Session::prepare(Exchange& exchange) {
  Request& request = exchange.request;
  const Options& options = *exchange.options;
  request.path = exchange.target.send;
  request.scheme = options.upstream_tls ? "https" : "http";
  request.authority = options.authority.empty() ? default_authority(exchange) : options.authority;
  request.is_absolute = false;
  for (const std::string_view name : origin_headers) request.fields.remove(name);
  const auto type = request.fields.find("content-type");
  if (type && type->starts_with("application/grpc")) request.fields.set("te", "trailers");
  if (exchange.edits == nullptr) return Done{};
  CLAW_TRY_DONE(apply(*exchange.edits, request));
  if (edits_body(*exchange.edits, request)) {
    if (!exchange.is_whole) return Error{Code::limit, "the body is too long for its credential to be changed", {}};
    CLAW_TRY(exchange.body, apply_body(*exchange.edits, request, std::move(exchange.body)));
    if (request.length) request.length = exchange.body.size();
  }
  if (exchange.edits->unwrap_aws_chunked) {
    const auto length = request.fields.find("x-amz-decoded-content-length");
    CLAW_TRY(request.length, read_number(length.value_or("")));
    exchange.unwrapper.emplace();
  }
  if (options.scan_answers && !exchange.edits->hidden.empty()) {
    // Packed answers would have to be unpacked to be searched; most servers then send plain ones.
    request.fields.set("Accept-Encoding", "identity");
    request.fields.remove("Sec-WebSocket-Extensions");
    exchange.patterns = patterns_of(exchange.edits);
    exchange.redactor.emplace(exchange.patterns);
  }
  if (edits_messages(exchange.edits.get())) request.fields.remove("Sec-WebSocket-Extensions");
  return Done{};
}

// Most requests of a connection run with one credential, and building the search costs more than using it.
std::shared_ptr<const Patterns> Session::patterns_of(const std::shared_ptr<const action::Edits>& edits) {
  const auto same = [](const Secret& a, const Secret& b) { return a.equals(b.reveal()); };
  if (patterns_ == nullptr || !std::ranges::equal(patterns_key_, edits->hidden, same)) {
    patterns_key_.clear();
    for (const Secret& secret : edits->hidden) patterns_key_.push_back(secret.clone());
    patterns_ = make_patterns(patterns_key_);
  }
  return patterns_;
}

Link* Session::usable_link(const Exchange& exchange) {
  const std::string key = key_of(exchange);
  for (const auto& link : links_) {
    if (link == nullptr || link->is_gone || link->codec == nullptr || link->key != key) continue;
    if (!link->codec->must_close() && link->codec->can_open()) return link.get();
  }
  return nullptr;
}

void Session::place(Exchange& exchange) {
  if (Link* link = usable_link(exchange)) return transmit(exchange, *link);
  const std::string key = key_of(exchange);
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
  for (const auto& each : exchanges_) waiting += each->stage == Stage::connecting && key_of(*each) == key;
  // Until the first connection has said what it speaks, the others wait: it may carry them all.
  if (connecting >= (is_http1 ? waiting : 1) || open >= links_max) return;
  new_link(exchange);
}

Link& Session::new_link(const Exchange& exchange) {
  std::size_t number = 0;
  while (number < links_.size() && links_[number] != nullptr) ++number;
  if (number == links_.size()) links_.emplace_back();
  Link& link = *(links_[number] = std::make_unique<Link>());
  link.side = protocol::upstream_side(number + 1);
  link.route = exchange.route;
  link.key = key_of(exchange);
  link.options = exchange.options;
  protocol::Connect connect{link.side, exchange.route, exchange.credential, {}, exchange.options->upstream_tls};
  if (connect.tls) connect.alpn = alpn_for(*exchange.options, exchange.request);
  out_->ask(std::move(connect));
  return link;
}

void Session::on_connected(const protocol::Connected& connected) {
  Link* link = link_at(connected.side);
  if (link == nullptr || link->codec != nullptr) return;
  if (!connected.error) {
    const bool is_http2 =
        connected.protocol == "h2" || (!link->options->upstream_tls && link->options->upstream == Upstream::http2);
    link->codec = is_http2 ? make_h2_client() : make_h1_client();
    link->is_reused = connected.is_reused;
    link->codec->start({*out_, link->side, 0});
    return;
  }
  link->is_gone = true;
  for (const auto& each : exchanges_) {
    if (each->stage != Stage::connecting || key_of(*each) != link->key) continue;
    fail(*each, 502, fmt::format("{} is not reached: {}", each->host, connected.error->what));
  }
}

void Session::transmit(Exchange& exchange, Link& link) {
  exchange.link = &link;
  ++link.exchanges;
  exchange.stage = Stage::open;
  exchange.may_retry = link.is_reused && !exchange.request.has_body && exchange.request.protocol.empty();
  const Output out = to_upstream(exchange);
  exchange.up_stream = link.codec->open(exchange.request, out);
  if (!exchange.request.has_body) return;
  if (!exchange.body.empty()) send_body(exchange, keep(std::exchange(exchange.body, {})));
  if (exchange.stage != Stage::open) return;
  if (exchange.request_ended) link.codec->end(exchange.up_stream, exchange.trailers, out);
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

// An upstream connection is no use any more: what was under way on it ends, what can be sent again is.
void Session::lose(Link& link, std::string_view why) {
  link.is_gone = true;
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    Exchange& exchange = *exchanges_[i];
    if (exchange.link == &link && exchange.stage != Stage::done) on_answer_reset(link, exchange.up_stream, why);
  }
  if (link.codec != nullptr) return;
  for (const auto& each : exchanges_) {
    if (each->stage == Stage::connecting && key_of(*each) == link.key) fail(*each, 502, std::string(why));
  }
}

void Session::fail(Exchange& exchange, int status, std::string_view why) {
  if (exchange.link != nullptr) --exchange.link->exchanges;
  exchange.link = nullptr;
  refuse(exchange, status, action::refuse(std::string(why)));
}

}  // namespace claw::http
