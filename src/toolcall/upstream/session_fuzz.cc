// A server that says whatever it likes, line by line, while questions are asked and given up: no crash; each
// question ends at most once and never after the session did; the session ends once; what it lists is
// bounded.
#include <string>
#include <string_view>

#include "base/check.h"
#include "toolcall/upstream/session.h"

namespace {

using namespace claw;
using namespace claw::toolcall::upstream;

struct Peer {
  Ear* ear = nullptr;
  std::int64_t last = 0;
};

class Played final : public Wire {
 public:
  explicit Played(Peer& peer) : peer_(peer) {}
  void open(Ear& ear) override { peer_.ear = &ear; }
  void send(Outgoing message) override {
    if (message.id) peer_.last = std::get<std::int64_t>(message.id->value);
  }
  void agreed(const claw::mcp::Version&) override {}
  void drop(const claw::mcp::Id&) override {}

 private:
  Peer& peer_;
};

class User final : public SessionUser {
 public:
  void listed(pins::Offer offer) override {
    CLAW_CHECK(ends == 0);
    CLAW_CHECK(offer.definitions.size() <= 3 * pins::definitions_max);
  }
  void over(const Error&) override { ++ends; }
  int ends = 0;
};

// `@` stands for the number of the last request: answers would hardly ever be for one otherwise.
std::string filled(std::string_view line, std::int64_t last) {
  std::string out;
  for (const char c : line) out += c == '@' ? std::to_string(last) : std::string(1, c);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  FakeClock clock;
  io::Loop loop(clock);
  Peer peer;
  User user;
  Session::Options options;
  options.message_bytes_max = 64 * 1024;
  Session session(loop, options, std::make_unique<Played>(peer), user);
  session.open();
  int asked = 0, answered = 0;
  while (!input.empty() && user.ends == 0) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line == "?" && session.is_ready()) {
      Session::Question question;
      question.method = "tools/call";
      question.progress = [&](const json::Value&) { CLAW_CHECK(user.ends == 0); };
      question.done = [&](const Answer&) { ++answered; };
      ++asked;
      const std::int64_t number = session.ask(std::move(question));
      if (asked % 4 == 0) session.give_up(number, "fuzz");
    } else if (line == "!") {
      peer.ear->unanswered(claw::mcp::Id{peer.last}, Error{Code::unavailable, "cut", {}});
    } else if (!line.empty()) {
      peer.ear->heard(filled(line, peer.last));
    }
    CLAW_CHECK(answered <= asked);
    CLAW_CHECK(session.resources().size() <= resources_max);
  }
  if (user.ends == 0) peer.ear->lost(Error{Code::unavailable, "end", {}});
  CLAW_CHECK(user.ends == 1);
  CLAW_CHECK(answered <= asked);
  return 0;
}
