// A conversation with HTTP's machine for tests: plays the pump, answers what the machine asks at once (or
// when told), and watches over what must hold in every conversation: nothing of a request goes upstream
// without its allowing verdict, nothing is recorded twice, nothing follows a Close.
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
  };

  explicit Talk(Door door = own_door(), std::optional<Arrival::Fixed> fixed = fixed_to("api.test"))
      : machine(std::move(door), {"bot", "agents", "127.0.0.1:1"}, "session", std::move(fixed)) {
    tell(protocol::Started{});
  }

  static Door own_door() { return {}; }
  static Door proxy() {
    Door door;
    door.kind = Door::Kind::proxy;
    return door;
  }
  static std::shared_ptr<Options> options_for(std::string endpoint) {
    auto options = std::make_shared<Options>();
    options->endpoint = std::move(endpoint);
    options->upstream_tls = false;
    return options;
  }
  static std::optional<Arrival::Fixed> fixed_to(std::string host) {
    auto options = options_for("https.api");
    options->authority = host;
    return Arrival::Fixed{std::move(host), 80, 0, std::move(options)};
  }

  // What the world does. Bytes are told in slices of `slice`, if it is set.
  void agent(std::string_view bytes) { receive(agent_unread, protocol::Side::client, bytes); }
  void upstream(std::size_t number, std::string_view bytes) {
    receive(upstreams[number].unread, protocol::upstream_side(number), bytes);
  }
  void agent_leaves() { tell(protocol::PeerClosed{protocol::Side::client, {}}); }
  void upstream_leaves(std::size_t number) {
    tell(protocol::PeerClosed{protocol::upstream_side(number), {}});
    upstreams[number].open = false;
  }
  void allow(protocol::Ticket ticket) { decide(ticket, {action::Outcome::allow, "rest", {}, {}, false}); }
  void deny(protocol::Ticket ticket) { decide(ticket, {action::Outcome::deny, "no", "not here", {}, false}); }
  void tick() { tell(protocol::TimedOut{tick_timer}); }

  // How it is answered.
  std::function<bool(const action::Subject&)> policy = [](const action::Subject&) { return true; };
  std::map<std::string, std::shared_ptr<Options>> hosts;  // For Route, by `host:port`.
  std::set<std::string> spliced;
  std::string credential;
  std::string secret = "s3cr3t-value";
  std::string token = "clawp_good";
  std::string agent_alpn;          // What StartTls with the agent ends in.
  std::string upstream_alpn;
  bool holds = false;              // Decide is not answered by itself.
  bool credential_reads_body = false;
  std::optional<Error> connect_error;
  std::optional<Error> lease_error;
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
  std::vector<std::string> tls_hosts;
  std::size_t released = 0;
  std::string closed;              // Why.
  std::vector<std::string> wrong;  // Broken promises; must stay empty.

  Machine machine;

 private:
  void receive(std::string& buffer, protocol::Side side, std::string_view bytes) {
    const std::size_t step = slice == 0 ? bytes.size() : slice;
    for (std::size_t at = 0; at < bytes.size() && closed.empty(); at += step) {
      buffer.append(bytes.substr(at, step));
      pump(side);
    }
  }

  void pump(protocol::Side side) {
    std::string& buffer = buffer_of(side);
    if (buffer.empty() || !closed.empty() || !machine.wants(side)) return;
    const std::string bytes = buffer;  // As the pump: what is told stays where it is until the turn is over.
    told_.push_back(bytes);
    tell(protocol::Received{side, told_.back()});
  }

  std::string& buffer_of(protocol::Side side) {
    const std::size_t number = protocol::number_of(side);
    return number == 0 ? agent_unread : upstreams[number].unread;
  }

  void tell(protocol::Event event) {
    inbox_.push_back(std::move(event));
    if (telling_) return;
    telling_ = true;
    while (!inbox_.empty() && closed.empty()) {
      const protocol::Event current = std::move(inbox_.front());
      inbox_.pop_front();
      protocol::Commands commands;
      machine.on(current, commands);
      for (protocol::Command& command : commands.list()) {
        if (!closed.empty()) wrong.push_back("a command after Close");
        std::visit([this](auto& each) { perform(each); }, command);
      }
      bool consumed = false;
      for (std::size_t number = 0; number <= last_upstream(); ++number) {
        const std::size_t count = commands.consumed(protocol::upstream_side(number));
        if (number != 0 && !upstreams.contains(number)) continue;
        std::string& buffer = buffer_of(protocol::upstream_side(number));
        if (count > buffer.size()) wrong.push_back("consumed more than there was");
        buffer.erase(0, count);
        consumed |= count > 0;
      }
      if (consumed || !std::holds_alternative<protocol::Received>(current)) retell();
    }
    telling_ = false;
  }

  void retell() {
    for (std::size_t number = 0; number <= last_upstream(); ++number) {
      const protocol::Side side = protocol::upstream_side(number);
      if (number != 0 && !upstreams.contains(number)) continue;
      if (buffer_of(side).empty() || !machine.wants(side)) continue;
      told_.push_back(buffer_of(side));
      inbox_.push_back(protocol::Received{side, told_.back()});
      return;
    }
  }

  std::size_t last_upstream() const { return upstreams.empty() ? 0 : std::prev(upstreams.end())->first; }

  void decide(protocol::Ticket ticket, action::Verdict verdict) {
    if (verdict.allowed()) allowed_.insert(ticket);
    tell(protocol::Decided{ticket, std::move(verdict)});
  }

  void perform(protocol::Send& send) {
    if (send.to == protocol::Side::client) {
      to_agent += send.bytes();
      return;
    }
    Upstream& to = upstreams[protocol::number_of(send.to)];
    if (send.ticket != 0 && !allowed_.contains(send.ticket)) wrong.push_back("bytes upstream without a verdict");
    to.sent += send.bytes();
  }
  void perform(protocol::Connect& connect) {
    connects.push_back(connect);
    upstreams[protocol::number_of(connect.side)] = {{}, {}, !connect_error};
    tell(protocol::Connected{connect_error, connect.side, upstream_alpn, false});
  }
  void perform(protocol::StartTls& start) {
    tls_hosts.push_back(start.host);
    agent_unread.clear();  // The ClientHello.
    tell(protocol::TlsReady{start.side, {}, {}, agent_alpn, {}});
  }
  void perform(protocol::Decide& decide_command) {
    const protocol::Ticket ticket = decide_command.ticket;
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
  void perform(protocol::Release& release) {
    ++released;
    upstreams[protocol::number_of(release.side)].open = false;
  }
  void perform(protocol::Drop& drop) { upstreams[protocol::number_of(drop.side)].open = false; }
  void perform(protocol::Identify& identify) {
    tell(protocol::Identified{identify.token.equals(token), {"known", "agents", "127.0.0.1:1"}});
  }
  void perform(protocol::Route& route) {
    const std::string goal = route.host + ":" + std::to_string(route.port);
    protocol::Routed routed;
    routed.why = "no endpoint has this host";
    routed.route = 1;
    if (spliced.contains(goal)) routed.kind = protocol::Routed::Kind::splice;
    if (const auto found = hosts.find(goal); found != hosts.end()) {
      routed.kind = protocol::Routed::Kind::endpoint;
      routed.options = found->second;
    }
    tell(std::move(routed));
  }
  void perform(protocol::Choose& choose) {
    tell(protocol::Chosen{choose.ticket, {}, credential, credential_reads_body});
  }
  void perform(protocol::Inject& inject) {
    protocol::Leased leased;
    leased.ticket = inject.ticket;
    leased.error = lease_error;
    auto edits = std::make_shared<action::Edits>();
    edits->credential = inject.credential;
    edits->list.push_back({action::Edit::Kind::set_header, "Authorization", Secret("Bearer " + secret)});
    edits->hidden.push_back(Secret(secret));
    leased.edits = std::move(edits);
    tell(std::move(leased));
  }
  void perform(protocol::SetTimer&) {}
  void perform(protocol::Lease&) { wrong.push_back("a login, in HTTP"); }
  void perform(protocol::KeepKey&) { wrong.push_back("a cancel key, in HTTP"); }
  void perform(protocol::FindKey&) { wrong.push_back("a cancel key, in HTTP"); }

  std::deque<protocol::Event> inbox_;
  std::deque<std::string> told_;
  std::set<protocol::Ticket> allowed_;
  std::set<protocol::Ticket> ended_;
  bool telling_ = false;
};

}  // namespace claw::http
