// A conversation with HTTP's machine for tests and the fuzzer: plays the pump, answers what the machine asks
// at once (or when told), and watches over what must hold in every conversation: nothing of a request goes
// upstream without its allowing verdict, nothing is recorded twice, every allowed action's end is recorded,
// no side's number is given to two connections, nothing follows a Close.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/http/machine.h"

namespace claw::http {

class Talk {
 public:
  struct Upstream {
    std::string sent;       // To it, everything.
    std::string unread;     // From it, not consumed.
    bool open = false;
    bool is_http2 = false;
    bool is_splice = false;
  };

  explicit Talk(Door door = own_door(),
                std::optional<Arrival::Fixed> fixed = fixed_to("api.test", options_for("https.api")))
      : machine(std::move(door), {"bot", "agents", "127.0.0.1:1"}, "session", std::move(fixed)) {
    tell(protocol::Started{});
  }

  static Door own_door() { return {}; }
  static Door proxy() { return {Door::Kind::proxy, false, false, false, {}, 0}; }
  static Door redirected() { return {Door::Kind::transparent, false, false, false, "192.0.2.7", 443}; }
  static std::shared_ptr<Options> options_for(std::string endpoint) {
    auto options = std::make_shared<Options>();
    options->endpoint = std::move(endpoint);
    options->upstream_tls = false;
    return options;
  }
  static std::optional<Arrival::Fixed> fixed_to(std::string host, std::shared_ptr<Options> options) {
    return Arrival::Fixed{std::move(host), 80, 0, std::move(options)};
  }

  // What the world does. Bytes are told in slices of `slice`, if it is set.
  void agent(std::string_view bytes) { receive(agent_unread, protocol::Side::client, bytes); }
  void upstream(std::size_t number, std::string_view bytes) {
    receive(upstreams[number].unread, protocol::upstream_side(number), bytes);
  }
  void agent_leaves() { tell(protocol::PeerClosed{protocol::Side::client, {}}); }
  void upstream_leaves(std::size_t number, std::string why = {}) {
    if (!upstreams[number].open) return;
    upstreams[number].open = false;
    tell(protocol::PeerClosed{protocol::upstream_side(number), std::move(why)});
  }
  void allow(protocol::Ticket ticket) { decide(ticket, allowing); }
  void deny(protocol::Ticket ticket) { decide(ticket, {action::Outcome::deny, "no", "not here", {}, false}); }
  void say(protocol::Ticket ticket, action::Verdict verdict) { decide(ticket, std::move(verdict)); }
  void tick(std::size_t times = 1) {
    for (; times > 0; --times) tell(protocol::TimedOut{tick_timer});
  }
  void time_out(std::uint32_t timer) { tell(protocol::TimedOut{timer}); }
  // With `postpones`: lets the answer to one of the machine's questions come.
  void answer(std::size_t number = 0) {
    if (number >= postponed.size()) return;
    protocol::Event event = std::move(postponed[number]);
    postponed.erase(postponed.begin() + static_cast<std::ptrdiff_t>(number));
    tell(std::move(event));
  }
  // Once it is over: every allowed action has its end on record.
  void check_ended() {
    for (const protocol::Ticket ticket : told_allowed_) {
      if (!ended_.contains(ticket)) wrong.push_back("an allowed action without a recorded end");
    }
  }

  // How it is answered.
  std::function<bool(const action::Subject&)> policy = [](const action::Subject&) { return true; };
  std::function<void(action::Edits&)> lend = [](action::Edits&) {};  // Changes what is lent.
  std::map<std::string, std::shared_ptr<Options>> hosts;  // For Route, by `host:port`.
  std::set<std::string> spliced;
  std::string credential;
  std::string secret = "s3cr3t-value";
  std::string token = "clawp_good";
  std::string agent_name = "known";  // Whose it is.
  std::string agent_alpn;          // What StartTls with the agent ends in.
  std::string upstream_alpn;
  bool holds = false;              // Decide is not answered by itself.
  bool postpones = false;          // Nor anything else; see answer().
  bool is_pooled = false;          // Connections have served before.
  action::Verdict allowing{action::Outcome::allow, "rest", {}, {}};
  bool credential_reads_body = false;
  std::shared_ptr<const Options> options_now;  // After a reload.
  std::optional<Error> connect_error;
  std::optional<Error> lease_error;
  std::optional<Error> tls_error;
  std::size_t slice = 0;

