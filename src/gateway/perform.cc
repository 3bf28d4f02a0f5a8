// What each command does. Together with connection.cc this is the pump.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "gateway/connection.h"

namespace claw::gateway {

namespace {

// Drivers and load balancers give up on a silent server; half a minute is under all their defaults.
constexpr std::uint32_t reminder_ms = 15'000;
constexpr std::int64_t told_bytes_min = 64 * 1024;  // Of an answer that goes on for long.
// Who takes less than this of our last words in that time loses them. What the kernel holds of them, some
// megabytes, must go first, and on a slow line that takes a while.
constexpr std::uint32_t closing_ms_max = 30'000;
constexpr std::size_t closing_bytes_min = 1024;

guard::Ending ending_of(protocol::Ending ending) {
  switch (ending) {
    case protocol::Ending::ok: return guard::Ending::ok;
    case protocol::Ending::failed: return guard::Ending::failed;
    case protocol::Ending::cancelled: return guard::Ending::cancelled;
    case protocol::Ending::unknown: return guard::Ending::unknown;
  }
  return guard::Ending::unknown;
}

}  // namespace

// In order, but for the records of how actions ended: nobody need wait while we write those down, and a
// turn's bytes leave in one system call.
void Connection::perform_all() {
  for (protocol::Command& command : worker_.commands.list()) {
    if (std::holds_alternative<protocol::Record>(command)) continue;
    std::visit([this](auto& each) { perform(each); }, command);
    if (closed_) {
      for (auto& pieces : worker_.outgoing) pieces.clear();
      return;
    }
  }
  send_outgoing();
  for (protocol::Command& command : worker_.commands.list()) {
    if (auto* record = std::get_if<protocol::Record>(&command)) perform(*record);
  }
  for (std::size_t number = 0; number <= upstreams_.size(); ++number) {
    Peer* side = peer(protocol::upstream_side(number));
    const std::size_t count = side == nullptr ? 0 : worker_.commands.consumed(side->side);
    if (count == 0) continue;
    side->consume(count);
    side->untold = true;
  }
  if (closing_ && last_words() == 0) finish_closing();
}

void Connection::perform(protocol::Send& command) {
  // Gathered, so that one turn is one system call. The commands live until perform_all() is done.
  const std::size_t number = protocol::number_of(command.to);
  if (number >= worker_.outgoing.size()) worker_.outgoing.resize(number + 1);
  worker_.outgoing[number].push_back(command.bytes());
  if (command.to != Side::client) return;
  sent_bytes_ += static_cast<std::int64_t>(command.bytes().size());
  if (sent_bytes_ >= told_bytes_min) count_sent();
}

// Before an action's end is told as well, so that the next one finds what this one was sent.
void Connection::count_sent() {
  const std::int64_t bytes = std::exchange(sent_bytes_, 0);
  if (bytes == 0 || !plan_->terms->counts || !principal_.preview_of.empty()) return;
  worker_.services().guard.ledger().sent(principal_, *plan_->terms, bytes);
}

void Connection::perform(protocol::Decide& command) {
  const Served* to = refresh_plan() ? served(command.route) : nullptr;
  if (to == nullptr) {
    const auto gone = action::refuse("the gateway's configuration no longer has this endpoint");
    return tell(protocol::Decided{command.ticket, gone});
  }
  if (auto full = admit(to)) {
    report(full->what);
    action::Verdict verdict = action::refuse(std::move(full->what), "close another one first");
    verdict.is_busy = true;
    return tell(protocol::Decided{command.ticket, std::move(verdict)});
  }
  const Ticket ticket = command.ticket;
  // Sixteen bytes of capture: no allocation for a question that is answered at once. A held question
  // keeps this object alive, see close().
  guard::Ruling ruling = worker_.services().guard.judge(
      to->gate, std::move(command.action), [this, ticket](action::Verdict verdict) {
        worker_.loop().post(
            [this, ticket, late = std::move(verdict)]() mutable { decided_later(ticket, std::move(late)); });
      });
  if (!ruling.held) return decided(ticket, ruling.action, command.route, std::move(ruling.verdict));
  held_.push_back({ticket, ruling.action, command.route});
  if (ruling.preview != nullptr) worker_.look_up(*to, std::move(ruling.preview));
  remind();
}

void Connection::decided(Ticket ticket, const Id& action, std::uint32_t route, action::Verdict verdict) {
  if (verdict.allowed()) {
    open_.push_back({ticket, action, worker_.services().clock.monotonic_us(), served(route)->gate,
                     route});
  }
  tell(protocol::Decided{ticket, std::move(verdict)});
}

void Connection::decided_later(Ticket ticket, action::Verdict verdict) {
  const auto found =
      std::find_if(held_.begin(), held_.end(), [&](const Held& each) { return each.ticket == ticket; });
  if (found == held_.end()) return;
  const Id action = found->action;
  const std::uint32_t route = found->route;
  const std::shared_ptr<const guard::Gate> gate = served(route)->gate;
  held_.erase(found);
  if (!closed_ && verdict.allowed() && plan_ != worker_.plan()) {
    // Allowed under rules that are no longer in force: the agent asks again and is judged by those that are.
    worker_.services().guard.finished(
        *gate, {action, guard::Ending::cancelled, -1, -1, "the policy changed while it was held"});
    verdict = action::refuse("the policy changed while this was held for approval", "send it again");
  }
  if (!closed_) return decided(ticket, action, route, std::move(verdict));
  // Answered while the agent was leaving: it was allowed, and nothing of it was sent.
  if (verdict.allowed()) {
    worker_.services().guard.finished(*gate,
                                      {action, guard::Ending::cancelled, -1, -1, "the agent had gone"});
  }
  if (held_.empty()) worker_.retire(*this);
}

void Connection::take_back() {
  for (const Held& each : std::vector<Held>(held_)) worker_.services().guard.withdraw(each.action);
}

void Connection::remind() {
  if (held_.empty()) return;
  for (const Held& each : std::vector<Held>(held_)) {
    tell(protocol::Waiting{each.ticket, fmt::format("held for approval: {}", each.action.view())});
    if (closed_) return;
  }
  if (reminder_ != 0) return;
  reminder_ = worker_.loop().after_ms(reminder_ms, [this] {
    reminder_ = 0;
    remind();
  });
}

void Connection::perform(protocol::Withdraw& command) {
  for (const Held& each : held_) {
    if (each.ticket == command.ticket) return worker_.services().guard.withdraw(each.action);
  }
}

void Connection::perform(protocol::Lease& command) {
  const config::Snapshot& snapshot = *plan_->snapshot;
  if (!command.agent.empty() && command.agent != principal_.agent) {
    principal_.agent = command.agent;
    if (const config::Agent* agent = snapshot.agent(command.agent)) principal_.profile = agent->profile;
  }
  protocol::Leased event;
  const config::Presented presented{command.user, command.database, {command.user}};
  auto chosen = snapshot.resolve_credential(principal_.profile, *served(0)->endpoint, presented);
  if (auto full = admit(served(0))) {
    event.error = std::move(full);
  } else if (!chosen) {
    event.error = std::move(chosen).error();
  } else if (*chosen == nullptr) {
    event.error = Error{Code::denied,
                        fmt::format("profile `{}` has no credential for {}", principal_.profile,
                                    place_), {}};
  } else {
    const config::Credential& credential = **chosen;
    credential_ = credential.name;
    auto login = worker_.services().vault.login(
        {credential.kind, credential.name, credential.user, credential.database, {}});
    if (login) event.login = std::move(login).value();
    else event.error = std::move(login).error();
  }
  if (event.error) {
    log::warning("no credential", {{"endpoint", place_}, {"why", event.error->text()}});
  }
  open_session(event.error ? event.error->what : std::string_view());
  tell(std::move(event));
}

// A door for many has no endpoint: the session is told to be of the one it goes to first.
void Connection::open_session(std::string_view detail) {
  if (recorded_open_) return;
  const Served* to = destinations_.back().served;
  const bool is_shared = door_->served == nullptr && to != nullptr;
  session_place_ = is_shared ? to->endpoint->typed : place_;
  record_session("opened", is_shared && detail.empty() ? "through " + place_ : std::string(detail));
}

void Connection::record_session(std::string_view event, std::string_view detail) {
  recorded_open_ = true;
  const std::int64_t duration_us = worker_.services().clock.monotonic_us() - since_us_;
  const auto written = worker_.services().sink.append(audit::Session{
      event, principal_, session_, session_place_, credential_, detail, duration_us, redaction()});
  if (!written) log::error("session not recorded", {{"session", session_}, {"why", written.error().text()}});
}

void Connection::perform(protocol::Record& command) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.ticket == command.ticket; });
  if (found == open_.end()) return;
  count_sent();
  if (!write_transcript(*found, Transcript::More::no)) return;
  const std::int64_t duration_us = worker_.services().clock.monotonic_us() - found->since_us;
  worker_.services().guard.finished(
      *found->gate, {found->action, ending_of(command.ending), command.rows, duration_us, command.detail,
                     found->connect_us});
  open_.erase(found);
}

