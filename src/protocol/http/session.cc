#include "protocol/http/session.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::http {

using protocol::Ending;

namespace {

// In ticks of ten seconds. Ordinary clients send a head in one piece; slow ones are attacks on our memory.
constexpr std::uint32_t head_ticks_max = 3;
constexpr std::uint32_t idle_ticks_max = 12;      // Keep-alive: two minutes, as common servers.
constexpr std::uint32_t body_ticks_max = 6;       // In which something has to move, see quiet_bytes_min.
constexpr std::uint32_t link_idle_ticks_max = 2;  // Then the connection is for whoever goes there next.
constexpr std::uint64_t quiet_bytes_min = 256;
constexpr std::uint64_t drained_bytes_max = 1024 * 1024;  // Of a refused upload; then the connection ends.

}  // namespace

class Session::FromAgent final : public Reader {
 public:
  explicit FromAgent(Session& session) : session_(session) {}
  void on_request(StreamId stream, Request request) override {
    session_.on_request(stream, std::move(request));
  }
  void on_body(StreamId stream, std::string_view bytes) override { session_.on_request_body(stream, bytes); }
  void on_end(StreamId stream, Fields trailers) override {
    session_.on_request_end(stream, std::move(trailers));
  }
  void on_reset(StreamId stream, Reset, std::string_view detail) override {
    session_.on_request_reset(stream, detail);
  }

 private:
  Session& session_;
};

class Session::FromUpstream final : public Reader {
 public:
  FromUpstream(Session& session, Link& link) : session_(session), link_(link) {}
  void on_response(StreamId stream, Response response) override {
    session_.on_response(link_, stream, std::move(response));
  }
  void on_body(StreamId stream, std::string_view bytes) override {
    session_.on_answer_body(link_, stream, bytes);
  }
  void on_end(StreamId stream, Fields trailers) override {
    session_.on_answer_end(link_, stream, std::move(trailers));
  }
  void on_reset(StreamId stream, Reset, std::string_view detail) override {
    session_.on_answer_reset(link_, stream, detail);
  }

 private:
  Session& session_;
  Link& link_;
};

Session::Session(Arrival arrival, std::unique_ptr<Codec> codec)
    : arrival_(std::move(arrival)), codec_(std::move(codec)), reader_(std::make_unique<FromAgent>(*this)) {}

Session::~Session() = default;

void Session::on(const protocol::Event& event, protocol::Commands& out) {
  if (ended_) return;
  out_ = &out;
  kept_.clear();
  if (std::holds_alternative<protocol::Started>(event)) {
    codec_->start(to_agent());
    out.ask(protocol::SetTimer{tick_timer, tick_ms});
  } else if (const auto* received = std::get_if<protocol::Received>(&event)) {
    on_received(*received);
  } else if (const auto* closed = std::get_if<protocol::PeerClosed>(&event)) {
    on_peer_closed(*closed);
  } else if (const auto* decided = std::get_if<protocol::Decided>(&event)) {
    on_decided(*decided);
  } else if (const auto* leased = std::get_if<protocol::Leased>(&event)) {
    on_leased(*leased);
  } else if (const auto* connected = std::get_if<protocol::Connected>(&event)) {
    on_connected(*connected);
  } else if (const auto* chosen = std::get_if<protocol::Chosen>(&event)) {
    on_chosen(*chosen);
  } else if (const auto* routed = std::get_if<protocol::Routed>(&event)) {
    on_routed(*routed);
  } else if (const auto* identified = std::get_if<protocol::Identified>(&event)) {
    on_identified(*identified);
  } else if (std::holds_alternative<protocol::TimedOut>(event)) {
    on_tick();
  }
  if (!ended_) settle();
  out_ = nullptr;
}

void Session::on_received(const protocol::Received& received) {
  if (received.side == Side::client) {
    auto consumed = codec_->feed(received.bytes, *reader_, to_agent());
    if (consumed) return out_->consume(Side::client, *consumed);
    codec_->goodbye(consumed.error(), to_agent());
    out_->ask(protocol::Report{fmt::format("not HTTP as it must be: {}", consumed.error().what)});
    return end(consumed.error().what);
  }
  Link* link = link_at(received.side);
  if (link == nullptr || link->codec == nullptr) return;
  FromUpstream reader(*this, *link);
  auto consumed = link->codec->feed(received.bytes, reader, {*out_, link->side, 0});
  if (consumed) return out_->consume(received.side, *consumed);
  out_->consume(received.side, received.bytes.size());
  lose(*link, fmt::format("the upstream's answer makes no sense: {}", consumed.error().what));
}

