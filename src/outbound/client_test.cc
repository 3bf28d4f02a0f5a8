// A server of a few lines on the same loop: what it is sent, what it answers, and how slowly. Also tries
// link.cc; fetcher.cc is tried with real token endpoints in tests/e2e.
#include "outbound/client.h"

#include <gtest/gtest.h>

#include "io/listener.h"
#include "io/stream.h"
#include "outbound/link.h"

namespace claw::outbound {
namespace {

const SystemClock clock_now;

// Answers every connection with the same bytes once it has read the end of a head, and keeps what it read.
class Server final {
 public:
  Server(io::Loop& loop, std::string answer, bool closes)
      : loop_(loop), answer_(std::move(answer)), closes_(closes) {
    listener_ = io::Listener::open(loop, {"127.0.0.1", 0, {}}, [this](io::Fd socket, const std::string&) {
                  peers_.push_back(std::make_unique<Peer>(*this, std::move(socket)));
                }).value();
  }
  std::uint16_t port() const { return io::parse_address(listener_->address())->port; }
  std::string seen;
  int connections() const { return static_cast<int>(peers_.size()); }

 private:
  struct Peer final : io::Watcher {
    Peer(Server& owner, io::Fd socket) : server(owner), stream(std::move(socket)) {
      watch = io::Watch(server.loop_, stream.fd(), *this, true, false);
    }
    void ready(io::Ready) override {
      std::array<char, 4096> buffer;
      const io::IoResult result = stream.read(buffer);
      if (result.kind != io::IoResult::Kind::some) return watch.reset();
      server.seen.append(buffer.data(), result.count);
      if (server.answer_.empty() || server.seen.find("\r\n\r\n") == std::string::npos) return;
      const std::string_view piece = server.answer_;
      (void)stream.send({&piece, 1});
      if (server.closes_) watch.reset(), stream.close();
    }
    Server& server;
    io::Stream stream;
    io::Watch watch;
  };
  io::Loop& loop_;
  std::string answer_;
  bool closes_;
  std::unique_ptr<io::Listener> listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

Request request_to(const Server& server, std::string body = "{}") {
  Request request;
  EXPECT_TRUE(aim(request, "http://127.0.0.1:" + std::to_string(server.port()) + "/path?x=1"));
  request.fields.emplace_back("X-Plain", "1");
  request.secret_fields.emplace_back("Authorization", Secret("Bearer s"));
  request.body = Secret(std::move(body));
  request.timeout_ms = 2000;
  return request;
}

Result<Answer> ask(io::Loop& loop, const Request& request) {
  Result<Answer> result = Error{Code::invalid, "nobody answered", {}};
  Client client(loop);
  client.send(request, [&](Result<Answer> answer) {
    result = std::move(answer);
    loop.stop();
  });
  loop.run();
  return result;
}

TEST(client, asks_and_reads_the_answer) {
  io::Loop loop(clock_now);
  Server server(loop, "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\nhi", false);
  const auto answer = ask(loop, request_to(server));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->body, "hi");
  EXPECT_EQ(answer->retry_after_s, 7);
  EXPECT_TRUE(server.seen.starts_with("POST /path?x=1 HTTP/1.1\r\n")) << server.seen;
  EXPECT_NE(server.seen.find("Authorization: Bearer s\r\n"), std::string::npos);
  EXPECT_NE(server.seen.find("Content-Length: 2\r\n"), std::string::npos);
}

TEST(client, a_redirect_is_an_answer_and_is_not_followed) {
  io::Loop loop(clock_now);
  Server elsewhere(loop, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false);
  Server server(loop, "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:" + std::to_string(elsewhere.port()) +
                          "/\r\nContent-Length: 0\r\n\r\n", false);
  EXPECT_EQ(ask(loop, request_to(server))->status, 307);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(client, a_longer_answer_than_it_may_be_is_an_error) {
  io::Loop loop(clock_now);
  Server server(loop, "HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'), true);
  Request request = request_to(server);
  request.answer_bytes_max = 4000;
  EXPECT_EQ(ask(loop, request).error().code, Code::limit);
}

TEST(client, silence_and_half_answers_end) {
  io::Loop loop(clock_now);
  Server silent(loop, "", false);
  Request request = request_to(silent);
  request.timeout_ms = 30;
  EXPECT_EQ(ask(loop, request).error().code, Code::timeout);
  io::Loop again(clock_now);
  Server cut(again, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true);
  EXPECT_EQ(ask(again, request_to(cut)).error().code, Code::unavailable);
  io::Loop third(clock_now);
  Server strange(third, "220 mail.example.com ESMTP\r\n", false);
  EXPECT_FALSE(ask(third, request_to(strange)));
}

TEST(client, what_leads_to_this_machine_by_a_name_is_out_of_reach) {
  io::Loop loop(clock_now);
  Server server(loop, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false);
  Request request = request_to(server);
  request.reach = io::Reach::no_local_services;
  EXPECT_EQ(ask(loop, request).error().code, Code::denied);
  EXPECT_EQ(server.connections(), 0);
}

TEST(client, a_request_that_could_be_two_is_not_sent) {
  io::Loop loop(clock_now);
  Server server(loop, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false);
  Request request = request_to(server);
  request.fields.emplace_back("X-Split", "a\r\nX-Other: b");
  EXPECT_EQ(ask(loop, request).error().code, Code::invalid);
  EXPECT_EQ(server.seen, "");
}

TEST(client, who_goes_is_told_nothing_more) {
  io::Loop loop(clock_now);
  Server silent(loop, "", false);
  bool told = false;
  {
    Client client(loop);
    client.send(request_to(silent), [&](const Result<Answer>&) { told = true; });
    EXPECT_EQ(client.under_way(), 1U);
  }
  loop.after_ms(1, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(told);
}


// Reads so much of what it is sent, then closes.
class Listener final {
 public:
  Listener(io::Loop& loop, std::size_t bytes_max) : loop_(loop), bytes_max_(bytes_max) {
    listener_ = io::Listener::open(loop, {"127.0.0.1", 0, {}}, [this](io::Fd socket, const std::string&) {
                  peer_ = std::make_unique<Peer>(*this, std::move(socket));
                }).value();
  }
  std::uint16_t port() const { return io::parse_address(listener_->address())->port; }
  std::size_t read = 0;

 private:
  struct Peer final : io::Watcher {
    Peer(Listener& owner, io::Fd socket) : server(owner), stream(std::move(socket)) {
      watch = io::Watch(server.loop_, stream.fd(), *this, true, false);
    }
    void ready(io::Ready) override {
      std::array<char, 1024> buffer;
      const std::size_t most = std::min(buffer.size(), server.bytes_max_ - server.read);
      const io::IoResult result = stream.read({buffer.data(), most});
      if (result.kind == io::IoResult::Kind::again) return;
      if (result.kind == io::IoResult::Kind::some) server.read += result.count;
      const bool goes_on = result.kind == io::IoResult::Kind::some && server.read < server.bytes_max_;
      if (!goes_on) watch.reset(), stream.close();
    }
    Listener& server;
    io::Stream stream;
    io::Watch watch;
  };
  io::Loop& loop_;
  std::size_t bytes_max_;
  std::unique_ptr<io::Listener> listener_;
  std::unique_ptr<Peer> peer_;
};

// Says something and that it was all.
struct Speaker final : LinkUser {
  Speaker(io::Loop& on, std::uint16_t port, std::size_t bytes) : loop(on), text(bytes, 'x') {
    link = std::make_unique<Link>(
        loop, Goal{"127.0.0.1", port, io::Reach::anywhere, nullptr, false, 5000, {}}, *this);
  }
  void connected() override {
    link->send(std::move(text));
    if (how.empty()) link->finish();
  }
  void received(std::string_view) override {}
  void ended() override { tell("ended"); }
  void failed(Error why) override { tell("failed: " + why.what); }
  void tell(std::string what) {
    how = std::move(what);
    loop.stop();
  }
  io::Loop& loop;
  std::string text;
  std::string how;
  std::unique_ptr<Link> link;
};

TEST(link, after_the_last_word_an_end_means_that_all_was_read) {
  constexpr std::size_t bytes = 3 << 20;  // More than sockets keep.
  for (const std::size_t said : {std::size_t{1}, bytes}) {
    io::Loop loop(clock_now);
    Listener server(loop, bytes + 1);
    Speaker speaker(loop, server.port(), said);
    loop.run();
    EXPECT_EQ(speaker.how, "ended");
    EXPECT_EQ(server.read, said);
  }
}

TEST(link, who_goes_before_it_has_read_everything_has_failed) {
  for (const std::size_t read : {std::size_t{1}, std::size_t{1000}, std::size_t{2} << 20}) {
    io::Loop loop(clock_now);
    Listener server(loop, read);
    Speaker speaker(loop, server.port(), 3 << 20);
    loop.run();
    EXPECT_TRUE(speaker.how.starts_with("failed")) << speaker.how;
  }
}

}  // namespace
}  // namespace claw::outbound
