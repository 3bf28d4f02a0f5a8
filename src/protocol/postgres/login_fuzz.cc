// Both sides speak before the agent is logged in: whatever they say, nothing of the agent's goes upstream, no
// question is asked, and the two secrets stay where they belong.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/cursor.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/machine.h"

namespace {

using namespace claw;
using namespace claw::protocol;

constexpr std::string_view token = "the agent's token";
constexpr std::string_view password = "the upstream's password";
// Stands for our nonce in what a peer says: it is random, and a peer that has read it can repeat it.
constexpr std::string_view nonce_here = "@@";
constexpr std::string_view token_here = "@t";  // And this for the token, where an agent is asked for it.

// What the first byte of the input chooses.
constexpr std::uint8_t agents_authenticate = 0x01;
constexpr std::uint8_t agents_in_clear = 0x02;
constexpr std::uint8_t client_tls = 0x04;
constexpr std::uint8_t client_tls_required = 0x08;
constexpr std::uint8_t upstream_tls = 0x10;
constexpr std::uint8_t upstream_tls_preferred = 0x20;
constexpr std::uint8_t upstream_in_clear = 0x40;

std::shared_ptr<const postgres::Options> make_options(std::uint8_t choice) {
  static const auto tokens = [] {
    auto made = std::make_shared<postgres::AgentTokens>();
    made->salt = "salt";
    made->iterations = 1;
    made->add("bot", "ops", token);
    return made;
  }();
  auto options = std::make_shared<postgres::Options>();
  options->authenticate_agents = (choice & agents_authenticate) != 0;
  options->cleartext_tokens = (choice & agents_in_clear) != 0;
  options->client_tls = (choice & client_tls) != 0;
  options->client_tls_required = (choice & client_tls_required) != 0;
  options->sslmode = (choice & upstream_tls) != 0             ? postgres::SslMode::verify_full
                     : (choice & upstream_tls_preferred) != 0 ? postgres::SslMode::prefer
                                                              : postgres::SslMode::disable;
  options->upstream_cleartext = (choice & upstream_in_clear) != 0;
  options->tokens = tokens;
  return options;
}

bool is_in(std::string_view part, std::string_view whole) {
  return whole.find(part) != std::string_view::npos;
}

class World {
 public:
  explicit World(Cursor input)
      : choice_(input.u8()), input_(input), machine_(make_options(choice_), {"", "", ""}, "s", "OURKEY88") {}

  void run() {
    tell(Started{});
    while (input_.left() > 0 && !closed_ && !is_over()) {
      const Side side = (input_.u8() & 1) != 0 ? Side::client : Side::upstream;
      const std::size_t size = std::min<std::size_t>(input_.u8(), input_.left());
      buffer(side) += filled_in(side, input_.take(size));
      for (const Side each : {Side::client, Side::upstream}) {
        if (closed_ || is_over() || buffer(each).empty() || !machine_.wants(each)) continue;
        const std::string copy = buffer(each);
        tell(Received{each, copy});
      }
    }
    if (!closed_) tell(TimedOut{postgres::login_timer});
    if (!closed_) tell(PeerClosed{Side::client, {}});
    CLAW_CHECK(closed_);
  }

 private:
  bool is_over() const { return machine_.state() == "idle"; }

  void tell(const Event& event) {
    Commands out;
    machine_.on(event, out);
    std::vector<Event> answers;
    for (const Command& command : out.list()) answer(command, answers);
    for (const Side side : {Side::client, Side::upstream}) {
      CLAW_CHECK(out.consumed(side) <= buffer(side).size());
      buffer(side).erase(0, out.consumed(side));
    }
    if (handshake_) CLAW_CHECK(buffer(*handshake_).empty());  // Nothing said in the clear is heard after it.
    handshake_.reset();
    for (const Event& next : answers) {
      if (!closed_) tell(next);
    }
  }

  void answer(const Command& command, std::vector<Event>& answers) {
    CLAW_CHECK(!closed_);
    CLAW_CHECK(!std::holds_alternative<Decide>(command));
    CLAW_CHECK(!std::holds_alternative<Record>(command));
    if (const auto* send = std::get_if<Send>(&command)) {
      check_sent(*send);
    } else if (std::holds_alternative<Connect>(command)) {
      CLAW_CHECK(!std::exchange(connected_, true));
      answers.push_back(Connected{});
    } else if (const auto* tls = std::get_if<StartTls>(&command)) {
      handshake_ = tls->side;
      if (tls->side == Side::upstream) encrypted_ = true;
      answers.push_back(TlsReady{tls->side, {}, "binding"});
    } else if (const auto* lease = std::get_if<Lease>(&command)) {
      CLAW_CHECK((choice_ & agents_authenticate) == 0 || lease->agent == "bot");
      answers.push_back(Leased{{}, std::make_shared<action::Login>(
                                       action::Login{"c", "", "", Secret(std::string(password))})});
    } else if (const auto* key = std::get_if<FindKey>(&command)) {
      answers.push_back(KeyFound{key->ours == "OURKEY88" ? std::optional("THEIRKEY") : std::nullopt});
    } else if (const auto* report = std::get_if<Report>(&command)) {
      CLAW_CHECK(!is_in(password, report->what) && !is_in(token, report->what));
    } else if (std::holds_alternative<Close>(command)) {
      closed_ = true;
    }
  }

  void check_sent(const Send& send) {
    const std::string_view bytes = send.bytes();
    CLAW_CHECK(send.ticket == 0 && send.view.empty());  // All of it is ours.
    CLAW_CHECK(!is_in(token, bytes));
    if (send.to == Side::client) return CLAW_CHECK(!is_in(password, bytes));
    CLAW_CHECK(connected_);
    const bool in_clear = encrypted_ || (choice_ & upstream_in_clear) != 0;
    CLAW_CHECK(!is_in(password, bytes) || (in_clear && bytes.front() == 'p'));
    // A proof is what a guess at the password can be tried on, and costs as much as the upstream likes.
    if (bytes.front() == 'p' && is_in(",p=", bytes)) CLAW_CHECK(!std::exchange(proved_, true));
    const std::size_t at = bytes.find("r=");
    if (bytes.front() == 'p' && at != bytes.npos && nonce_.empty()) nonce_ = bytes.substr(at + 2);
  }

  std::string filled_in(Side side, std::string_view said) const {
    const bool asked = machine_.state() == "authenticating agent";
    const std::string_view mark = side == Side::upstream ? nonce_here : asked ? token_here : "";
    std::string bytes(said);
    const std::size_t at = mark.empty() ? bytes.npos : bytes.find(mark);
    if (at != bytes.npos) {
      bytes.replace(at, mark.size(), side == Side::upstream ? std::string_view(nonce_) : token);
    }
    return bytes;
  }

  std::string& buffer(Side side) { return received_[side == Side::client ? 0 : 1]; }

  std::uint8_t choice_;
  Cursor input_;
  postgres::Machine machine_;
  std::string received_[2];
  std::string nonce_;
  std::optional<Side> handshake_;
  bool connected_ = false;
  bool proved_ = false;
  bool encrypted_ = false;
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + std::min<std::size_t>(size, 4096));
  if (bytes.empty() || is_in(token, bytes) || is_in(password, bytes)) return 0;
  World(Cursor(bytes)).run();
  return 0;
}
