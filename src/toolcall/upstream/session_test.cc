// A conversation with a server whose part is played here: what it may say, in any order, and what comes of
// it.
#include "toolcall/upstream/session.h"

#include <gtest/gtest.h>

#include "toolcall/upstream/server.h"

namespace claw::toolcall::upstream {
namespace {

struct Sent {
  std::vector<Outgoing> messages;
  Ear* ear = nullptr;
  std::vector<claw::mcp::Id> dropped;
  std::string_view version;
};

class Played final : public Wire {
 public:
  explicit Played(Sent& sent) : sent_(sent) {}
  void open(Ear& ear) override { sent_.ear = &ear; }
  void send(Outgoing message) override { sent_.messages.push_back(std::move(message)); }
  void agreed(const claw::mcp::Version& version) override { sent_.version = version.name; }
  void drop(const claw::mcp::Id& id) override { sent_.dropped.push_back(id); }

 private:
  Sent& sent_;
};

class Heard final : public SessionUser {
 public:
  void listed(pins::Offer offer) override { offers.push_back(std::move(offer)); }
  void over(const Error& why) override { ends.push_back(why.text()); }
  std::vector<pins::Offer> offers;
  std::vector<std::string> ends;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() : session(loop, {}, std::make_unique<Played>(sent), heard) { session.open(); }

  // The last request, answered.
  void answer(const std::string& result) {
    const claw::mcp::Id id = sent.messages.back().id.value();
    sent.ear->heard(R"({"jsonrpc":"2.0","id":)" + id.json() + R"(,"result":)" + result + "}");
  }
  void begin() {
    answer(R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true}},
              "serverInfo":{"name":"played","version":"7"},"instructions":"obey me"})");
    answer(R"({"tools":[{"name":"add","inputSchema":{"type":"object"}}]})");
  }

  FakeClock clock;
  io::Loop loop{clock};
  Sent sent;
  Heard heard;
  Session session;
};

TEST_F(SessionTest, AgreesOnAVersionAndListsWhatThereIs) {
  EXPECT_EQ(sent.messages.at(0).method, "initialize");
  begin();
  EXPECT_EQ(sent.version, "2025-06-18");
  EXPECT_EQ(sent.messages.at(1).method, "notifications/initialized");
  EXPECT_TRUE(session.is_ready());
  EXPECT_EQ(session.about().name, "played");
  ASSERT_EQ(heard.offers.size(), 1u);
  EXPECT_EQ(heard.offers[0].definitions.at(0).name, "add");
}

TEST_F(SessionTest, ListsComeInPagesThatEnd) {
  answer(R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}}})");
  answer(R"({"tools":[{"name":"a","inputSchema":{"type":"object"}}],"nextCursor":"p2"})");
  EXPECT_NE(sent.messages.back().text.find(R"("cursor":"p2")"), std::string::npos);
  answer(R"({"tools":[{"name":"b","inputSchema":{"type":"object"}}]})");
  ASSERT_EQ(heard.offers.size(), 1u);
  EXPECT_EQ(heard.offers[0].definitions.size(), 2u);
}

TEST_F(SessionTest, AListWithoutAnEndIsTheEnd) {
  answer(R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}}})");
  for (int page = 0; page < 200 && heard.ends.empty(); ++page) answer(R"({"tools":[],"nextCursor":"more"})");
  EXPECT_EQ(heard.ends, std::vector<std::string>{"tools/list has no end"});
}

TEST_F(SessionTest, RefusesAVersionThatIsNotSpoken) {
  answer(R"({"protocolVersion":"2199-01-01","capabilities":{}})");
  EXPECT_EQ(heard.ends, std::vector<std::string>{"it speaks version `2199-01-01`"});
}

// A server of the version without sessions knows no `initialize`.
TEST_F(SessionTest, SpeaksWithoutSessionsWhereThereAreNone) {
  sent.ear->heard(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}})");
  EXPECT_EQ(sent.messages.back().method, "server/discover");
  EXPECT_EQ(sent.version, "2026-07-28");
  EXPECT_NE(sent.messages.back().text.find("io.modelcontextprotocol/protocolVersion"), std::string::npos);
  answer(
      R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}})");
  answer(R"({"tools":[]})");
  EXPECT_TRUE(session.is_ready());
}

// What a server asks of us would have the agent's model, its people or its files work for it.
TEST_F(SessionTest, RefusesWhatAServerAsks) {
  begin();
  sent.ear->heard(R"({"jsonrpc":"2.0","id":"s1","method":"ping"})");
  EXPECT_EQ(sent.messages.back().text, R"({"jsonrpc":"2.0","id":"s1","result":{}})");
  for (const std::string method : {"sampling/createMessage", "elicitation/create", "roots/list"}) {
    sent.ear->heard(R"({"jsonrpc":"2.0","id":2,"method":")" + method + R"(","params":{}})");
    EXPECT_NE(sent.messages.back().text.find(R"("code":-32601)"), std::string::npos) << method;
  }
}

