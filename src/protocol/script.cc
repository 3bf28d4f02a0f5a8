#include "protocol/script.h"

#include <map>
#include <set>

#include "base/text.h"

namespace claw::protocol {
namespace {

std::string_view next_word(std::string_view& rest) {
  rest = trim(rest);
  const std::size_t space = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(space);
  rest = trim(rest);
  return word;
}

std::string unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

Side side_named(std::string_view name) { return name == "client" ? Side::client : Side::upstream; }
std::string_view name_of(Side side) { return side == Side::client ? "client" : "upstream"; }

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::ok: return "ok";
    case Ending::failed: return "failed";
    case Ending::cancelled: return "cancelled";
    case Ending::unknown: return "unknown";
  }
  return "";
}

std::map<std::string, std::string, std::less<>> fields_of(std::string_view rest) {
  std::map<std::string, std::string, std::less<>> fields;
  while (!rest.empty()) {
    const std::string_view word = next_word(rest);
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos) {
      fields[std::string(word.substr(0, equals))] = word.substr(equals + 1);
    }
  }
  return fields;
}

bool is_answer(std::string_view verb) {
  return verb == "connected" || verb == "tls" || verb == "leased" || verb == "allowed" || verb == "key";
}

class Player {
 public:
  explicit Player(const Play& how) : how_(how), machine_(how.make_machine()), speaker_(how.make_speaker()) {}

  Outcome run(std::string_view script) {
    for (const std::string_view line : split(script, '\n')) {
      const std::string_view text = trim(line);
      if (!text.starts_with(">>")) continue;
      const bool is_said = text.starts_with(">> client") || text.starts_with(">> upstream");
      if (is_said && outcome_.bytes_told >= how_.cut_after) break;  // Nobody is there to say it.
      outcome_.conversation += std::string(text) + "\n";
      step(text.substr(2));
      write_answers();
      if (closed_) break;
    }
    if (outcome_.bytes_told >= how_.cut_after && !closed_) {
      tell(PeerClosed{Side::client, {}});
      if (!closed_) tell(PeerClosed{Side::upstream, {}});
    }
    return std::move(outcome_);
  }

 private:
  void step(std::string_view rest);
  void receive(Side side, std::string_view bytes);
  void tell(const Event& event);
  void tell_the_rest();
  void tell_received(Side side);
  void answer(const Command& command);
  void send(const Send& command);
  void write_answers();
  void say(std::string line) { others_.push_back("<< " + std::move(line)); }
  std::string& buffer(Side side) { return received_[side == Side::client ? 0 : 1]; }
  std::string& sent(Side side) { return sent_[side == Side::client ? 0 : 1]; }

  const Play& how_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<Speaker> speaker_;
  Outcome outcome_;
  std::string received_[2];
  std::string sent_[2];
  std::vector<std::string> others_;
  std::set<Ticket> allowed_;
  std::set<Ticket> recorded_;
  bool closed_ = false;
};

void Player::step(std::string_view rest) {
  std::optional<Error> error;
  if (const std::size_t at = rest.find(" error "); at != std::string_view::npos) {
    error = Error{Code::unavailable, unquoted(rest.substr(at + 7)), {}};
    rest = rest.substr(0, at);
  }
  std::string_view verb = next_word(rest);
  if (is_answer(verb) && outcome_.answers_told++ == how_.fail_at) {
    if (verb == "allowed") verb = "denied";
    if (verb == "key") rest = {};
    error = Error{Code::unavailable, "failed", {}};
  }
  const auto ticket = [&] { return static_cast<Ticket>(std::stoull(std::string(next_word(rest)))); };
  if (verb == "client" || verb == "upstream") {
    receive(side_named(verb), speaker_->encode(side_named(verb), rest));
  } else if (verb == "started") {
    tell(Started{});
  } else if (verb == "closed") {
    tell(PeerClosed{side_named(rest), {}});
  } else if (verb == "connected") {
    tell(Connected{error});
  } else if (verb == "tls") {
    tell(TlsReady{side_named(rest), error, {}});
  } else if (verb == "leased") {
    auto fields = fields_of(rest);
    auto login = std::make_shared<action::Login>();
    login->credential = fields["credential"];
    login->user = fields["user"];
    login->database = fields["database"];
    login->password = Secret(fields["password"]);
    tell(Leased{error, std::move(login)});
  } else if (verb == "allowed") {
    const Ticket allowed = ticket();
    allowed_.insert(allowed);
    action::Verdict verdict;
    verdict.outcome = action::Outcome::allow;
    if (const std::string rows = fields_of(rest)["rows"]; !rows.empty()) verdict.rows_max = std::stoull(rows);
    tell(Decided{allowed, std::move(verdict)});
  } else if (verb == "denied") {
    const Ticket denied = ticket();
    const std::string rule(next_word(rest));
    tell(Decided{denied, {action::Outcome::deny, rule, unquoted(rest), {}}});
  } else if (verb == "waiting") {
    const Ticket held = ticket();
    tell(Waiting{held, unquoted(rest)});
  } else if (verb == "key") {
    tell(KeyFound{rest.empty() ? std::nullopt : std::optional(from_hex(rest).value())});
  } else if (verb == "timeout") {
    tell(TimedOut{static_cast<std::uint32_t>(ticket())});
  } else {
    outcome_.wrong.push_back("no such event: " + std::string(verb));
  }
}

