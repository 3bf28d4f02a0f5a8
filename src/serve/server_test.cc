#include "serve/server.h"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "serve/connection.h"
#include "serve/lane.h"
#include "base/clock.h"
#include "io/tls/client_for_test.h"

namespace claw::serve {

namespace {

// Time that a test moves, on a loop that really waits.
class World {
 public:
  explicit World(Handler handler, Limits limits = {})
      : loop_(clock), server_(loop_, std::move(handler)) {
    DoorOptions door;
    door.address = {"127.0.0.1", 0, {}};
    door.limits = limits;
    const std::string address = server_.listen(std::move(door)).value();
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~World() {
    loop_.post([this] { server_.close(), loop_.stop(); });
    thread_.join();
  }
  io::Loop& loop() { return loop_; }
  std::size_t connections() {
    std::size_t count = 0;
    on_loop([&] { count = server_.connections(); });
    return count;
  }
  void on_loop(const std::function<void()>& work) {
    std::atomic<bool> done = false;
    loop_.post([&] { work(), done = true, done.notify_all(); });
    done.wait(false);
  }
  std::uint16_t port() const { return port_; }

  SystemClock clock;

 private:
  io::Loop loop_;
  Server server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

using io::Client;

Handler echo() {
  return [](const Asked& asked, const Reply& reply) {
    Answer answer;
    answer.body = "[" + asked.head.method + " " + asked.head.path + " " + asked.body + "]";
    reply(std::move(answer));
  };
}

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

class Numbers final : public Flow {  // Never ends, never waits.
 public:
  explicit Numbers(std::atomic<std::size_t>& taken) : taken_(taken) {}
  bool take(std::string& out) override {
    out.append(64 * 1024, 'x');
    taken_ += 64 * 1024;
    return true;
  }
  void on_more(std::function<void()>) override {}

 private:
  std::atomic<std::size_t>& taken_;
};

}  // namespace

TEST(server, answers_one_request_after_another_on_one_connection) {
  World world(echo());
  const Client client(world.port());
  client.send(get("/a"));
  EXPECT_NE(client.until("]").find("[GET /a ]"), std::string::npos);
  client.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nxyz");
  EXPECT_NE(client.until("]").find("[POST /b xyz]"), std::string::npos);
}

TEST(server, answers_pipelined_requests_in_order_however_many) {
  World world(echo());
  const Client client(world.port());
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/" + std::to_string(i));
  std::thread sender([&] { client.send(requests); });
  const std::string got = client.until("]", 500);
  sender.join();
  std::size_t at = 0;
  for (int i = 0; i < 500; ++i) {
    at = got.find("[GET /" + std::to_string(i) + " ]", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(server, a_late_answer_finds_its_request_or_nobody) {
  std::deque<Reply> waiting;
  World world([&](const Asked&, Reply reply) { waiting.push_back(std::move(reply)); });
  auto gone = std::make_unique<Client>(world.port());
  const Client stays(world.port());
  gone->send(get("/"));
  stays.send(get("/"));
  while (true) {
    std::size_t count = 0;
    world.on_loop([&] { count = waiting.size(); });
    if (count == 2) break;
  }
  gone.reset();
  world.on_loop([&] {
    for (Reply& each : waiting) {
      Answer answer;
      answer.body = "late!";
      each(std::move(answer));
    }
  });
  EXPECT_NE(stays.until("late!").find("late!"), std::string::npos);
  world.on_loop([&] { waiting.clear(); });
}

TEST(server, what_makes_no_sense_is_refused_and_closed) {
  World world(echo());
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GARBAGE\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const Client client(world.port());
    client.send(bytes);
    EXPECT_TRUE(client.until("\r\n\r\n").starts_with("HTTP/1.1 4")) << bytes;
  }
}

TEST(server, a_body_that_is_too_long_is_refused_before_it_is_read) {
  World world(echo());
  const Client client(world.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" +
              std::string(body_bytes_max + 1, 'x'));
  EXPECT_NE(client.until("\r\n\r\n").find("413"), std::string::npos);
}

TEST(server, who_does_not_finish_a_request_is_closed) {
  Limits limits;
  limits.request_ms = 100;
  limits.idle_ms = 60'000;
  World world(echo(), limits);
  const Client client(world.port());
  client.send("GET / HTT");
  EXPECT_TRUE(client.is_closed());
}

TEST(server, who_says_nothing_is_closed) {
  Limits limits;
  limits.idle_ms = 100;
  World world(echo(), limits);
  const Client client(world.port());
  EXPECT_TRUE(client.is_closed());
}

TEST(server, a_full_door_closes_its_longest_idle_connection_for_a_new_one) {
  Limits limits;
  limits.connections = limits.connections_per_address = 2;
  World world(echo(), limits);
  const Client first(world.port());
  first.send(get("/"));
  first.until("]");
  const Client second(world.port());
  second.send(get("/"));
  second.until("]");
  const Client third(world.port());
  third.send(get("/"));
  EXPECT_NE(third.until("]").find("[GET"), std::string::npos);
  EXPECT_TRUE(first.is_closed());
  EXPECT_EQ(world.connections(), 2U);
}

TEST(server, a_flow_waits_for_its_reader) {
  std::atomic<std::size_t> taken = 0;
  World world([&](const Asked&, const Reply& reply) {
    Answer answer;
    answer.flow = std::make_shared<Numbers>(taken);
    reply(std::move(answer));
  });
  const Client client(world.port());
  client.send(get("/"));
  client.until("xxx");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const std::size_t settled = taken;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(taken, settled);             // Nothing is made for who does not read,
  EXPECT_LT(settled, 16U * 1024 * 1024);  // beyond what kernel and connection hold.
}

TEST(lane, refuses_what_it_has_no_room_for) {
  std::mutex busy;
  std::unique_lock hold(busy);
  Lane lane("test", 1, 2);
  EXPECT_TRUE(lane.take([&] { const std::lock_guard wait(busy); }));
  int taken = 0;
  for (int i = 0; i < 10; ++i) taken += lane.take([] {}) ? 1 : 0;
  EXPECT_GE(taken, 1);
  EXPECT_LE(taken, 3);
  hold.unlock();
}

}  // namespace claw::serve