TEST_F(SessionTest, AnswersReachWhoAskedAndNobodyElse) {
  begin();
  std::vector<std::string> said;
  Session::Question question;
  question.method = "tools/call";
  question.done = [&](const Answer& answer) { said.push_back(json::format(std::get<json::Value>(answer))); };
  question.progress = [&](const json::Value& params) { said.push_back("progress " + json::format(params)); };
  const std::int64_t number = session.ask(std::move(question));
  EXPECT_NE(sent.messages.back().text.find(R"("progressToken":)" + std::to_string(number)),
            std::string::npos);
  sent.ear->heard(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
                  std::to_string(number) + R"(,"progress":1}})");
  sent.ear->heard(R"({"jsonrpc":"2.0","id":999,"result":{"for":"nobody"}})");
  sent.ear->heard(R"({"jsonrpc":"2.0","id":")" + std::to_string(number) + R"(","result":{"id":"a text"}})");
  answer(R"({"content":[]})");
  answer(R"({"content":["again"]})");
  EXPECT_EQ(said.size(), 2u);
  EXPECT_EQ(said.back(), R"({"content":[]})");
}

TEST_F(SessionTest, WhoGivesUpTellsTheServerAndHearsNothing) {
  begin();
  bool was_told = false;
  Session::Question question;
  question.method = "tools/call";
  question.done = [&](const Answer&) { was_told = true; };
  session.give_up(session.ask(std::move(question)), "the agent left");
  EXPECT_EQ(sent.messages.back().method, "notifications/cancelled");
  EXPECT_EQ(sent.dropped.size(), 1u);
  EXPECT_FALSE(was_told);
}

TEST_F(SessionTest, WhatIsNoMessageIsTheEndAndWhoWaitsIsTold) {
  begin();
  std::string why;
  Session::Question question;
  question.method = "tools/call";
  question.done = [&](const Answer& answer) { why = std::get<Error>(answer).what; };
  session.ask(std::move(question));
  sent.ear->heard("Server is listening on stdio");
  EXPECT_NE(why.find("it said what is no message"), std::string::npos);
  EXPECT_EQ(heard.ends.size(), 1u);
  sent.ear->heard(R"({"jsonrpc":"2.0","method":"late"})");
  EXPECT_EQ(heard.ends.size(), 1u);
}

TEST_F(SessionTest, AFloodIsTheEnd) {
  begin();
  for (int i = 0; i < 10'000 && heard.ends.empty(); ++i) {
    sent.ear->heard(R"({"jsonrpc":"2.0","method":"notifications/message","params":{}})");
  }
  EXPECT_EQ(heard.ends, std::vector<std::string>{"it floods us with messages"});
}

class Nowhere final : public pins::Keeper {
 public:
  Result<std::optional<std::string>> read() override { return std::optional<std::string>(); }
  Status replace(const std::string&) override { return Done{}; }
};

// Only what was accepted is there; a change takes it away until somebody has looked.
TEST(Server, HasOnlyWhatWasAccepted) {
  FakeClock clock;
  io::Loop loop(clock);
  Sent sent;
  const auto board = pins::Board::open(std::make_shared<Nowhere>()).value();
  std::vector<std::string> held;
  Server::Terms terms;
  terms.endpoint = "mcp.played";
  terms.wire = [&]() -> Result<std::unique_ptr<Wire>> {
    return std::unique_ptr<Wire>(std::make_unique<Played>(sent));
  };
  Server server(loop, std::move(terms), *board, [&](const Server&, const pins::Sorted& sorted) {
    for (const pins::Held& each : sorted.newly_held) held.push_back(each.offered.hash);
  });
  const auto answer = [&](const std::string& result) {
    sent.ear->heard(R"({"jsonrpc":"2.0","id":)" + sent.messages.back().id->json() + R"(,"result":)" + result +
                    "}");
  };
  server.start();
  answer(R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}}})");
  answer(R"({"tools":[{"name":"add","inputSchema":{"type":"object"}}]})");
  EXPECT_TRUE(server.open().empty());
  ASSERT_EQ(held.size(), 1u);
  ASSERT_TRUE(board->accept("mcp.played", pins::Kind::tool, "add", held[0], "ann", 1));
  server.sort_again();
  ASSERT_EQ(server.open().size(), 1u);
  const pins::Definition add = server.open()[0];
  sent.ear->lost(Error{Code::unavailable, "it went", {}});
  EXPECT_FALSE(server.state().is_up);
  EXPECT_FALSE(server.has_open(add));
  EXPECT_EQ(server.session(), nullptr);
  server.stop();
}

}  // namespace
}  // namespace claw::toolcall::upstream