void Player::receive(Side side, std::string_view bytes) {
  const std::size_t slice = how_.slice == 0 ? std::max<std::size_t>(bytes.size(), 1) : how_.slice;
  while (!bytes.empty() && !closed_ && outcome_.bytes_told < how_.cut_after) {
    std::string_view part = bytes.substr(0, slice);
    part = part.substr(0, how_.cut_after - outcome_.bytes_told);
    bytes.remove_prefix(part.size());
    outcome_.bytes_told += part.size();
    buffer(side) += part;
    if (machine_->wants(side)) tell_received(side);
    tell_the_rest();
  }
}

void Player::tell(const Event& event) {
  Commands out;
  machine_->on(event, out);
  for (const Side side : {Side::client, Side::upstream}) {
    if (out.consumed(side) > buffer(side).size()) {
      outcome_.wrong.push_back("more consumed than received");
      continue;
    }
  }
  for (const Command& command : out.list()) answer(command);
  for (const Side side : {Side::client, Side::upstream}) {
    buffer(side).erase(0, std::min(out.consumed(side), buffer(side).size()));
  }
  if (!std::holds_alternative<Received>(event)) tell_the_rest();
}

void Player::tell_received(Side side) {
  const std::string bytes = buffer(side);  // A copy: what a machine keeps beyond its turn is caught by ASan.
  tell(Received{side, bytes});
}

// As the pump does: what is left is told again after anything else happened.
void Player::tell_the_rest() {
  for (const Side side : {Side::client, Side::upstream, Side::client}) {
    if (!closed_ && !buffer(side).empty() && machine_->wants(side)) tell_received(side);
  }
}

void Player::send(const Send& command) {
  if (command.to == Side::upstream && command.ticket != 0 && !allowed_.contains(command.ticket)) {
    outcome_.wrong.push_back("bytes upstream without an allowing verdict");
  }
  sent(command.to) += command.bytes();
}

void Player::answer(const Command& command) {
  if (closed_) outcome_.wrong.push_back("a command after Close");
  if (const auto* bytes = std::get_if<Send>(&command)) return send(*bytes);
  if (std::holds_alternative<Connect>(command)) return say("connect");
  if (const auto* tls = std::get_if<StartTls>(&command)) return say("tls " + std::string(name_of(tls->side)));
  if (const auto* decide = std::get_if<Decide>(&command)) {
    const action::Subject& subject = *decide->action.subject;
    std::string line = "decide " + std::to_string(decide->ticket) + " " +
                       (subject.understood ? "" : "not understood ") + "\"" + subject.text + "\"";
    for (const action::Parameter& value : decide->action.parameters) {
      line += " " + (value ? "\"" + *value + "\"" : "NULL");
    }
    if (!decide->action.reasoning.empty()) line += " because \"" + decide->action.reasoning + "\"";
    if (decide->action.rows_counted >= 0) line += " rows=" + std::to_string(decide->action.rows_counted);
    return say(line);
  }
  if (const auto* withdraw = std::get_if<Withdraw>(&command)) {
    return say("withdraw " + std::to_string(withdraw->ticket));
  }
  if (const auto* lease = std::get_if<Lease>(&command)) {
    return say("lease agent=" + lease->agent + " user=" + lease->user + " database=" + lease->database);
  }
  if (const auto* record = std::get_if<Record>(&command)) {
    if (!allowed_.contains(record->ticket)) outcome_.wrong.push_back("a record of what was not allowed");
    if (!recorded_.insert(record->ticket).second) outcome_.wrong.push_back("recorded twice");
    return say("record " + std::to_string(record->ticket) + " " + std::string(name_of(record->ending)) +
               " rows=" + std::to_string(record->rows) + " \"" + record->detail + "\"");
  }
  if (const auto* report = std::get_if<Report>(&command)) return say("report \"" + report->what + "\"");
  if (const auto* keep = std::get_if<KeepKey>(&command)) {
    return say("keep " + to_hex(keep->ours) + " for " + to_hex(keep->theirs));
  }
  if (const auto* find = std::get_if<FindKey>(&command)) return say("find " + to_hex(find->ours));
  if (const auto* close = std::get_if<Close>(&command)) {
    closed_ = true;
    return say("close \"" + close->why + "\"");
  }
}

void Player::write_answers() {
  for (const Side side : {Side::upstream, Side::client}) {
    for (const std::string& line : speaker_->decode(side, sent(side))) {
      outcome_.conversation += "<< " + std::string(name_of(side)) + " " + line + "\n";
    }
  }
  for (const std::string& line : others_) outcome_.conversation += line + "\n";
  others_.clear();
}

}  // namespace

Outcome play(std::string_view script, const Play& how) { return Player(how).run(script); }

std::string without_comments(std::string_view script) {
  std::string kept;
  for (const std::string_view line : split(script, '\n')) {
    const std::string_view text = trim(line);
    if (!text.empty() && !text.starts_with('#')) kept += std::string(text) + "\n";
  }
  return kept;
}

}  // namespace claw::protocol