  // What came of it.
  std::string to_agent;
  std::string agent_unread;
  std::map<std::size_t, Upstream> upstreams;
  std::vector<std::pair<protocol::Ticket, action::Action>> asked;
  std::vector<protocol::Record> records;
  std::vector<protocol::Ticket> withdrawn;
  std::vector<std::string> reports;
  std::vector<protocol::Connect> connects;
  std::vector<bool> lent_for_changes;
  std::vector<std::string> tls_hosts;
  std::vector<std::string> routed;  // What was asked for, `host:port`.
  bool may_splice = false;          // The last of them.
  std::deque<protocol::Event> postponed;
  std::map<std::uint32_t, std::uint32_t> timers;
  std::vector<std::size_t> finished;  // Whom nothing more is sent, by side.
  std::size_t released = 0;
  std::size_t dropped = 0;
  std::string closed;              // Why.
  std::vector<std::string> wrong;  // Broken promises; must stay empty.

  Machine machine;

 private:
  void receive(std::string& buffer, protocol::Side side, std::string_view bytes) {
    const std::size_t step = slice == 0 ? bytes.size() : slice;
    for (std::size_t at = 0; at < bytes.size() && closed.empty(); at += step) {
      buffer.append(bytes.substr(at, step));
      if (machine.wants(side)) tell_bytes(side);
    }
  }

  void tell_bytes(protocol::Side side) {
    told_.push_back(buffer_of(side));  // Gone when the turn is over: a view kept longer is seen.
    tell(protocol::Received{side, told_.back()});
  }

  std::string& buffer_of(protocol::Side side) {
    const std::size_t number = protocol::number_of(side);
    return number == 0 ? agent_unread : upstreams[number].unread;
  }

  void tell(protocol::Event event) {
    inbox_.push_back(std::move(event));
    if (std::exchange(telling_, true)) return;
    while (!inbox_.empty() && closed.empty()) {
      const protocol::Event current = std::move(inbox_.front());
      inbox_.pop_front();
      turn(current);
      if (inbox_.empty()) tell_unread();
    }
    telling_ = false;
  }

  void turn(const protocol::Event& event) {
    if (const auto* decided = std::get_if<protocol::Decided>(&event); decided && decided->verdict.allowed()) {
      told_allowed_.insert(decided->ticket);
    }
    const auto* received = std::get_if<protocol::Received>(&event);
    protocol::Commands commands;
    machine.on(event, commands);
    for (protocol::Command& command : commands.list()) {
      if (!closed.empty()) wrong.push_back("a command after Close");
      std::visit([this](auto& each) { perform(each); }, command);
    }
    bool consumed = false;
    for (std::size_t number = 0; number <= last_upstream(); ++number) {
      const std::size_t count = commands.consumed(protocol::upstream_side(number));
      if (count == 0 || (number != 0 && !upstreams.contains(number))) continue;
      std::string& buffer = buffer_of(protocol::upstream_side(number));
      if (count > buffer.size() && (number == 0 || upstreams[number].open)) {
        wrong.push_back("consumed too much");
      }
      buffer.erase(0, count);
      consumed = true;
    }
    if (received != nullptr) told_.pop_front();
    const bool changed = consumed || !commands.list().empty() || received == nullptr;
    for (std::size_t number = 0; changed && number <= last_upstream(); ++number) untold_.insert(number);
    if (received != nullptr && !consumed) untold_.erase(protocol::number_of(received->side));
  }

  void tell_unread() {
    for (std::size_t number = 0; number <= last_upstream(); ++number) {
      const protocol::Side side = protocol::upstream_side(number);
      if (!untold_.contains(number) || (number != 0 && !upstreams.contains(number))) continue;
      if (buffer_of(side).empty() || !machine.wants(side)) continue;
      untold_.erase(number);
      return tell_bytes(side);
    }
  }

  std::size_t last_upstream() const { return upstreams.empty() ? 0 : std::prev(upstreams.end())->first; }

  void decide(protocol::Ticket ticket, action::Verdict verdict) {
    if (open_.erase(ticket) == 0) return;  // Has its verdict.
    if (verdict.allowed()) allowed_.insert(ticket);
    tell(protocol::Decided{ticket, std::move(verdict)});
  }
  void reply(protocol::Event event) {
    if (postpones) postponed.push_back(std::move(event));
    else tell(std::move(event));
  }