void Session::on_peer_closed(const protocol::PeerClosed& closed) {
  if (closed.side == Side::client) {
    codec_->peer_closed(*reader_);
    return end(closed.why.empty() ? "the agent left" : closed.why);
  }
  Link* link = link_at(closed.side);
  if (link == nullptr) return;
  if (link->codec != nullptr) {
    FromUpstream reader(*this, *link);
    link->codec->peer_closed(reader);
  }
  lose(*link, closed.why.empty() ? "the upstream closed the connection" : closed.why);
}

Link* Session::link_at(Side side) {
  const std::size_t number = protocol::number_of(side);
  return number == 0 || number > links_.size() ? nullptr : links_[number - 1].get();
}

Exchange* Session::by_stream(StreamId stream) {
  for (const auto& each : exchanges_) {
    if (each->stream == stream && each->stage != Stage::done) return each.get();
  }
  return nullptr;
}

Exchange* Session::by_ticket(protocol::Ticket ticket) {
  for (const auto& each : exchanges_) {
    if (each->ticket == ticket && each->stage != Stage::done) return each.get();
  }
  return nullptr;
}

Exchange* Session::by_link(const Link& link, StreamId stream) {
  for (const auto& each : exchanges_) {
    if (each->link == &link && each->up_stream == stream && each->stage != Stage::done) return each.get();
  }
  return nullptr;
}

std::string_view Session::keep(std::string bytes) { return kept_.emplace_back(std::move(bytes)); }

// What holds after every event: nobody sends faster than the other side takes, what has ended is gone, and
// what waited for an upstream connection has it if there is one.
void Session::settle() {
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    if (exchanges_[i]->stage == Stage::connecting) place(*exchanges_[i]);
  }
  press();
  std::erase_if(exchanges_, [](const auto& each) { return each->stage == Stage::done; });
  for (auto& link : links_) {
    if (link == nullptr || (!link->is_gone && (link->codec == nullptr || !link->codec->must_close()))) continue;
    if (link->exchanges != 0) continue;
    out_->ask(protocol::Drop{link->side});
    link.reset();
  }
  if (codec_->must_close() && exchanges_.empty()) end("done");
}

void Session::press() {
  for (const auto& each : exchanges_) {
    Exchange& exchange = *each;
    const bool has_link = exchange.link != nullptr && exchange.link->codec != nullptr;
    bool hold_agent = exchange.stage < Stage::open && exchange.stage != Stage::gathering;
    if (exchange.stage == Stage::open || exchange.stage == Stage::upgraded) {
      hold_agent = has_link && !exchange.link->codec->can_write(exchange.up_stream);
      bool hold_link = !codec_->can_write(exchange.stream);
      if (exchange.messages != nullptr) {
        hold_agent |= exchange.messages->up.waiting.size() >= waiting_messages_max;
        hold_link |= exchange.messages->down.waiting.size() >= waiting_messages_max;
      }
      if (has_link && hold_link != exchange.link_paused) {
        exchange.link_paused = hold_link;
        exchange.link->codec->pause(exchange.up_stream, hold_link, to_upstream(exchange));
      }
    }
    if (exchange.stage == Stage::done || hold_agent == exchange.client_paused) continue;
    if (exchange.request_ended && exchange.stage != Stage::upgraded) continue;
    exchange.client_paused = hold_agent;
    codec_->pause(exchange.stream, hold_agent, to_agent());
  }
}

// An allowed action's end is recorded exactly once; whatever else the exchange still does comes after.
void Session::finish(Exchange& exchange, Ending ending, std::string_view why) {
  if (exchange.request_open) {
    exchange.request_open = false;
    std::string detail = exchange.status == 0 ? std::string(why) : exchange.answer_note;
    if (exchange.status != 0 && !why.empty()) detail += fmt::format("; {}", why);
    detail += fmt::format("; {} bytes sent, {} received", exchange.bytes_up, exchange.bytes_down);
    out_->ask(protocol::Record{exchange.ticket, ending, -1, std::move(detail)});
  }
  if (exchange.link != nullptr) --exchange.link->exchanges;
  exchange.link = nullptr;
  exchange.stage = Stage::done;
}

