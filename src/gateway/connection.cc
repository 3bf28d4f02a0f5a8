#include "gateway/connection.h"

#include <fmt/format.h>

#include "base/log.h"
#include "io/listener.h"
#include "protocol/http/machine.h"
#include "protocol/postgres/machine.h"

namespace claw::gateway {

namespace {

// Enough for fairness: a connection that floods us gives way to the others after this much.
constexpr std::size_t bytes_per_turn = 512 * 1024;
// A peer that does not read may make us keep this much for it; then the other side is not read either.
constexpr std::size_t unsent_bytes_max = 256 * 1024;
// No frame that must be judged whole is longer (the statement cap plus its parameters); more is not read.
constexpr std::size_t unread_bytes_max = 32 * 1024 * 1024;
// Larger buffers of an idle connection are given back.
constexpr std::size_t kept_capacity_bytes = 4 * 1024;

}  // namespace

void Connection::Peer::consume(std::size_t count) {
  if (!fresh.empty()) {
    fresh.remove_prefix(count);
    return;
  }
  kept_from += count;
  CLAW_CHECK(kept_from <= kept.size());
  if (kept_from == kept.size()) {
    kept.clear();
    kept_from = 0;
    if (kept.capacity() > kept_capacity_bytes) std::string().swap(kept);
  }
}

void Connection::Peer::keep_more(std::string_view bytes) {
  kept.erase(0, std::exchange(kept_from, 0));
  kept.append(bytes);
}

void Connection::Peer::keep_fresh() {
  if (fresh.empty()) return;
  kept.assign(fresh);  // While something is fresh, nothing is kept.
  kept_from = 0;
  fresh = {};
}

Connection::Connection(Worker& worker, io::Fd client, const Door& door, std::shared_ptr<const Plan> plan,
                       action::Principal principal)
    : worker_(worker),
      plan_(std::move(plan)),
      door_(&door),
      place_(door.name),
      principal_(std::move(principal)),
      since_us_(worker.services().clock.monotonic_us()),
      client_(*this, Side::client) {
  session_ = std::string(make_id(worker.services().clock.wall_us()).view());
  destinations_.push_back({door.served, {}, 0});
  client_.stream = io::Stream(std::move(client));
  if (door.served == nullptr || door.served->http != nullptr) {
    machine_ = http_machine();
    return;
  }
  cancel_key_.resize(8);
  fill_random(cancel_key_);
  cancel_key_[0] =
      static_cast<char>(cancel_key_[0] & 0x7F);  // Drivers show it as a process id, which is positive.
  machine_ =
      std::make_unique<postgres::Machine>(door.served->postgres, principal_, session_, cancel_key_);
}

Connection::Connection(Worker& worker, io::Fd client, std::shared_ptr<const InnerDoor> door,
                       std::shared_ptr<const Plan> plan, action::Principal principal)
    : Connection(worker, std::move(client), door->door, std::move(plan), std::move(principal)) {
  own_door_ = std::move(door);
  destinations_.front() = {door_->served, door_->host, door_->port};
}

std::unique_ptr<protocol::Machine> Connection::http_machine() {
  http::Door door = door_->http;
  door.bodies = worker_.services().bodies;
  if (door.kind == http::Door::Kind::transparent && door.original_host.empty()) {
    // Without it the machine has nowhere to lead this to, and closes.
    const auto original = io::original_destination(client_.stream.fd());
    const auto address =
        original ? io::parse_address(original->text()) : Result<io::Address>(original.error());
    if (address) {
      door.original_host = address->host;
      door.original_port = address->port;
    }
  }
  std::optional<http::Arrival::Fixed> fixed;
  if (door_->served != nullptr) {
    fixed = http::Arrival::Fixed{door_->host, door_->port, 0, door_->served->http};
  }
  return std::make_unique<http::Machine>(std::move(door), principal_, session_, std::move(fixed));
}

Connection::~Connection() {
  for (const Timer& timer : timers_) worker_.loop().cancel(timer.id);
  if (reminder_ != 0) worker_.loop().cancel(reminder_);
  if (login_timer_ != 0) worker_.loop().cancel(login_timer_);
  if (transcript_timer_ != 0) worker_.loop().cancel(transcript_timer_);
  if (idle_timer_ != 0) worker_.loop().cancel(idle_timer_);
  if (taking_timer_ != 0) worker_.loop().cancel(taking_timer_);
  for (const std::unique_ptr<Peer>& each : upstreams_) {
    if (each != nullptr) worker_.loop().cancel(each->greeting_timer);
  }
}

void Connection::start() {
  heard_us_ = since_us_;
  watch_idle();
  client_.watch = io::Watch(worker_.loop(), client_.stream.fd(), client_, true, false);
  if (!cancel_key_.empty()) {  // HTTP's machine watches over its own beginnings.
    const std::int64_t limit_us = plan_->snapshot->settings.limits.login_timeout_us;
    login_timer_ = worker_.loop().after_ms(static_cast<std::uint32_t>(limit_us / 1000), [this] {
      login_timer_ = 0;
      close("no login in time");
    });
  }
  tell(protocol::Started{});
}

Connection::Peer* Connection::peer(Side side) {
  const std::size_t number = protocol::number_of(side);
  if (number == 0) return &client_;
  return number > upstreams_.size() ? nullptr : upstreams_[number - 1].get();
}

Connection::Peer& Connection::new_upstream(Side side) {
  const std::size_t number = protocol::number_of(side);
  CLAW_CHECK(number > 0);
  if (number > upstreams_.size()) upstreams_.resize(number);
  CLAW_CHECK(upstreams_[number - 1] == nullptr);
  return *(upstreams_[number - 1] = std::make_unique<Peer>(*this, side));
}

const Served* Connection::served(std::uint32_t route) const {
  return route < destinations_.size() ? destinations_[route].served : nullptr;
}

void Connection::ready(Peer& peer, io::Ready what) {
  gone_.clear();  // Whoever was dropped is not among the callers now.
  if (peer.handshaking) return shake_hands(peer);
  if (what.writable) flush(peer);
  if (closed_ || peer.ended) return;
  if (what.readable && may_read(peer)) return read(peer);
  if (what.hung_up) return hung_up(peer, what.broken);
  // Interest is only lost when it is seen to matter: most requests are answered before the next one comes.
  if (what.readable) peer.watch.want(false, peer.watch.writing());
}

void Connection::read(Peer& peer) {
  std::size_t total = 0;
  while (!closed_ && !closing_ && !peer.ended && total < bytes_per_turn) {
    const io::IoResult result = peer.stream.read(worker_.input);
    if (result.kind == io::IoResult::Kind::again) break;
    if (result.kind == io::IoResult::Kind::end && machine_->passes_ends()) return said_all(peer);
    if (result.kind != io::IoResult::Kind::some) return peer_gone(peer, result.why);
    total += result.count;
    if (idle_timer_ != 0) heard_us_ = worker_.services().clock.monotonic_us();
    const std::string_view bytes(worker_.input.data(), result.count);
    if (peer.kept.empty()) peer.fresh = bytes;
    else peer.keep_more(bytes);
    tell(protocol::Received{peer.side, peer.unread()});
    peer.keep_fresh();
    if (closed_ || peer.ended) return;
    if (!machine_->wants(peer.side) || peer.unread().size() > unread_bytes_max) break;
    if (result.count < worker_.input.size() && !peer.stream.has_buffered()) break;
  }
  if (!closed_) watch_again(peer);
}

void Connection::shake_hands(Peer& peer) {
  const io::IoResult result = peer.stream.handshake();
  if (result.kind == io::IoResult::Kind::again) {
    peer.watch.want(!result.again_on_write, result.again_on_write);
    return;
  }
  peer.handshaking = false;
  std::optional<Error> error;
  if (result.kind != io::IoResult::Kind::some) {
    error = Error{Code::unavailable, fmt::format("TLS handshake failed: {}", result.why), {}};
  }
  if (peer.dialled_tls) {
    connected(peer, std::move(error));
  } else {
    protocol::TlsReady event{peer.side, std::move(error), {}, {}, {}};
    if (!event.error && peer.side == Side::upstream) event.binding = peer.stream.peer_end_point();
    if (!event.error && peer.side == Side::client) {
      event.protocol = peer.stream.protocol();
      event.principal = certified();
    }
    tell(std::move(event));
  }
  if (closed_ || peer.ended) return;
  // The last handshake packet may have brought application data that epoll will not announce again.
  if (!closing_ && peer.stream.has_buffered()) read(peer);
}

// An agent named by a certificate of the door's own authority.
std::optional<action::Principal> Connection::certified() {
  const config::Agent* agent = plan_->snapshot->agent(client_.stream.peer_common_name());
  if (agent == nullptr) return std::nullopt;
  principal_.agent = agent->name;
  principal_.profile = agent->profile;
  return principal_;
}

void Connection::flush(Peer& peer) {
  const std::size_t unsent = peer.stream.unsent();
  const io::IoResult result = peer.stream.flush();
  if (&peer == &client_) taken_ += unsent - peer.stream.unsent();
  if (result.kind == io::IoResult::Kind::failed) return peer_gone(peer, result.why);
  finish_when_sent(peer);
  if (closing_ && last_words() == 0) return finish_closing();
  tell_unread();
  each_peer([this](Peer& each) { watch_again(each); });
}

void Connection::peer_gone(Peer& peer, std::string why) {
  if (peer.ended) return;
  peer.ended = true;
  peer.watch.reset();
  if (closing_) return last_words() == 0 ? finish_closing() : void();
  tell(protocol::PeerClosed{peer.side, std::move(why)});
}

// Not being read just now. An agent that is waited for has left; what others said before they ended is read
// when there is room for it.
void Connection::hung_up(Peer& peer, bool is_broken) {
  const bool has_left = (peer.side == Side::client && !machine_->passes_ends()) || closing_;
  if (has_left || (is_broken && peer.said_all)) return peer_gone(peer, {});
  peer.watch.end_is_known();
  if (!is_broken) return;
  peer.broken = true;
  peer.watch.reset();
}

void Connection::said_all(Peer& peer) {
  if (std::exchange(peer.said_all, true)) return;
  peer.watch.end_is_known();
  tell(protocol::PeerClosed{peer.side, {}});
}

void Connection::finish_when_sent(Peer& peer) {
  if (peer.stream.unsent() == 0 && std::exchange(peer.finishing, false)) peer.stream.finish();
}

// What has to go out before this connection may end: an upstream's too where it is told that it was all.
std::size_t Connection::last_words() const {
  std::size_t bytes = client_.ended ? 0 : client_.stream.unsent();
  for (const std::unique_ptr<Peer>& each : upstreams_) {
    if (each != nullptr && each->finishing && !each->ended) bytes += each->stream.unsent();
  }
  return bytes;
}

// Decides from the state of both sides what to be woken for. Cheap when nothing changed.
void Connection::watch_again(Peer& side) {
  if (side.ended || side.handshaking || !side.stream.is_open()) return;
  const bool may = may_read(side);
  side.watch.want((side.watch.reading() || may) && !side.said_all, side.stream.unsent() > 0);
  if (may && (side.stream.has_buffered() || side.broken)) read_later(side.side);
  if (&side == &client_ && side.stream.unsent() > 0) watch_taking();
}

// What TLS has read ahead no longer shows in epoll: it is read when the loop comes round again.
void Connection::read_later(Side which) {
  Peer& side = *peer(which);
  if (std::exchange(side.read_posted, true)) return;
  worker_.loop().post([this, which, guard = std::weak_ptr<char>(alive_)] {
    if (guard.expired() || closed_) return;
    Peer* const found = peer(which);
    if (found == nullptr) return;
    found->read_posted = false;
    if (found->ended || found->handshaking || !may_read(*found)) return;
    if (found->stream.has_buffered() || found->broken) read(*found);
  });
}

bool Connection::may_read(const Peer& side) const {
  return !closing_ && !side.said_all && machine_->wants(side.side) && has_room_across(side) &&
         side.unread().size() <= unread_bytes_max;
}

// Whoever this side's bytes would go to has taken most of what was sent before.
bool Connection::has_room_across(const Peer& side) const {
  if (side.side != Side::client) return client_.stream.unsent() < unsent_bytes_max;
  return std::ranges::all_of(upstreams_, [](const std::unique_ptr<Peer>& each) {
    return each == nullptr || each->stream.unsent() < unsent_bytes_max;
  });
}

template <class Do>
void Connection::each_peer(const Do& act) {
  if (closed_) return;
  act(client_);
  for (std::size_t i = 0; i < upstreams_.size() && !closed_; ++i) {
    if (upstreams_[i] != nullptr) act(*upstreams_[i]);
  }
}

// Tells the machine one event and everything that follows from it at once. An event raised meanwhile
// (a verdict, a lease) waits its turn in the inbox: a machine is never entered twice.
void Connection::tell(protocol::Event event) {
  worker_.inbox.push_back(std::move(event));
  if (telling_) return;
  telling_ = true;
  const std::size_t first = worker_.inbox.size() - 1;
  std::size_t next = first;
  while (!closed_) {
    if (next == worker_.inbox.size()) {
      tell_unread();
      if (next == worker_.inbox.size()) break;
    }
    const protocol::Event current = std::move(worker_.inbox[next++]);
    const auto* received = std::get_if<protocol::Received>(&current);
    const Peer* teller = received == nullptr ? nullptr : peer(received->side);
    if (received != nullptr && teller == nullptr) continue;  // Dropped since.
    worker_.commands.clear();
    machine_->on(current, worker_.commands);
    // A turn that did nothing is no news for the others: two sides with half a message each would tell one
    // another for ever.
    const bool is_news = received == nullptr || !worker_.commands.is_empty();
    each_peer([&](Peer& each) { each.untold = &each == teller ? false : each.untold || is_news; });
    perform_all();
  }
  worker_.inbox.resize(first);
  telling_ = false;
  each_peer([this](Peer& each) { watch_again(each); });
}

// What a side has sent and the machine has not consumed is told again once something else has changed.
void Connection::tell_unread() {
  bool told = false;
  each_peer([&](Peer& side) {
    if (told || !side.untold || side.unread().empty() || closing_ || !machine_->wants(side.side)) return;
    if (!has_room_across(side)) return;
    side.untold = false;
    told = true;
    tell(protocol::Received{side.side, side.unread()});
  });
}

void Connection::send_outgoing() {
  for (std::size_t number = 0; number < worker_.outgoing.size(); ++number) {
    auto& pieces = worker_.outgoing[number];
    if (pieces.empty()) continue;
    Peer* to = peer(protocol::upstream_side(number));
    if (to != nullptr && to->stream.is_open() && !to->ended) {
      const io::IoResult result = to->stream.send(pieces);
      pieces.clear();
      if (result.kind == io::IoResult::Kind::failed || result.kind == io::IoResult::Kind::end) {
        peer_gone(*to, result.why);
      }
    }
    pieces.clear();
  }
}

void Connection::close(std::string_view why) {
  if (closed_) return;
  closed_ = true;
  count_sent();
  for (Open& each : open_) {
    write_transcript(each, Transcript::More::no);
    worker_.services().guard.finished(*each.gate, {each.action, guard::Ending::unknown, -1, -1, why});
  }
  open_.clear();
  if (recorded_open_) record_session("closed", why);
  if (!cancel_key_.empty()) worker_.services().cancel_keys.forget(key_here(cancel_key_));
  places_.clear();  // Its successor need not wait until it is taken apart.
  client_.watch.reset();
  client_.stream.close();
  for (std::unique_ptr<Peer>& each : upstreams_) {
    if (each != nullptr) let_go(*each);
  }
  // Each withdrawal is answered by a posted decided_later(); the last one lets this object go.
  const std::vector<Held> waiting = held_;
  for (const Held& each : waiting) worker_.services().guard.withdraw(each.action);
  if (held_.empty()) worker_.retire(*this);
}

void Connection::finish_closing() { close(why_.empty() ? "done" : why_); }

// Not destroyed yet: its own code may be what is running.
void Connection::let_go(Peer& upstream) {
  upstream.ended = true;
  upstream.watch.reset();
  worker_.loop().cancel(std::exchange(upstream.greeting_timer, 0));
  upstream.stream.close();
  gone_.push_back(std::move(upstreams_[protocol::number_of(upstream.side) - 1]));
}

}  // namespace claw::gateway
