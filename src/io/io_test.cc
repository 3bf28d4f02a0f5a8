// Sockets of loopback and socketpairs, the loop driven by hand; no sleeps, free ports only.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "io/address.h"
#include "io/connector.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/thread.h"

namespace claw::io {
namespace {

const SystemClock clock_now;

std::pair<Stream, Stream> pair_of_streams() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  return {Stream(Fd(ends[0])), Stream(Fd(ends[1]))};
}

IoResult send(Stream& stream, std::string_view bytes) { return stream.send({&bytes, 1}); }

std::string read_all(Stream& stream) {
  std::string out;
  char buffer[4096];
  for (;;) {
    const IoResult result = stream.read(buffer);
    if (result.kind != IoResult::Kind::some) return out;
    out.append(buffer, result.count);
  }
}

TEST(Address, reads_what_people_write) {
  EXPECT_EQ(parse_address("127.0.0.1:5432")->port, 5432);
  EXPECT_EQ(parse_address("[::1]:5432")->host, "::1");
  EXPECT_EQ(parse_address("[::1]:5432")->text(), "[::1]:5432");
  EXPECT_EQ(parse_address("db.internal", 5432)->port, 5432);
  EXPECT_TRUE(parse_address("unix:/run/x.sock")->is_unix());
  for (const char* bad :
       {"", "db", ":5432", "db:", "db:70000", "db:-1", "::1:5432", "[::1", "[::1]x", "unix:"}) {
    EXPECT_FALSE(parse_address(bad).ok()) << bad;
  }
}

TEST(Loop, runs_timers_in_order_of_their_time_and_not_when_cancelled) {
  Loop loop(clock_now);
  std::string order;
  loop.after_ms(3, [&] {
    order += 'c';
    loop.stop();
  });
  loop.after_ms(1, [&] { order += 'a'; });
  const TimerId never = loop.after_ms(2, [&] { order += 'b'; });
  loop.cancel(never);
  loop.cancel(never);
  loop.run();
  EXPECT_EQ(order, "ac");
}

TEST(Loop, runs_what_other_threads_post) {
  Loop loop(clock_now);
  int count = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&] { ++count; });
    loop.stop();
  });
  loop.run();
  other.join();
  EXPECT_EQ(count, 1000);
}

// A watcher that is gone must not hear of an event that was already on its way to it.
TEST(Loop, an_unwatched_socket_is_not_heard_of_again) {
  class Closer final : public Watcher {
   public:
    void ready(Ready) override {
      ++heard;
      other->reset();
    }
    int heard = 0;
    Watch* other = nullptr;
  };
  Loop loop(clock_now);
  auto [a, a_peer] = pair_of_streams();
  auto [b, b_peer] = pair_of_streams();
  Closer first, second;
  Watch first_watch(loop, a.fd(), first, true, false);
  Watch second_watch(loop, b.fd(), second, true, false);
  first.other = &second_watch;
  second.other = &first_watch;
  send(a_peer, "x");
  send(b_peer, "x");
  loop.after_ms(1, [&] { loop.stop(); });
  loop.run();
  EXPECT_TRUE(first.heard == 0 || second.heard == 0);
  EXPECT_GT(first.heard + second.heard, 0);
}

TEST(Stream, keeps_what_a_slow_reader_does_not_take_and_in_order) {
  auto [a, b] = pair_of_streams();
  std::string big(4 << 20, 'x');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 26);
  EXPECT_EQ(send(a, big).kind, IoResult::Kind::some);
  EXPECT_GT(a.unsent(), 0u);
  const std::string_view tail[] = {"tail", "!"};
  a.send(tail);
  std::string got;
  while (got.size() < big.size() + 5) {
    got += read_all(b);
    a.flush();
  }
  EXPECT_EQ(a.unsent(), 0u);
  EXPECT_TRUE(got == big + "tail!");
}

TEST(Stream, says_when_the_other_side_has_gone) {
  auto [a, b] = pair_of_streams();
  b.close();
  char buffer[16];
  EXPECT_EQ(a.read(buffer).kind, IoResult::Kind::end);
  EXPECT_EQ(send(a, "x").kind, IoResult::Kind::failed);
}

