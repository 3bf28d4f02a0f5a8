// The wire towards a server whose every byte is played here: what it may answer, in which slices, cut where,
// and what its user is told. Also tries exchange.cc.
#include "toolcall/upstream/http_wire.h"

#include <gtest/gtest.h>

#include <array>

#include "io/listener.h"
#include "io/stream.h"

namespace claw::toolcall::upstream {
namespace {

// A server on the same loop: each whole request is given to a function of the test's, which says what is
// answered, in which pieces, and whether the line is cut.
class PlayedHttp {
 public:
  class Peer final : public io::Watcher {
   public:
    Peer(PlayedHttp& owner, io::Fd socket) : owner_(owner), stream_(std::move(socket)) {
      watch_ = io::Watch(owner.loop_, stream_.fd(), *this, true, false);
    }
    void send(std::string_view bytes) {
      if (stream_.fd() >= 0) (void)stream_.send({&bytes, 1});
    }
    void close() { watch_.reset(), stream_.close(); }
    bool was_left() const { return was_left_; }

   private:
    void ready(io::Ready) override {
      std::array<char, 65536> buffer;
      const io::IoResult result = stream_.read(buffer);
      if (result.kind != io::IoResult::Kind::some) {
        was_left_ = true;
        watch_.reset();
        if (owner_.left) owner_.left();
        return;
      }
      read_.append(buffer.data(), result.count);
      const std::size_t head = read_.find("\r\n\r\n");
      if (head == std::string::npos) return;
      const std::size_t at = read_.find("Content-Length: ");
      const std::size_t length = at < head ? std::stoul(read_.substr(at + 16)) : 0;
      if (read_.size() < head + 4 + length) return;
      const std::string request = std::exchange(read_, {});
      owner_.requests.push_back(request);
      owner_.answer(*this, request);
    }
    PlayedHttp& owner_;
    io::Stream stream_;
    io::Watch watch_;
    std::string read_;
    bool was_left_ = false;
  };

  explicit PlayedHttp(io::Loop& loop) : loop_(loop) {
    listener_ = io::Listener::open(loop, {"127.0.0.1", 0, {}}, [this](io::Fd socket, const std::string&) {
                  peers.push_back(std::make_unique<Peer>(*this, std::move(socket)));
                }).value();
  }
  std::uint16_t port() const { return io::parse_address(listener_->address())->port; }

  std::function<void(Peer&, const std::string& request)> answer;
  std::function<void()> left;  // Somebody hung up.
  std::vector<std::string> requests;
  std::vector<std::unique_ptr<Peer>> peers;

 private:
  io::Loop& loop_;
  std::unique_ptr<io::Listener> listener_;
};

std::string http_answer(int status, std::string_view type, std::string_view body,
                               std::string_view more = {}) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(more);
  if (!type.empty()) out += "Content-Type: " + std::string(type) + "\r\n";
  return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

constexpr std::string_view json = "application/json";
constexpr std::string_view events = "text/event-stream";
constexpr std::string_view reply = R"({"jsonrpc":"2.0","id":1,"result":{}})";

class Told final : public Ear {
 public:
  explicit Told(io::Loop& loop) : loop_(loop) {}
  void heard(std::string_view text) override { note("heard " + std::string(text)); }
  void unanswered(const claw::mcp::Id& id, const Error& why) override {
    note("unanswered " + id.json() + " " + why.what);
  }
  void lost(const Error& why) override { note("lost " + why.what); }

  std::vector<std::string> all;
  std::size_t wanted = 1;

 private:
  void note(std::string what) {
    all.push_back(std::move(what));
    if (all.size() >= wanted) loop_.stop();
  }
  io::Loop& loop_;
};

class HttpWireTest : public testing::Test {
 protected:
  void open(Lender lender = [](bool, const Lent& lent) { lent(std::shared_ptr<const action::Edits>()); }) {
    Place place;
    place.host = "127.0.0.1";
    place.port = server.port();
    place.has_tls = false;
    place.path = "/mcp";
    place.reach = io::Reach::anywhere;
    place.message_bytes_max = 1000;
    wire = std::make_unique<HttpWire>(loop, std::move(place), std::move(lender));
    wire->open(told);
  }
  static Outgoing request(std::int64_t id, std::string method = "tools/call") {
    return {R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + R"("})",
            claw::mcp::Id{id}, method, "echo"};
  }
  // What one request comes to where the server answers so.
  std::string outcome(std::string answer, bool closes = false) {
    if (wire == nullptr) open();
    server.answer = [answer = std::move(answer), closes](PlayedHttp::Peer& peer, const std::string&) {
      peer.send(answer);
      if (closes) peer.close();
    };
    told.all.clear();
    wire->send(request(1));
    loop.run();
    return told.all.empty() ? "" : told.all.front();
  }
  void settle() {
    loop.post([this] { loop.post([this] { loop.stop(); }); });
    loop.run();
  }

