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
constexpr std::uint64_t drained_bytes_max = 1024 * 1024;  // Of a refused upload; then the stream is reset.
constexpr std::string_view stalled = "the agent neither sent nor took anything for a minute";

}  // namespace

class Session::FromAgent final : public Reader {
 public:
  explicit FromAgent(Session& session) : session_(session) {}
  void on_request(StreamId stream, Request request) override {
    if (!session_.ending_) session_.on_request(stream, std::move(request));
  }
  void on_body(StreamId stream, std::string_view bytes) override {
    if (!session_.ending_) session_.on_request_body(stream, bytes);
  }
  void on_end(StreamId stream, Fields trailers) override {
    if (!session_.ending_) session_.on_request_end(stream, std::move(trailers));
  }
  void on_reset(StreamId stream, Reset, std::string_view detail) override {
    if (!session_.ending_) session_.on_request_reset(stream, detail);
  }

 private:
  Session& session_;
};

class Session::FromUpstream final : public Reader {
 public:
  FromUpstream(Session& session, Link& link) : session_(session), link_(link) {}
  void on_response(StreamId stream, Response response) override {
    if (!session_.ending_) session_.on_response(link_, stream, std::move(response));
  }
  void on_body(StreamId stream, std::string_view bytes) override {
    if (!session_.ending_) session_.on_answer_body(link_, stream, bytes);
  }
  void on_end(StreamId stream, Fields trailers) override {
    if (!session_.ending_) session_.on_answer_end(link_, stream, std::move(trailers));
  }
  void on_reset(StreamId stream, Reset why, std::string_view detail) override {
    if (!session_.ending_) session_.on_answer_reset(link_, stream, why, detail);
  }

 private:
  Session& session_;
  Link& link_;
};

Session::Session(Arrival arrival, std::unique_ptr<Codec> codec)
    : arrival_(std::move(arrival)),
      codec_(std::move(codec)),
      reader_(std::make_unique<FromAgent>(*this)),
      last_ticket_(arrival_.last_ticket) {}

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
  } else if (const auto* timed_out = std::get_if<protocol::TimedOut>(&event)) {
    if (timed_out->timer == tick_timer) on_tick();
    if (timed_out->timer == protocol::stalled_timer) on_stalled();
  }
  if (!ending_) settle();
  if (ending_) conclude();
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
  link->heard = true;
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
  // An answer that lasts until the end of its connection is whole only if that end was an orderly one.
  if (link->codec != nullptr && closed.why.empty()) {
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
  do {
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      if (exchanges_[i]->stage == Stage::connecting) place(*exchanges_[i]);
    }
  } while (lose_broken());
  press();
  std::erase_if(exchanges_, [](const auto& each) { return each->stage == Stage::done; });
  for (auto& link : links_) {
    if (link == nullptr || link->exchanges != 0) continue;
    if (link->is_gone || (link->codec != nullptr && link->codec->must_close())) let_go(link);
  }
  if (codec_->must_close()) end(exchanges_.empty() ? "done" : "nothing more can be said to the agent");
}

// A codec may find by itself that it cannot go on (a body that is not as long as its head said); nobody would
// ever hear of what was under way there. Returns whether there was one.
bool Session::lose_broken() {
  bool lost = false;
  for (const auto& link : links_) {
    if (link == nullptr || link->codec == nullptr || link->exchanges == 0 || !link->codec->must_close()) {
      continue;
    }
    lose(*link, "the request or its answer was not as announced");
    lost = true;
  }
  return lost;
}

// What is idle and clean is for whoever goes there next.
void Session::let_go(std::unique_ptr<Link>& link) {
  const bool is_clean = link->codec != nullptr && link->codec->version() == 11 && link->codec->is_idle() &&
                        !link->codec->must_close() && !link->is_gone;
  if (is_clean) out_->ask(protocol::Release{link->side});
  else out_->ask(protocol::Drop{link->side});
  free_links_.push_back(protocol::number_of(link->side) - 1);
  link.reset();
}

