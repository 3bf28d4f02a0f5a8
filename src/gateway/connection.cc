#include "gateway/connection.h"

#include <fmt/format.h>

#include "base/log.h"
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

Connection::Connection(Worker& worker, io::Fd client, const Served& served, std::shared_ptr<const Plan> plan,
                       action::Principal principal)
    : worker_(worker),
      plan_(std::move(plan)),
      served_(&served),
      principal_(std::move(principal)),
      since_us_(worker.services().clock.monotonic_us()),
      client_(*this, Side::client),
      upstream_(*this, Side::upstream) {
  session_ = std::string(make_id(worker.services().clock.wall_us()).view());
  cancel_key_.resize(8);
  fill_random(cancel_key_);
  cancel_key_[0] =
      static_cast<char>(cancel_key_[0] & 0x7F);  // Drivers show it as a process id, which is positive.
  client_.stream = io::Stream(std::move(client));
  machine_ = std::make_unique<postgres::Machine>(served.postgres, principal_, session_, cancel_key_);
}

Connection::~Connection() {
  for (const Timer& timer : timers_) worker_.loop().cancel(timer.id);
  if (reminder_ != 0) worker_.loop().cancel(reminder_);
  if (login_timer_ != 0) worker_.loop().cancel(login_timer_);
}

void Connection::start() {
  client_.watch = io::Watch(worker_.loop(), client_.stream.fd(), client_, true, false);
  const std::int64_t limit_us = plan_->snapshot->settings.limits.login_timeout_us;
  login_timer_ = worker_.loop().after_ms(static_cast<std::uint32_t>(limit_us / 1000), [this] {
    login_timer_ = 0;
    close("no login in time");
  });
  tell(protocol::Started{});
}

void Connection::ready(Peer& peer, io::Ready what) {
  if (peer.handshaking) return shake_hands(peer);
  if (what.writable) flush(peer);
  if (closed_) return;
  if (what.readable && peer.watch.reading()) read(peer);
  else if (what.hung_up) peer_gone(peer, {});  // Not reading just now: a held agent that left.
}

void Connection::read(Peer& peer) {
  std::size_t total = 0;
  while (!closed_ && !closing_ && total < bytes_per_turn) {
    const io::IoResult result = peer.stream.read(worker_.input);
    if (result.kind == io::IoResult::Kind::again) break;
    if (result.kind != io::IoResult::Kind::some) return peer_gone(peer, result.why);
    total += result.count;
    const std::string_view bytes(worker_.input.data(), result.count);
    if (peer.kept.empty()) peer.fresh = bytes;
    else peer.keep_more(bytes);
    tell(protocol::Received{peer.side, peer.unread()});
    peer.keep_fresh();
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
  protocol::TlsReady event{peer.side, std::nullopt, {}};
  if (result.kind != io::IoResult::Kind::some) {
    event.error = Error{Code::unavailable, fmt::format("TLS handshake failed: {}", result.why), {}};
  } else if (peer.side == Side::upstream) {
    event.binding = peer.stream.peer_end_point();
  }
  tell(std::move(event));
  if (closed_) return;
  // The last handshake packet may have brought application data that epoll will not announce again.
  if (!closing_ && peer.stream.has_buffered()) read(peer);
}

void Connection::flush(Peer& peer) {
  const io::IoResult result = peer.stream.flush();
  if (result.kind == io::IoResult::Kind::failed) return peer_gone(peer, result.why);
  if (closing_ && client_.stream.unsent() == 0) return finish_closing();
  tell_unread();
  if (closed_) return;
  watch_again(client_);
  watch_again(upstream_);
}

void Connection::peer_gone(Peer& peer, std::string why) {
  if (peer.ended) return;
  peer.ended = true;
  peer.watch.reset();
  if (closing_) return finish_closing();
  tell(protocol::PeerClosed{peer.side, std::move(why)});
}

// Decides from the state of both sides what to be woken for. Cheap when nothing changed.
void Connection::watch_again(Peer& side) {
  if (side.ended || side.handshaking || !side.stream.is_open()) return;
  const Peer& across = peer(protocol::other(side.side));
  const bool read = !closing_ && machine_->wants(side.side) && across.stream.unsent() < unsent_bytes_max &&
                    side.unread().size() <= unread_bytes_max;
  side.watch.want(read, side.stream.unsent() > 0);
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
    client_.untold |= received == nullptr || received->side != Side::client;
    upstream_.untold |= received == nullptr || received->side != Side::upstream;
    if (received != nullptr) peer(received->side).untold = false;
    worker_.commands.clear();
    machine_->on(current, worker_.commands);
    perform_all();
  }
  worker_.inbox.resize(first);
  telling_ = false;
  if (closed_) return;
  watch_again(client_);
  watch_again(upstream_);
}

// What a side has sent and the machine has not consumed is told again once something else has changed.
void Connection::tell_unread() {
  for (Peer* side : {&client_, &upstream_}) {
    if (!side->untold || side->unread().empty() || closing_ || !machine_->wants(side->side)) continue;
    if (peer(protocol::other(side->side)).stream.unsent() >= unsent_bytes_max) continue;
    side->untold = false;
    tell(protocol::Received{side->side, side->unread()});
    return;
  }
}

void Connection::send_outgoing() {
  for (Peer* to : {&client_, &upstream_}) {
    auto& pieces = worker_.outgoing[to->side == Side::client ? 0 : 1];
    if (pieces.empty()) continue;
    if (to->stream.is_open() && !to->ended) {
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
  for (const Open& each : open_) {
    worker_.services().guard.finished(*served_->gate, {each.action, guard::Ending::unknown, -1, -1, why});
  }
  open_.clear();
  if (recorded_open_) record_session("closed", why);
  worker_.services().cancel_keys.forget(key_here(cancel_key_));
  connector_.reset();
  for (Peer* side : {&client_, &upstream_}) {
    side->watch.reset();
    side->stream.close();
  }
  // Each withdrawal is answered by a posted decided_later(); the last one lets this object go.
  const std::vector<Held> waiting = held_;
  for (const Held& each : waiting) worker_.services().guard.withdraw(each.action);
  if (held_.empty()) worker_.retire(*this);
}

void Connection::finish_closing() { close("done"); }

}  // namespace claw::gateway