void Connection::perform(protocol::Keep& command) {
  const auto found = std::ranges::find(open_, command.ticket, &Open::ticket);
  if (found == open_.end()) return;
  const std::int64_t at_us = worker_.services().clock.monotonic_us() - found->since_us;
  found->transcript.add(at_us, command.channel, command.bytes, command.left_out);
  if (found->transcript.is_full()) write_transcript(*found);
  else if (found->transcript.has_bytes()) write_transcripts_later();
}

void Connection::write_transcripts_later() {
  if (transcript_timer_ != 0) return;
  transcript_timer_ = worker_.loop().after_ms(transcript_ms_max, [this] {
    transcript_timer_ = 0;
    for (Open& each : open_) {
      if (each.transcript.has_bytes() && !write_transcript(each)) return;
    }
  });
}

// No record, no action: who speaks where nothing can be written down any more is not heard any more either.
bool Connection::write_transcript(Open& of, Transcript::More more) {
  const audit::Redaction* redaction = of.gate->endpoint().redaction.get();
  of.transcript.settle(redaction, more);
  const std::vector<audit::Piece> pieces = of.transcript.pieces();
  if (pieces.empty()) return true;
  const auto written = worker_.services().sink.append(
      audit::Stream{of.action, pieces, of.gate->endpoint().name, redaction});
  of.transcript.clear();
  if (written) return true;
  log::error("stream not recorded", {{"session", session_}, {"why", written.error().text()}});
  close("its streams could not be recorded");
  return false;
}

