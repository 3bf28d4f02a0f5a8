// Dialects in conversations: upgrades to what only they know, input that is read before a command runs, and
// connections that are read along. The dialect here speaks lines: input ends with `end\n`, and `bad` is none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "protocol/http/dialect.h"
#include "protocol/http/peers_for_test.h"

namespace claw::http {
namespace {

constexpr std::string_view ask =
    "POST /run HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: LINES/1\r\n"
    "Content-Length: 0\r\n\r\n";
constexpr std::string_view agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: lines/1\r\n\r\n";

class LinesInput final : public Input {
 public:
  Response accept() const override {
    Response response;
    response.status = 101;
    return response;
  }
  Result<bool> feed(std::string_view bytes) override {
    words_ += bytes;
    if (words_.find("bad") != words_.npos) return invalid("bad words");
    if (bytes.find('?') != bytes.npos) replies_ += "!";
    return words_.ends_with("end\n");
  }
  Body body() const override { return {words_, true}; }
  std::string take_replies() override { return std::exchange(replies_, {}); }
  std::string take_words() override { return std::exchange(words_, {}); }
  Status check(const Response& response) const override {
    return response.fields.find("Lines") == "2" ? Status(invalid("other lines")) : Status(Done{});
  }
  std::string refusal(int status, const action::Verdict& why) const override {
    return std::to_string(status) + " " + why.reason + "\n";
  }

 private:
  std::string words_;
  std::string replies_;
};

class LinesStreams final : public Streams {
 public:
  Status feed(bool from_agent, std::string_view bytes) override {
    (from_agent ? up_ : down_) += bytes.size();
    return bytes.find("bad") == bytes.npos ? Status(Done{}) : Status(invalid("bad words"));
  }
  std::string note() const override { return fmt::format("{} up, {} down", up_, down_); }

 private:
  std::size_t up_ = 0;
  std::size_t down_ = 0;
};

class LinesUpgrade final : public Upgrade {
 public:
  std::unique_ptr<Input> input(std::uint64_t) const override { return std::make_unique<LinesInput>(); }
  std::unique_ptr<Streams> streams(const Response&, const Recording&) const override {
    return std::make_unique<LinesStreams>();
  }
};

class Lines final : public Dialect {
 public:
  action::Family family() const override { return action::Family::http; }
  Needs needs(const std::function<bool(std::uint32_t)>&) const override { return {}; }
  bool wants_body(const Request&, const Target&, const Needs&) const override { return false; }
  std::shared_ptr<const action::Subject> read(const Asked& asked, const Needs& needs) const override {
    judged_with = asked.input ? std::optional<std::string>(asked.input->bytes) : std::nullopt;
    return read_request(asked, needs);
  }
  Refusal refuse(const Request&, int status, const action::Verdict& why) const override {
    Refusal refusal{{}, "lines: " + why.reason};
    refusal.response.status = status;
    refusal.response.length = refusal.body.size();
    return refusal;
  }
  std::unique_ptr<Upgrade> upgrade(const Request& request, const Target& target) const override {
    const bool is_socket = request.protocol == "websocket" && request.method == "GET" && target.path == "/ws";
    const bool runs = request.protocol == "lines/1" && target.path == "/run";
    return is_socket || runs ? std::make_unique<LinesUpgrade>() : nullptr;
  }
  std::string note(const Response&) const override { return " noted"; }
  Status become(Request& request, const ReadAs& as) const override {
    if (request.fields.find("As")) return Error{Code::denied, "it says itself who it is", {}};
    request.fields.set("As", as.user);
    return Done{};
  }

  mutable std::optional<std::string> judged_with;  // What the last action was judged with.
};

struct Conversation {
  explicit Conversation(bool reads_input, std::string read_as = {}) {
    auto options = Talk::options_for("lines.api");
    options->dialect = &dialect;
    options->needs.input = reads_input;
    options->read_as.user = std::move(read_as);
    talk = std::make_unique<Talk>(Talk::own_door(), Talk::fixed_to("api.test", options));
  }
  ~Conversation() {
    talk->agent_leaves();
    talk->check_ended();
    for (const std::string& each : talk->wrong) ADD_FAILURE() << each;
  }

