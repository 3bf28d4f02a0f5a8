// An agent and its upstreams, both speaking whatever the input says, in any order with verdicts, lost
// connections, ticks and answers that come late. What must hold in every conversation is checked by Talk;
// here also that no secret comes back and that every allowed action's end is on record. How much is kept
// is not measured here.
#include <cstdio>

#include "base/check.h"
#include "protocol/http/peers_for_test.h"

namespace {

using namespace claw::http;

constexpr std::string_view hints[] = {
    "GET /x HTTP/1.1\r\nHost: api.test\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: api.test\r\nContent-Length: 5\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n",
    "PUT /x HTTP/1.1\r\nHost: api.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "GET http://api.test/x HTTP/1.1\r\nHost: api.test\r\n\r\n",
    "CONNECT api.test:80 HTTP/1.1\r\nHost: api.test:80\r\n\r\n",
    "CONNECT other.test:80 HTTP/1.1\r\nHost: other.test:80\r\n\r\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "hello",
    "\x81\x85" "abcd" "\x09\x07\x0f\x08\x0e",
    "\x88\x80" "abcd",
};
constexpr std::string_view answers[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "c\r\ns3cr3t-value\r\n",
    "0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-Echo: s3cr3t-value\r\nContent-Length: 30\r\n\r\n",
    "s3cr3t-value",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "\x81\x0cs3cr3t-value",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
};

class Script {
 public:
  explicit Script(std::string_view input) : input_(input) {}
  bool empty() const { return at_ >= input_.size(); }
  std::uint8_t byte() { return empty() ? 0 : static_cast<std::uint8_t>(input_[at_++]); }
  std::string_view bytes(std::size_t count) {
    const std::string_view piece = input_.substr(at_, count);
    at_ += piece.size();
    return piece;
  }

 private:
  std::string_view input_;
  std::size_t at_ = 0;
};

std::shared_ptr<Options> options_of(std::uint8_t bits) {
  auto options = Talk::options_for("https.api");
  options->needs.body = (bits & 1) != 0;
  options->judges_messages = (bits & 2) != 0;
  if ((bits & 4) != 0) options->body_bytes_max = 4;
  return options;
}

std::unique_ptr<Talk> talk_of(std::uint8_t kind, std::uint8_t how) {
  Door door = kind % 3 == 0 ? Talk::own_door() : kind % 3 == 1 ? Talk::proxy() : Talk::redirected();
  door.require_token = (kind & 64) != 0;
  std::optional<Arrival::Fixed> fixed;
  if (kind % 3 == 0) fixed = Talk::fixed_to("api.test", options_of(how));
  auto talk = std::make_unique<Talk>(std::move(door), std::move(fixed));
  talk->hosts["api.test:80"] = options_of(how);
  talk->spliced.insert("other.test:80");
  if ((how & 8) != 0) talk->credential = "key";
  talk->is_pooled = (how & 16) != 0;
  talk->holds = (how & 32) != 0;
  talk->postpones = (how & 64) != 0;
  talk->credential_reads_body = (how & 128) != 0;
  talk->slice = kind >> 3 & 3;
  return talk;
}

// One that is there, if there is any.
std::size_t an_upstream(const Talk& talk, std::uint8_t choice) {
  std::vector<std::size_t> open;
  for (const auto& [number, upstream] : talk.upstreams) {
    if (upstream.open) open.push_back(number);
  }
  return open.empty() ? 0 : open[choice % open.size()];
}

void from_upstream(Talk& talk, std::uint8_t choice, std::string_view bytes) {
  const std::size_t number = an_upstream(talk, choice);
  if (number == 0 || talk.upstreams[number].unread.size() > 64 * 1024) return;
  talk.upstream(number, bytes);
}

void from_http2_agent(H2Agent& agent, std::uint8_t what, std::uint8_t choice) {
  if (!agent.codec->can_open() || agent.failed) return;
  switch (what % 4) {
    case 0: agent.get("/x"); break;
    case 1: agent.post("/x", "hello", (choice & 1) != 0); break;
    case 2: agent.reset(1 + 2 * (choice % 8)); break;
    default: agent.codec->end(1 + 2 * (choice % 8), {}, agent.out());
  }
  agent.sync();
}

void step(Talk& talk, H2Agent* agent, Script& script) {
  const std::uint8_t what = script.byte();
  const std::uint8_t choice = script.byte();
  switch (what % 16) {
    case 0:
    case 1:
    case 2:
      if (agent != nullptr) return from_http2_agent(*agent, what / 16, choice);
      return talk.agent(hints[choice % std::size(hints)]);
    case 3: return talk.agent(script.bytes(choice));
    case 4:
    case 5: return from_upstream(talk, what / 16, answers[choice % std::size(answers)]);
    case 6: return from_upstream(talk, what / 16, script.bytes(choice));
    case 7:
    case 8:
      if (!talk.asked.empty()) {
        const std::size_t number = choice % talk.asked.size();
        const claw::protocol::Ticket ticket = talk.asked[number].first;
        what % 16 == 7 ? talk.allow(ticket) : talk.deny(ticket);
      }
      return;
    case 9: return talk.tick(choice % 16);
    case 10: return talk.upstream_leaves(an_upstream(talk, choice), (choice & 1) != 0 ? "reset" : "");
    case 11: return talk.answer(choice);
    case 12: talk.holds = (choice & 1) != 0; return;
    case 13:
      if ((choice & 1) != 0) talk.connect_error = claw::Error{claw::Code::unavailable, "no", {}};
      else talk.connect_error.reset();
      return;
    case 14:
      if ((choice & 7) == 0) talk.agent_leaves();
      return;
    default: talk.time_out(choice % 4); return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string input(data, data + size);
  if (input.size() < 3 || input.size() > 4096) return 0;
  Script script(input);
  const std::uint8_t kind = script.byte();
  const std::uint8_t how = script.byte();
  auto talk = talk_of(kind, how);
  std::unique_ptr<H2Agent> agent;
  if (kind % 3 == 0 && (kind & 128) != 0) agent = std::make_unique<H2Agent>(*talk);
  while (!script.empty() && talk->closed.empty()) step(*talk, agent.get(), script);
  if (talk->closed.empty()) talk->agent_leaves();
  talk->check_ended();
  for (const std::string& each : talk->wrong) std::fprintf(stderr, "%s\n", each.c_str());
  CLAW_CHECK(talk->wrong.empty());
  CLAW_CHECK(!talk->closed.empty());
  const bool was_spliced =
      std::ranges::any_of(talk->upstreams, [](const auto& each) { return each.second.is_splice; });
  // What an agent says itself may come back to it in a refusal.
  if (!talk->credential.empty() && !was_spliced && input.find("s3cr3t-value") == std::string::npos) {
    CLAW_CHECK(talk->to_agent.find("s3cr3t-value") == std::string::npos);
  }
  return 0;
}