  void perform(protocol::Send& send) {
    if (send.to == protocol::Side::client) return void(to_agent += send.bytes());
    Upstream& to = upstreams[protocol::number_of(send.to)];
    const bool is_housekeeping = send.ticket == 0 && (to.is_http2 || to.is_splice);
    if (!is_housekeeping && !allowed_.contains(send.ticket)) {
      wrong.push_back("bytes upstream without a verdict");
    }
    to.sent += send.bytes();
  }
  void perform(protocol::Connect& connect) {
    connects.push_back(connect);
    Upstream& to = upstreams[protocol::number_of(connect.side)];
    if (to.open) wrong.push_back("a side's number given out twice");
    to = {{}, {}, true, upstream_alpn == "h2", machine.state() == "dialling"};
    if (connect_error) to.open = false;
    reply(protocol::Connected{connect_error, connect.side, upstream_alpn, is_pooled});
  }
  void perform(protocol::StartTls& start) {
    tls_hosts.push_back(start.host);
    agent_unread.clear();  // The ClientHello.
    reply(protocol::TlsReady{start.side, tls_error, {}, agent_alpn, {}});
  }
  void perform(protocol::Decide& decide_command) {
    const protocol::Ticket ticket = decide_command.ticket;
    open_.insert(ticket);
    const bool allowed = policy(*decide_command.action.subject);
    asked.emplace_back(ticket, std::move(decide_command.action));
    if (holds) return;
    if (allowed) allow(ticket);
    else deny(ticket);
  }
  void perform(protocol::Withdraw& withdraw) { withdrawn.push_back(withdraw.ticket); }
  void perform(protocol::Record& record) {
    if (!allowed_.contains(record.ticket)) wrong.push_back("an end without an allowing verdict");
    if (!ended_.insert(record.ticket).second) wrong.push_back("recorded twice");
    records.push_back(record);
  }
  void perform(protocol::Report& report) { reports.push_back(report.what); }
  void perform(protocol::Close& close) { closed = close.why.empty() ? "closed" : close.why; }
  void perform(protocol::Release& release) { let_go(release.side, released); }
  void perform(protocol::Drop& drop) { let_go(drop.side, dropped); }
  void let_go(protocol::Side side, std::size_t& count) {
    ++count;
    Upstream& upstream = upstreams[protocol::number_of(side)];
    upstream.open = false;
    upstream.unread.clear();
    std::erase_if(postponed, [side](const protocol::Event& event) {
      const auto* connected = std::get_if<protocol::Connected>(&event);
      return connected != nullptr && connected->side == side;
    });
  }
  void perform(protocol::Identify& identify) {
    const bool known = identify.token.equals(token);
    reply(protocol::Identified{known, {known ? agent_name : "", "agents", "127.0.0.1:1"}});
  }
  void perform(protocol::Route& route) {
    may_splice = route.may_splice;
    const std::string& goal = routed.emplace_back(route.host + ":" + std::to_string(route.port));
    protocol::Routed answer;
    answer.why = "no endpoint has this host";
    answer.route = 1;
    if (spliced.contains(goal)) answer.kind = protocol::Routed::Kind::splice;
    if (const auto found = hosts.find(goal); found != hosts.end()) {
      answer.kind = protocol::Routed::Kind::endpoint;
      answer.options = found->second;
    }
    reply(std::move(answer));
  }
  void perform(protocol::Choose& choose) {
    reply(protocol::Chosen{choose.ticket, {}, credential, credential_reads_body, options_now});
  }
  void perform(protocol::Inject& inject) {
    protocol::Leased leased;
    leased.ticket = inject.ticket;
    lent_for_changes.push_back(inject.may_write);
    leased.error = lease_error;
    auto edits = std::make_shared<action::Edits>();
    edits->credential = inject.credential;
    edits->list.push_back({action::Edit::Kind::set_header, "Authorization", Secret("Bearer " + secret)});
    edits->hidden.push_back(Secret(secret));
    lend(*edits);
    leased.edits = std::move(edits);
    reply(std::move(leased));
  }
  void perform(protocol::SetTimer& timer) { timers[timer.timer] = timer.after_ms; }
  void perform(protocol::Finish& finish) { finished.push_back(protocol::number_of(finish.side)); }
  void perform(auto&) { wrong.push_back("what HTTP has no use for"); }

  std::deque<protocol::Event> inbox_;
  std::deque<std::string> told_;
  std::set<std::size_t> untold_;
  std::set<protocol::Ticket> open_, allowed_, told_allowed_, ended_;
  bool telling_ = false;
};

}  // namespace claw::http