  FakeClock clock;
  io::Loop loop{clock};
  PlayedHttp server{loop};
  Told told{loop};
  std::unique_ptr<HttpWire> wire;
};

TEST_F(HttpWireTest, EachMessageIsAPostAndItsAnswerIsHeard) {
  EXPECT_EQ(outcome(http_answer(200, json, reply)), "heard " + std::string(reply));
  const std::string& sent = server.requests.at(0);
  EXPECT_TRUE(sent.starts_with("POST /mcp HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("Accept: application/json, text/event-stream\r\n"), std::string::npos);
  EXPECT_TRUE(sent.ends_with(R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})")) << sent;
  EXPECT_EQ(sent.find("Mcp-"), std::string::npos);
  EXPECT_EQ(outcome(http_answer(200, "Application/JSON; charset=utf-8", reply)),
            "heard " + std::string(reply));
  EXPECT_EQ(outcome(http_answer(200, "", reply)), "heard " + std::string(reply));
}

TEST_F(HttpWireTest, WhatIsNoAnswerIsToldInWordsThatHelp) {
  const std::pair<std::string, std::string> cases[] = {
      {http_answer(200, "text/html", "<html>"), "the server answered with content of type `text/html`"},
      {http_answer(200, json, ""), "the server gave no answer, with status 200"},
      {http_answer(202, "", ""), "the server gave no answer, with status 202"},
      {http_answer(307, "", "", "Location: http://127.0.0.1:1/\r\n"),
       "the server gave no answer, with status 307"},
      {http_answer(401, "", ""), "the server wants a credential, with status 401"},
      {http_answer(403, json, "{}",
                   "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"a b\"\r\n"),
       "the server wants a credential, with status 403, insufficient_scope: it wants the scopes `a b`"},
      {http_answer(429, "", "", "Retry-After: 7\r\n"),
       "the server gave no answer, with status 429, to be asked again after `7`"},
      {http_answer(503, "text/html", "<html>down</html>"), "the server gave no answer, with status 503"},
      {http_answer(200, json, std::string(1001, 'x')), "its answer is longer than `result_buffer`"},
      {http_answer(200, events, "data: " + std::string(1001, 'x') + "\n\n"),
       "its answer is longer than `result_buffer`"},
      {http_answer(200, events, ": nothing\n\nevent: ping\ndata: x\n\n"),
       "the server gave no answer, with status 200"},
  };
  for (const auto& [answer, why] : cases) EXPECT_EQ(outcome(answer), "unanswered 1 " + why);
  for (const std::string answer :
       {"220 mail.example ESMTP\r\n", "SSH-2.0-x\r\n", "HTTP/1.1 2\r\n\r\n", "\r\n"}) {
    EXPECT_TRUE(outcome(answer, true).starts_with("unanswered 1 ")) << answer;
  }
}

// An error of the protocol keeps its words, whatever the status; another's page does not.
TEST_F(HttpWireTest, ARefusalMayBeAMessage) {
  constexpr std::string_view error = R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no"}})";
  EXPECT_EQ(outcome(http_answer(400, json, error)), "heard " + std::string(error));
  EXPECT_EQ(outcome(http_answer(500, json, R"({"error":"no"})")),
            "unanswered 1 the server gave no answer, with status 500");
}

// The oldest transport begins with a GET: a server of it alone does not know our first POST.
TEST_F(HttpWireTest, AServerOfTheOldestTransportIsNamed) {
  open();
  server.answer = [](PlayedHttp::Peer& peer, const std::string&) { peer.send(http_answer(405, "", "")); };
  wire->send(request(1, "initialize"));
  loop.run();
  EXPECT_NE(told.all.at(0).find("HTTP with SSE of 2024-11-05 is not spoken"), std::string::npos)
      << told.all[0];
}

TEST_F(HttpWireTest, EventsAreHeardOneByOneInAnySlices) {
  const std::string stream = ": hello\r\nevent: message\r\ndata: {\"a\":\ndata: 1}\n\nid: 7\ndata:" +
                             std::string(reply) + "\n\n";
  const std::string answer = http_answer(200, events, stream);
  for (const std::size_t slice : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
    open();
    std::size_t at = 0;
    std::function<void()> next;
    server.answer = [&](PlayedHttp::Peer& peer, const std::string&) {
      next = [&] {
        peer.send(std::string_view(answer).substr(at, slice));
        at += slice;
        if (at < answer.size()) loop.post(next);
      };
      next();
    };
    told.all.clear();
    told.wanted = 2;
    wire->send(request(1));
    loop.run();
    ASSERT_GE(told.all.size(), 2u);
    EXPECT_EQ(told.all[0], "heard {\"a\":\n1}") << slice;
    EXPECT_EQ(told.all[1], "heard " + std::string(reply)) << slice;
  }
}

// Cut anywhere, a request ends once: with the answer, if that had come, or without.
TEST_F(HttpWireTest, AnAnswerThatIsCutAnywhereEndsItsRequest) {
  for (const std::string& whole :
       {http_answer(200, json, reply), http_answer(200, events, "data: " + std::string(reply) + "\n\n")}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      told.wanted = 1;
      const std::string said = outcome(whole.substr(0, size), true);
      settle();
      const bool had_come = said == "heard " + std::string(reply);
      if (had_come) EXPECT_GT(size, whole.size() - 2);
      else EXPECT_TRUE(said.starts_with("unanswered 1 ")) << size << " " << said;
      EXPECT_LE(told.all.size(), had_come ? 2u : 1u) << size;
    }
  }
}

TEST_F(HttpWireTest, ASessionIsKeptAndItsEndIsTheEnd) {
  open();
  server.answer = [](PlayedHttp::Peer& peer, const std::string& asked) {
    if (asked.starts_with("GET")) return peer.send(http_answer(405, "", ""));
    const bool begins = asked.find("initialize") != std::string::npos;
    peer.send(begins ? http_answer(200, json, reply, "Mcp-Session-Id: s-1\r\n") : http_answer(404, "", ""));
  };
  wire->send(request(1, "initialize"));
  loop.run();
  wire->agreed(*claw::mcp::version_named("2025-11-25"));
  told.wanted = 2;
  wire->send(request(2));
  loop.run();
  EXPECT_EQ(told.all.back(), "lost the server has ended the session");
  EXPECT_NE(server.requests.back().find("Mcp-Session-Id: s-1\r\n"), std::string::npos);
  EXPECT_NE(server.requests.back().find("MCP-Protocol-Version: 2025-11-25\r\n"), std::string::npos);
}

TEST_F(HttpWireTest, ASessionWithANameThatIsNoneIsNotKept) {
  for (const std::string& name : {std::string(300, 'x'), std::string("a b"), std::string("a\tb")}) {
    wire.reset();
    open();
    server.answer = [&](PlayedHttp::Peer& peer, const std::string&) {
      peer.send(http_answer(200, json, reply, "Mcp-Session-Id: " + name + "\r\n"));
    };
    wire->send(request(1, "initialize"));
    loop.run();
    wire->send(request(2));
    loop.run();
    EXPECT_EQ(server.requests.back().find("Mcp-Session-Id"), std::string::npos) << name;
  }
}

// The version without sessions has the method and its object in the head, whatever the object is written in.
TEST_F(HttpWireTest, TheNewestVersionIsMirroredInTheHead) {
  open();
  wire->agreed(claw::mcp::versions().front());
  server.answer = [](PlayedHttp::Peer& peer, const std::string&) {
    peer.send(http_answer(200, json, reply));
  };
  wire->send(request(1));
  loop.run();
  EXPECT_NE(server.requests.back().find("Mcp-Method: tools/call\r\n"), std::string::npos);
  EXPECT_NE(server.requests.back().find("Mcp-Name: echo\r\n"), std::string::npos);
  Outgoing strange = request(1);
  strange.object = "h\u00e9\r\nX-Other: 1";
  wire->send(std::move(strange));
  loop.run();
  EXPECT_NE(server.requests.back().find("Mcp-Name: =?base64?"), std::string::npos);
  EXPECT_EQ(server.requests.back().find("X-Other"), std::string::npos);
}

std::shared_ptr<const action::Edits> bearer(const std::string& token) {
  auto edits = std::make_shared<action::Edits>();
  edits->list.push_back({action::Edit::Kind::set_header, "Authorization", Secret("Bearer " + token)});
  edits->hidden.push_back(Secret(token));
  return edits;
}

// A token that died before its time: another is had, once, and the same is said again.
TEST_F(HttpWireTest, ARefusedCredentialIsHadAnewOnce) {
  std::vector<bool> asked;
  open([&](bool refused, const Lent& lent) {
    asked.push_back(refused);
    lent(bearer(refused ? "new-token-123456" : "old-token-123456"));
  });
  server.answer = [](PlayedHttp::Peer& peer, const std::string& sent) {
    const bool is_new = sent.find("new-token") != std::string::npos;
    peer.send(is_new
                  ? http_answer(200, json, R"({"jsonrpc":"2.0","id":1,"result":{"said":"new-token-123456"}})")
                  : http_answer(401, json, "{}"));
  };
  wire->send(request(1));
  loop.run();
  ASSERT_EQ(server.requests.size(), 2u);
  const auto body = [](const std::string& sent) { return sent.substr(sent.find("\r\n\r\n")); };
  EXPECT_EQ(body(server.requests[0]), body(server.requests[1]));
  EXPECT_EQ(asked, (std::vector<bool>{false, true}));
  EXPECT_EQ(told.all.at(0).find("new-token"), std::string::npos) << told.all[0];
  server.answer = [](PlayedHttp::Peer& peer, const std::string&) { peer.send(http_answer(401, json, "{}")); };
  told.all.clear();
  wire->send(request(2));
  loop.run();
  EXPECT_EQ(server.requests.size(), 4u);
  EXPECT_EQ(told.all.at(0), "unanswered 2 the server refused the credential, with status 401");
}

TEST_F(HttpWireTest, WithoutANewerCredentialTheRefusalStands) {
  open([&](bool refused, const Lent& lent) {
    if (refused) return lent(Error{Code::denied, "there is no newer one", {}});
    lent(bearer("old-token-123456"));
  });
  EXPECT_EQ(outcome(http_answer(401, "", "")),
            "unanswered 1 the server refused the credential, with status 401");
  wire.reset();
  open([](bool, const Lent& lent) { lent(Error{Code::unavailable, "sealed", {}}); });
  EXPECT_EQ(outcome(http_answer(200, json, reply)), "unanswered 1 no credential: sealed");
}

// Servers need not listen; one that does and hangs up is listened to again later, and not at once.
TEST_F(HttpWireTest, AStreamThatEndsIsOpenedAgainLater) {
  open();
  int streams = 0;
  server.answer = [&](PlayedHttp::Peer& peer, const std::string& sent) {
    if (!sent.starts_with("GET")) return peer.send(http_answer(200, json, reply));
    ++streams;
    EXPECT_NE(sent.find("Accept: text/event-stream\r\n"), std::string::npos);
    peer.send(streams < 3 ? http_answer(200, events, "data: {\"n\":" + std::to_string(streams) + "}\n\n")
                          : http_answer(405, "", ""));
    if (streams == 3) loop.stop();
  };
  wire->agreed(*claw::mcp::version_named("2025-11-25"));
  loop.run();
  settle();
  EXPECT_EQ(streams, 1);
  told.wanted = 2;
  clock.advance_us(31'000'000);
  loop.run();
  settle();
  EXPECT_EQ(told.all, (std::vector<std::string>{"heard {\"n\":1}", "heard {\"n\":2}"}));
  clock.advance_us(31'000'000);
  loop.run();
  settle();
  clock.advance_us(120'000'000);
  settle();
  EXPECT_EQ(streams, 3) << "405: it has none";
}

TEST_F(HttpWireTest, WhoIsDroppedIsHungUpAndHeardNoMore) {
  open();
  server.answer = [&](PlayedHttp::Peer&, const std::string&) {
    loop.post([&] { wire->drop(claw::mcp::Id{std::int64_t{1}}); });
  };
  server.left = [&] { loop.stop(); };
  wire->send(request(1));
  loop.run();
  EXPECT_TRUE(server.peers.at(0)->was_left());
  EXPECT_TRUE(told.all.empty());
}

TEST_F(HttpWireTest, TooManyAtOnceAreRefused) {
  open([](bool, const Lent&) {});  // Nobody is ever lent anything: all wait.
  told.wanted = 2;
  for (std::int64_t id = 1; id <= 1002; ++id) wire->send(request(id));
  loop.run();
  EXPECT_EQ(told.all.at(0), "unanswered 1001 too many requests to this server are under way");
  EXPECT_EQ(told.all.at(1), "unanswered 1002 too many requests to this server are under way");
}

}  // namespace
}  // namespace claw::toolcall::upstream
