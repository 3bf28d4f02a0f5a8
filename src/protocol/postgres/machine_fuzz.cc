// Both sides speak, verdicts are drawn: whatever they say, no frame of the agent's that can do something goes
// upstream without its allowing verdict, what goes is what was judged, and nothing outlives its turn.
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/cursor.h"
#include "protocol/postgres/codec.h"
#include "protocol/postgres/machine.h"

namespace {

using namespace claw;
using namespace claw::protocol;

// What the first byte of each step says.
constexpr std::uint8_t client_speaks = 0x01;
constexpr std::uint8_t caps = 0x02;             // What is allowed is allowed for one row.
constexpr std::uint8_t person_is_asked = 0x20;  // The agent is told to wait for open questions.
constexpr std::uint8_t verdicts_wait = 0x40;    // Questions stay open until a step without this.
constexpr std::uint8_t denies = 0x80;

// What the fuzzer drives: the input is a list of steps (what it is, how many bytes) and their bytes.
class World {
 public:
  explicit World(std::string_view input)
      : input_(input), machine_(make_options(), {"bot", "ops", ""}, "s", "OURKEY88") {}

  void run() {
    log_in();
    while (input_.left() > 0 && !closed_) {
      step_ = input_.u8();
      const std::size_t size = std::min<std::size_t>(input_.u8(), input_.left());
      const std::string_view bytes = input_.take(size);
      if (is(person_is_asked) && !open_.empty()) tell(Waiting{open_.begin()->first, "held"});
      decide();
      if (!closed_) receive(is(client_speaks) ? Side::client : Side::upstream, bytes);
    }
    if (!closed_) tell(PeerClosed{is(client_speaks) ? Side::client : Side::upstream, {}});
    CLAW_CHECK(closed_);
    CLAW_CHECK(recorded_ == allowed_);  // However it ended, the journal knows.
  }

 private:
  static std::shared_ptr<const postgres::Options> make_options() {
    auto options = std::make_shared<postgres::Options>();
    options->sslmode = postgres::SslMode::disable;
    return options;
  }

  void log_in() {
    receive(Side::client, postgres::encode_startup({{"user", "ann"}}));
    receive(Side::upstream, postgres::encode_challenge(postgres::Challenge::Kind::ok) +
                                postgres::encode_status(postgres::Transaction::idle));
    CLAW_CHECK(machine_.state() == "idle");
  }

  bool is(std::uint8_t bit) const { return (step_ & bit) != 0; }

  void receive(Side side, std::string_view bytes) {
    buffer(side) += bytes;
    settle();
  }

  // Also those taken back: a verdict may cross a withdrawal.
  void decide() {
    while (!is(verdicts_wait) && !open_.empty() && !closed_) {
      const auto [ticket, text] = *open_.begin();
      open_.erase(open_.begin());
      action::Verdict verdict = action::refuse("drawn");
      if (!is(denies)) {
        verdict.outcome = action::Outcome::allow;
        if (is(caps)) verdict.rows_max = 1;
        allowed_.insert(ticket);
        texts_.insert(text);
      }
      tell(Decided{ticket, std::move(verdict)});
    }
  }

  // Tells what is left until nothing more happens.
  void settle() {
    for (int round = 0; round < 1000 && !closed_; ++round) {
      const std::size_t before = buffer(Side::client).size() + buffer(Side::upstream).size() + events_;
      for (const Side side : {Side::client, Side::upstream}) {
        if (closed_ || buffer(side).empty() || !machine_.wants(side)) continue;
        const std::string copy = buffer(side);
        tell(Received{side, copy});
      }
      decide();
      if (before == buffer(Side::client).size() + buffer(Side::upstream).size() + events_) return;
    }
  }

  void tell(const Event& event) {
    Commands out;
    machine_.on(event, out);
    std::vector<Event> answers;
    for (const Command& command : out.list()) answer(command, answers);
    for (const Side side : {Side::client, Side::upstream}) {
      CLAW_CHECK(out.consumed(side) <= buffer(side).size());
      buffer(side).erase(0, out.consumed(side));
    }
    for (const Event& next : answers) {
      if (!closed_) tell(next);
    }
  }

  void answer(const Command& command, std::vector<Event>& answers) {
    CLAW_CHECK(!closed_);
    if (const auto* bytes = std::get_if<Send>(&command)) {
      if (bytes->to == Side::upstream) check_sent(*bytes);
    } else if (std::holds_alternative<Connect>(command)) {
      answers.push_back(Connected{});
    } else if (std::holds_alternative<Lease>(command)) {
      answers.push_back(Leased{{}, std::make_shared<action::Login>()});
    } else if (const auto* decide = std::get_if<Decide>(&command)) {
      ++events_;
      CLAW_CHECK(open_.emplace(decide->ticket, decide->action.subject->text).second);
    } else if (const auto* withdraw = std::get_if<Withdraw>(&command)) {
      CLAW_CHECK(open_.contains(withdraw->ticket));
      CLAW_CHECK(withdrawn_.insert(withdraw->ticket).second);
    } else if (const auto* record = std::get_if<Record>(&command)) {
      CLAW_CHECK(allowed_.contains(record->ticket));
      CLAW_CHECK(recorded_.insert(record->ticket).second);
    } else if (std::holds_alternative<Close>(command)) {
      closed_ = true;
    }
  }

  void check_sent(const Send& command) {
    CLAW_CHECK(command.ticket == 0 || allowed_.contains(command.ticket));
    CLAW_CHECK(!withdrawn_.contains(command.ticket));
    std::string_view bytes = command.bytes();
    if (!logged_in_) return void(logged_in_ = true);  // The startup packet.
    if (pass_over_ > 0) {
      const std::size_t part = std::min(pass_over_, bytes.size());
      pass_over_ -= part;
      bytes.remove_prefix(part);
    }
    while (!bytes.empty()) {
      const auto header = postgres::decode_header(bytes);
      if (!header || !*header) return;  // CopyData in pieces: its header too.
      const std::size_t whole = (*header)->whole();
      check_frame((*header)->type, bytes.substr(0, std::min(whole, bytes.size())), command.ticket);
      pass_over_ = whole > bytes.size() ? whole - bytes.size() : 0;
      bytes.remove_prefix(std::min(whole, bytes.size()));
    }
  }

  void check_frame(char type, std::string_view frame, Ticket ticket) {
    const bool acts = type == 'Q' || type == 'P' || type == 'B' || type == 'E' || type == 'd';
    const bool ours = frame.find(postgres::reserved_name) != std::string_view::npos;
    if (acts && !ours) CLAW_CHECK(ticket != 0);
    if (type == 'Q') CLAW_CHECK(texts_.contains(std::string(frame.substr(5, frame.size() - 6))));
    if (type == 'P' && !ours) {
      const auto parse = postgres::decode_parse(frame.substr(5));
      CLAW_CHECK(parse.ok() && texts_.contains(std::string(parse->text)));
    }
    CLAW_CHECK(type != 'F' && type != 'p');
  }

  std::string& buffer(Side side) { return received_[side == Side::client ? 0 : 1]; }

  Cursor input_;
  postgres::Machine machine_;
  std::string received_[2];
  std::map<Ticket, std::string> open_;  // Questions, and what they are about.
  std::set<Ticket> withdrawn_;
  std::set<Ticket> allowed_;
  std::set<Ticket> recorded_;
  std::set<std::string> texts_;
  std::size_t pass_over_ = 0;
  std::size_t events_ = 0;
  std::uint8_t step_ = 0;
  bool logged_in_ = false;
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + std::min<std::size_t>(size, 4096));
  World(bytes).run();
  return 0;
}