// The agent has gone, or must: nothing of what waits is sent, what is under way is given up.
void Session::end(std::string why) {
  if (ended_) return;
  ended_ = true;
  for (const auto& each : exchanges_) {
    Exchange& exchange = *each;
    if (exchange.stage == Stage::deciding) out_->ask(protocol::Withdraw{exchange.ticket});
    withdraw_messages(exchange);
    if (exchange.stage == Stage::done) continue;
    if (exchange.link != nullptr && exchange.link->codec != nullptr) {
      exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
    }
    finish(exchange, exchange.stage < Stage::open ? Ending::cancelled : Ending::unknown, why);
  }
  for (const auto& link : links_) {
    if (link == nullptr) continue;
    const bool is_clean = link->codec != nullptr && link->codec->version() == 11 && link->codec->is_idle() &&
                          !link->codec->must_close() && !link->is_gone;
    if (is_clean) out_->ask(protocol::Release{link->side});
    else out_->ask(protocol::Drop{link->side});
  }
  // The links stay: their codecs may be the callers.
  out_->ask(protocol::Close{std::move(why)});
}

void Session::on_tick() {
  out_->ask(protocol::SetTimer{tick_timer, tick_ms});
  ++quiet_ticks_;
  if (exchanges_.empty() && quiet_ticks_ > (codec_->is_idle() ? idle_ticks_max : head_ticks_max)) {
    if (!codec_->is_idle()) codec_->goodbye({Code::timeout, "the request head took too long", {}}, to_agent());
    return end(codec_->is_idle() ? "idle" : "the request head took too long");
  }
  for (std::size_t i = 0; i < exchanges_.size() && !ended_; ++i) watch_quiet(*exchanges_[i]);
  for (const auto& link : links_) {
    if (link == nullptr || link->codec == nullptr) continue;
    link->idle_ticks = link->exchanges == 0 ? link->idle_ticks + 1 : 0;
    if (link->idle_ticks > link_idle_ticks_max) link->is_gone = true;
  }
}

// A body that the agent does not send, or does not take, holds memory and an upstream: it is given up. An
// upstream may think as long as it likes; whether it still lives is for its connection to tell.
void Session::watch_quiet(Exchange& exchange) {
  const std::uint64_t moved = exchange.bytes_up + exchange.bytes_down + exchange.body.size();
  const bool is_agents_turn =
      (exchange.stage == Stage::gathering || exchange.stage == Stage::draining ||
       (exchange.stage == Stage::open && !exchange.request_ended && !exchange.client_paused) ||
       exchange.link_paused);
  const bool is_quiet = is_agents_turn && moved < exchange.bytes_at_tick + quiet_bytes_min;
  exchange.quiet_ticks = is_quiet ? exchange.quiet_ticks + 1 : 0;
  if (exchange.quiet_ticks == 0) exchange.bytes_at_tick = moved;
  if (exchange.quiet_ticks < body_ticks_max) return;
  if (codec_->version() == 11) return end("the agent neither sent nor took anything for a minute");
  if (exchange.link != nullptr && exchange.link->codec != nullptr) {
    exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
  }
  codec_->reset(exchange.stream, Reset::cancelled, to_agent());
  finish(exchange, Ending::unknown, "the agent neither sent nor took anything for a minute");
}

void Session::drain(Exchange& exchange, std::size_t bytes) {
  exchange.bytes_drained += bytes;
  if (exchange.bytes_drained > drained_bytes_max) end("refused, and the rest of the request was too long");
}

bool Session::wants(Side side) const {
  if (ended_) return false;
  if (side == Side::client) return codec_->wants_bytes();
  const std::size_t number = protocol::number_of(side);
  if (number > links_.size() || links_[number - 1] == nullptr) return false;
  const Link& link = *links_[number - 1];
  return link.codec != nullptr && link.codec->wants_bytes();
}

std::string_view Session::state() const {
  if (exchanges_.empty()) return "idle";
  switch (exchanges_.front()->stage) {
    case Stage::identifying: return "identifying";
    case Stage::routing: return "routing";
    case Stage::choosing: return "choosing";
    case Stage::gathering: return "gathering";
    case Stage::deciding: return "deciding";
    case Stage::injecting: return "leasing";
    case Stage::connecting: return "connecting";
    case Stage::open: return "open";
    case Stage::upgraded: return "upgraded";
    case Stage::draining: return "draining";
    case Stage::done: return "done";
  }
  return "";
}

}  // namespace claw::http