void Session::leave(protocol::Commands& out) {
  out_ = &out;
  for (auto& link : links_) {
    if (link != nullptr) let_go(link);
  }
  ended_ = true;
  out_ = nullptr;
}

void Session::press() {
  for (const auto& each : exchanges_) {
    Exchange& exchange = *each;
    if (exchange.stage == Stage::done) continue;
    const bool has_link = exchange.link != nullptr && exchange.link->codec != nullptr;
    // An agent whose input has ended sends pings while it waits, and is answered; one whose input is longer
    // than anybody looks at would send all of it.
    const bool is_heard = exchange.input != nullptr && exchange.input->body().is_whole;
    bool hold_agent = exchange.stage < Stage::open && exchange.stage != Stage::gathering && !is_heard;
    if (exchange.stage == Stage::open || exchange.stage == Stage::upgraded) {
      hold_agent = has_link && !exchange.link->codec->can_write(exchange.up_stream);
      bool hold_link = !codec_->can_write(exchange.stream);
      if (exchange.messages != nullptr) {
        hold_agent |= exchange.messages->up.is_full();
        hold_link |= exchange.messages->down.is_full();
      }
      if (has_link && hold_link != exchange.link_paused) {
        exchange.link_paused = hold_link;
        exchange.link->codec->pause(exchange.up_stream, hold_link, to_upstream(exchange));
      }
    }
    if (hold_agent == exchange.client_paused) continue;
    if (exchange.request_ended && exchange.stage != Stage::upgraded && exchange.input == nullptr) continue;
    exchange.client_paused = hold_agent;
    codec_->pause(exchange.stream, hold_agent, to_agent());
  }
}

// An allowed action's end is recorded exactly once; whatever else the exchange still does comes after.
void Session::finish(Exchange& exchange, Ending ending, std::string_view why) {
  quiet_ticks_ = 0;
  withdraw_messages(exchange);
  if (exchange.request_open) {
    exchange.request_open = false;
    std::string detail = exchange.status == 0 ? std::string(why) : exchange.answer_note;
    if (exchange.status != 0 && !why.empty()) detail += fmt::format("; {}", why);
    if (exchange.streams != nullptr) detail += fmt::format("; {}", exchange.streams->note());
    detail.append("; ").append(std::to_string(exchange.bytes_up)).append(" bytes sent, ");
    detail.append(std::to_string(exchange.bytes_down)).append(" received");
    out_->ask(protocol::Record{exchange.ticket, ending, -1, std::move(detail)});
  }
  let_go_of_body(exchange);
  leave_link(exchange);
  exchange.stage = Stage::done;
}

void Session::let_go_of_body(Exchange& exchange) {
  exchange.body = {};
  if (exchange.request.protocol.empty()) exchange.subject.reset();  // A socket's messages are judged with it.
  exchange.held.release();
}

void Session::leave_link(Exchange& exchange) {
  if (exchange.link == nullptr) return;
  --exchange.link->exchanges;
  exchange.link->is_reused = true;
  exchange.link = nullptr;
}

// Only said here, and done when the event is through: codecs that are reading must not go, and whatever they
// still write belongs before the Close.
void Session::end(std::string why) {
  if (!ending_) ending_ = std::move(why);
}

// The agent has gone, or must: nothing of what waits is sent, what is under way is given up.
void Session::conclude() {
  ended_ = true;
  for (const auto& each : exchanges_) {
    Exchange& exchange = *each;
    if (exchange.stage == Stage::done) continue;
    if (exchange.stage == Stage::deciding) out_->ask(protocol::Withdraw{exchange.ticket});
    if (exchange.link != nullptr && exchange.link->codec != nullptr) {
      exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
    }
    finish(exchange, exchange.stage < Stage::open ? Ending::cancelled : Ending::unknown, *ending_);
  }
  for (auto& link : links_) {
    if (link != nullptr) let_go(link);
  }
  out_->ask(protocol::Close{*ending_});
}