void Connection::perform(protocol::Report& command) { report(command.what); }

// What is told of the connection itself: as where it went last wants it, or as everybody does.
const audit::Redaction* Connection::redaction() const {
  const Served* last = destinations_.empty() ? nullptr : destinations_.back().served;
  return last != nullptr ? last->gate->endpoint().redaction.get()
                         : plan_->snapshot->settings.audit.redaction.get();
}

void Connection::report(const std::string& what) {
  log::info("refused",
            {{"endpoint", place_}, {"from", principal_.address}, {"what", what}});
  const auto written = worker_.services().sink.append(
      audit::Incident{what, principal_, session_, place_, redaction()});
  if (!written) log::error("incident not recorded", {{"why", written.error().text()}});
}

void Connection::perform(protocol::KeepKey& command) {
  if (login_timer_ != 0) worker_.loop().cancel(std::exchange(login_timer_, 0));
  worker_.services().cancel_keys.keep(key_here(command.ours), std::move(command.theirs), [this] {
    worker_.loop().post([&worker = worker_, connection = this, session = session_] {
      worker.take_back(connection, session);
    });
  });
}

// A key is good at its own endpoint only: another's upstream must not learn this one's.
std::string Connection::key_here(std::string_view ours) const {
  return place_ + " " + std::string(ours);
}

void Connection::perform(protocol::FindKey& command) {
  tell(protocol::KeyFound{worker_.services().cancel_keys.cancel(key_here(command.ours))});
}

void Connection::perform(protocol::SetTimer& command) {
  const auto found =
      std::find_if(timers_.begin(), timers_.end(), [&](const Timer& t) { return t.name == command.timer; });
  if (found != timers_.end()) {
    worker_.loop().cancel(found->id);
    timers_.erase(found);
  }
  if (command.after_ms == 0) return;
  const std::uint32_t name = command.timer;
  timers_.push_back({name, worker_.loop().after_ms(command.after_ms, [this, name] {
    std::erase_if(timers_, [&](const Timer& timer) { return timer.name == name; });
    tell(protocol::TimedOut{name});
  })});
}

void Connection::perform(protocol::Close& command) {
  if (closing_) return;
  why_ = std::move(command.why);
  closing_ = true;
  if (login_timer_ != 0) worker_.loop().cancel(login_timer_);
  await_last_words(SIZE_MAX);
}

void Connection::await_last_words(std::size_t unsent_before) {
  login_timer_ = worker_.loop().after_ms(closing_ms_max, [this, unsent_before] {
    login_timer_ = 0;
    const std::size_t unsent = last_words();
    if (unsent == 0) return finish_closing();
    const bool takes_them = unsent < unsent_before && unsent_before - unsent >= closing_bytes_min;
    if (takes_them) return await_last_words(unsent);
    close("the client did not take our last words");
  });
}

void Connection::perform(protocol::Finish& command) {
  send_outgoing();
  Peer* to = peer(command.side);
  if (to == nullptr || to->ended || closed_) return;
  to->finishing = true;
  finish_when_sent(*to);
}

// A reload changes the rules of open connections too: the next action is judged by the newest policy. A
// connection whose door or endpoint is gone has every action refused.
bool Connection::refresh_plan() {
  if (plan_ == worker_.plan()) return true;
  const std::shared_ptr<const Plan> newest = worker_.plan();
  const auto door = newest->doors.find(door_->name);
  if (door == newest->doors.end()) return false;
  for (Destination& to : destinations_) {
    if (to.served == nullptr) continue;
    const auto found = newest->served.find(to.served->endpoint->typed);
    to.served = found == newest->served.end() ? nullptr : &found->second;
  }
  door_ = &door->second;
  plan_ = newest;
  watch_idle();  // It may have a limit now.
  return true;
}

}  // namespace claw::gateway