bool shake_hands(Stream& a, Stream& b) {
  bool a_done = false, b_done = false;
  for (int i = 0; i < 20 && !(a_done && b_done); ++i) {
    if (!a_done) {
      const IoResult result = a.handshake();
      if (result.kind == IoResult::Kind::failed) return false;
      a_done = result.kind == IoResult::Kind::some;
    }
    if (!b_done) {
      const IoResult result = b.handshake();
      if (result.kind == IoResult::Kind::failed) return false;
      b_done = result.kind == IoResult::Kind::some;
    }
  }
  return a_done && b_done;
}

TEST(Tls, carries_bytes_both_ways_and_binds_to_the_certificate) {
  auto [client, server] = pair_of_streams();
  client.start_tls(*TlsContext::client({}, TlsTrust::encrypt_only), "db.internal");
  server.start_tls(*TlsContext::self_signed("db.internal"), "");
  ASSERT_TRUE(shake_hands(client, server));
  const std::string big(300'000, 'y');
  send(client, big);
  std::string got;
  while (got.size() < big.size()) {
    got += read_all(server);
    client.flush();
  }
  EXPECT_TRUE(got == big);
  EXPECT_EQ(client.peer_end_point().size(), 32u);
  EXPECT_EQ(server.peer_end_point(), "");
}

TEST(Tls, a_certificate_nobody_vouches_for_is_refused) {
  auto [client, server] = pair_of_streams();
  client.start_tls(*TlsContext::client({}, TlsTrust::chain_and_name), "db.internal");
  server.start_tls(*TlsContext::self_signed("db.internal"), "");
  EXPECT_FALSE(shake_hands(client, server));
}

TEST(Tls, missing_files_are_named) {
  const auto context = TlsContext::server({"/nonexistent/cert.pem", "/nonexistent/key.pem", {}});
  ASSERT_FALSE(context.ok());
  EXPECT_NE(context.error().what.find("/nonexistent/cert.pem"), std::string::npos);
}

TEST(Connector, reaches_a_listener_and_says_why_when_nobody_listens) {
  Loop loop(clock_now);
  int accepted = 0;
  auto listener = Listener::open(loop, *parse_address("127.0.0.1:0"), [&](Fd, std::string from) {
    ++accepted;
    EXPECT_TRUE(from.starts_with("127.0.0.1:"));
  });
  ASSERT_TRUE(listener.ok());
  const Address there = *parse_address((*listener)->address());
  Fd kept;
  Connector good(loop, there, 5000, [&](Result<Fd> socket) {
    ASSERT_TRUE(socket.ok());
    kept = std::move(socket).value();
    loop.after_ms(1, [&] { loop.stop(); });
  });
  loop.run();
  EXPECT_EQ(accepted, 1);

  listener->reset();
  Loop second(clock_now);
  std::string why;
  Connector bad(second, there, 5000, [&](Result<Fd> socket) {
    why = socket.error().what;
    second.stop();
  });
  second.run();
  EXPECT_NE(why.find("Connection refused"), std::string::npos) << why;
}

TEST(Connector, destroyed_before_its_time_it_never_calls) {
  Loop loop(clock_now);
  { const Connector gone(loop, *parse_address("127.0.0.1:1"), 5000, [](Result<Fd>) { FAIL(); }); }
  loop.after_ms(1, [&] { loop.stop(); });
  loop.run();
}

TEST(Listener, a_unix_socket_is_for_its_owner_and_goes_with_it) {
  Loop loop(clock_now);
  const std::string path = ::testing::TempDir() + "claw_" + std::to_string(::getpid()) + ".sock";
  {
    auto listener = Listener::open(loop, *parse_address("unix:" + path), [](Fd, const std::string&) {});
    ASSERT_TRUE(listener.ok());
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Thread, has_the_stack_it_was_promised) {
  bool deep = false;
  {
    const Thread thread("deep", deep_stack_bytes, [&] {
      // Touches 48 MiB below this frame: a default stack would be gone long before.
      std::function<int(int)> down = [&](int left) {
        volatile char room[64 * 1024];
        room[0] = static_cast<char>(left);
        return left == 0 ? room[0] : down(left - 1) + room[0];
      };
      down(500);
      deep = true;
    });
  }
  EXPECT_TRUE(deep);
}

}  // namespace
}  // namespace claw::io