  Lines dialect;
  std::unique_ptr<Talk> talk;
};

TEST(HttpInput, a_dialect_says_what_its_requests_may_become) {
  Conversation one(false);
  one.talk->agent("POST /other HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: LINES/1\r\n"
                  "Content-Length: 0\r\n\r\n");
  EXPECT_TRUE(one.talk->to_agent.starts_with("HTTP/1.1 501 ")) << one.talk->to_agent;
  EXPECT_NE(one.talk->to_agent.find("lines: upgrades to"), std::string::npos);
  EXPECT_TRUE(one.talk->connects.empty());
}

TEST(HttpInput, a_dialect_is_asked_the_same_question_by_either_version) {
  Conversation one(false);
  H2Agent agent(*one.talk);
  agent.get("/first");
  agent.sync();
  one.talk->upstream(1, "HTTP/1.1 204 No Content\r\n\r\n");
  agent.sync();
  Request request = H2Agent::request("CONNECT", "/ws");
  request.protocol = "websocket";
  agent.codec->open(request, agent.out());
  agent.sync();
  EXPECT_TRUE(one.talk->upstreams[2].sent.starts_with("GET /ws HTTP/1.1\r\n")) << one.talk->upstreams[2].sent;
}

TEST(HttpInput, an_upgraded_connection_is_read_along) {
  for (const std::size_t slice : {0, 1, 3}) {
    Conversation one(false);
    one.talk->slice = slice;
    one.talk->agent(ask);
    EXPECT_TRUE(one.talk->upstreams[1].sent.starts_with("POST /run HTTP/1.1\r\n"));
    one.talk->upstream(1, std::string(agreed) + "hello");
    one.talk->agent("you");
    EXPECT_TRUE(one.talk->to_agent.ends_with("\r\n\r\nhello")) << one.talk->to_agent;
    EXPECT_TRUE(one.talk->upstreams[1].sent.ends_with("\r\n\r\nyou"));
    one.talk->upstream_leaves(1);
    ASSERT_EQ(one.talk->records.size(), 1u);
    EXPECT_NE(one.talk->records[0].detail.find("101 lines/1 noted"), std::string::npos);
    EXPECT_NE(one.talk->records[0].detail.find("3 up, 5 down"), std::string::npos);
  }
}

TEST(HttpInput, what_makes_no_sense_goes_no_further) {
  for (const bool from_agent : {true, false}) {
    Conversation one(false);
    one.talk->agent(ask);
    one.talk->upstream(1, agreed);
    const std::string before = from_agent ? one.talk->upstreams[1].sent : one.talk->to_agent;
    if (from_agent) one.talk->agent("bad");
    else one.talk->upstream(1, "bad");
    EXPECT_EQ(from_agent ? one.talk->upstreams[1].sent : one.talk->to_agent, before);
    EXPECT_FALSE(one.talk->closed.empty());
    EXPECT_EQ(one.talk->reports.size(), 1u);
    ASSERT_EQ(one.talk->records.size(), 1u);
    EXPECT_EQ(one.talk->records[0].ending, protocol::Ending::failed);
  }
}

TEST(HttpInput, a_command_runs_only_once_it_was_judged_with_its_input) {
  for (const std::size_t slice : {0, 1, 2}) {
    Conversation one(true);
    one.talk->slice = slice;
    one.talk->holds = true;
    one.talk->agent(ask);
    EXPECT_TRUE(one.talk->to_agent.starts_with("HTTP/1.1 101 ")) << "agreed to by us";
    one.talk->agent("rm -rf");
    EXPECT_TRUE(one.talk->asked.empty());
    one.talk->agent(" end\n");
    ASSERT_EQ(one.talk->asked.size(), 1u);
    EXPECT_EQ(one.dialect.judged_with, "rm -rf end\n");
    EXPECT_TRUE(one.talk->connects.empty());
    one.talk->agent("are you there?");
    EXPECT_TRUE(one.talk->to_agent.ends_with("!")) << "answered while a person thinks";
    one.talk->allow(1);
    one.talk->upstream(1, std::string(agreed) + "done");
    EXPECT_TRUE(one.talk->upstreams[1].sent.ends_with("\r\n\r\nrm -rf end\nare you there?"));
    EXPECT_TRUE(one.talk->to_agent.ends_with("!done")) << one.talk->to_agent;
  }
}

TEST(HttpInput, a_command_that_does_not_run_ends_in_the_protocols_own_words) {
  {
    Conversation denied(true);
    denied.talk->policy = [](const action::Subject&) { return false; };
    denied.talk->agent(std::string(ask) + "x end\n");
    EXPECT_TRUE(denied.talk->to_agent.ends_with("403 not here\n")) << denied.talk->to_agent;
    EXPECT_TRUE(denied.talk->connects.empty());
    EXPECT_FALSE(denied.talk->closed.empty());
  }
  {
    Conversation unreadable(true);
    unreadable.talk->agent(std::string(ask) + "bad");
    EXPECT_TRUE(unreadable.talk->to_agent.ends_with("400 bad words\n")) << unreadable.talk->to_agent;
    EXPECT_TRUE(unreadable.talk->asked.empty());
  }
  for (const std::string_view reply :
       {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: lines/1\r\nLines: 2\r\n\r\n"}) {
    Conversation not_agreed(true);
    not_agreed.talk->agent(std::string(ask) + "x end\n");
    not_agreed.talk->upstream(1, reply);
    EXPECT_FALSE(not_agreed.talk->upstreams[1].sent.ends_with("end\n")) << reply;
    EXPECT_FALSE(not_agreed.talk->closed.empty());
    EXPECT_EQ(not_agreed.talk->records.size(), 1u);
  }
}

TEST(HttpInput, an_agent_that_leaves_before_its_command_ran_takes_it_back) {
  Conversation one(true);
  one.talk->holds = true;
  one.talk->agent(std::string(ask) + "x end\n");
  ASSERT_EQ(one.talk->asked.size(), 1u);
  one.talk->agent_leaves();
  EXPECT_EQ(one.talk->withdrawn, std::vector<protocol::Ticket>{1});
  EXPECT_TRUE(one.talk->connects.empty());
}

TEST(HttpInput, reads_go_as_somebody_who_can_only_read) {
  Conversation one(false, "reader");
  one.talk->agent("GET /things HTTP/1.1\r\nHost: api.test\r\n\r\n");
  EXPECT_NE(one.talk->upstreams[1].sent.find("As: reader\r\n"), std::string::npos);
  one.talk->upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  one.talk->agent("POST /things HTTP/1.1\r\nHost: api.test\r\nContent-Length: 0\r\n\r\n");
  const std::string& sent = one.talk->upstreams[1].sent;
  EXPECT_EQ(sent.find("As:", sent.find("POST")), std::string::npos);
  one.talk->upstream(1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  one.talk->to_agent.clear();
  one.talk->agent("GET /things HTTP/1.1\r\nHost: api.test\r\nAs: root\r\n\r\n");
  EXPECT_TRUE(one.talk->to_agent.starts_with("HTTP/1.1 403 "));
  EXPECT_NE(one.talk->to_agent.find("it says itself who it is"), std::string::npos) << one.talk->to_agent;
}

}  // namespace
}  // namespace claw::http