void Session::on_tick() {
  out_->ask(protocol::SetTimer{tick_timer, tick_ms});
  const bool is_idle = codec_->is_idle();
  if (std::exchange(was_idle_, is_idle) != is_idle) quiet_ticks_ = 0;  // A head has begun, or has ended.
  ++quiet_ticks_;
  if (exchanges_.empty() && quiet_ticks_ > (is_idle ? idle_ticks_max : head_ticks_max)) {
    const std::string why = is_idle ? "idle" : "the request took too long to arrive";
    codec_->goodbye({Code::timeout, why, {}}, to_agent());
    if (!is_idle) out_->ask(protocol::Report{why});
    return end(why);
  }
  for (std::size_t i = 0; i < exchanges_.size() && !ending_; ++i) watch_quiet(*exchanges_[i]);
  for (auto& link : links_) {
    if (link == nullptr || link->codec == nullptr) continue;
    link->idle_ticks = link->exchanges == 0 ? link->idle_ticks + 1 : 0;
    if (link->idle_ticks > link_idle_ticks_max) let_go(link);
  }
}

// HTTP/2 knows by its windows which stream is not taken; of HTTP/1.1 only the pump knows. What is upgraded
// may stand still: a terminal that somebody has stopped.
void Session::on_stalled() {
  const auto is_answered = [](const auto& each) { return each->stage == Stage::open && each->answer_begun; };
  if (codec_->version() == 11 && std::ranges::any_of(exchanges_, is_answered)) end(std::string(stalled));
}

// A body that the agent does not send, or does not take, holds memory and an upstream: it is given up. An
// upstream may think as long as it likes; whether it still lives is for its connection to tell. Once it has
// begun to answer, both talk (gRPC's streams), and either may be silent for hours.
void Session::watch_quiet(Exchange& exchange) {
  const std::uint64_t moved =
      exchange.bytes_up + exchange.bytes_down + exchange.bytes_drained + exchange.body.size();
  const bool is_uploading = exchange.stage == Stage::open && !exchange.request_ended &&
                            !exchange.answer_begun && exchange.request.has_body && !exchange.client_paused;
  const bool is_agents_turn = exchange.stage == Stage::gathering || exchange.stage == Stage::draining ||
                              is_uploading || exchange.link_paused;
  const bool is_quiet = is_agents_turn && moved < exchange.bytes_at_tick + quiet_bytes_min;
  exchange.quiet_ticks = is_quiet ? exchange.quiet_ticks + 1 : 0;
  if (exchange.quiet_ticks == 0) exchange.bytes_at_tick = moved;
  if (exchange.quiet_ticks < body_ticks_max) return;
  if (exchange.stage == Stage::gathering) {
    report_unjudged(exchange, "the agent did not send the rest for a minute");
  }
  if (codec_->version() == 11) return end(std::string(stalled));
  if (exchange.link != nullptr && exchange.link->codec != nullptr) {
    exchange.link->codec->reset(exchange.up_stream, Reset::cancelled, to_upstream(exchange));
  }
  codec_->reset(exchange.stream, Reset::cancelled, to_agent());
  finish(exchange, Ending::unknown, stalled);
}

// And has to be heard out, though it has its answer. The codec of HTTP/1.1 throws such bytes away by itself.
bool Session::is_still_sending(const Exchange& exchange) const {
  return codec_->version() == 20 && exchange.request.has_body && !exchange.request_ended;
}

void Session::drain(Exchange& exchange, std::size_t bytes) {
  exchange.bytes_drained += bytes;
  if (exchange.bytes_drained <= drained_bytes_max) return;
  codec_->reset(exchange.stream, Reset::cancelled, to_agent());
  finish(exchange, Ending::ok, {});
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
