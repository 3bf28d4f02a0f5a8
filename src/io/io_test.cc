// Sockets of loopback and socketpairs, the loop driven by hand; no sleeps, free ports only.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "io/address.h"
#include "io/connector.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/thread.h"
#include "io/tls/trial.h"

namespace claw::io {
namespace {

const SystemClock clock_now;

using namespace trial;  // NOLINT: a test's own words.

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

// A wake-up that is lost would leave both asleep.
TEST(Loop, two_that_post_to_each_other_never_sleep_through_it) {
  constexpr int turns_max = 20'000;
  Loop here(clock_now);
  Loop there(clock_now);
  std::atomic<int> turns = 0;
  std::function<void()> turn = [&] {
    const int now = ++turns;
    if (now < turns_max) return (now % 2 == 0 ? here : there).post(turn);
    here.stop();
    there.stop();
  };
  here.post(turn);
  std::thread other([&] { there.run(); });
  here.run();
  other.join();
  EXPECT_EQ(turns, turns_max);
}

TEST(Loop, what_posts_itself_for_ever_starves_neither_sockets_nor_timers) {
  class Hearer final : public Watcher {
   public:
    void ready(Ready) override { heard = true; }
    bool heard = false;
  };
  Loop loop(clock_now);
  auto [a, b] = pair_of_streams();
  Hearer hearer;
  const Watch watch(loop, a.fd(), hearer, true, false);
  send(b, "x");
  bool was_late = false;
  loop.after_ms(1, [&] { was_late = true; });
  std::function<void()> again = [&] {
    if (hearer.heard && was_late) return loop.stop();
    loop.post(again);
  };
  loop.post(again);
  loop.run();
  EXPECT_TRUE(hearer.heard && was_late);
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

// Or a side that has ended while nobody has room for what it said would keep its loop busy.
TEST(Loop, an_end_that_is_known_is_told_once_and_a_broken_socket_still) {
  class Listener final : public Watcher {
   public:
    void ready(Ready what) override {
      ++heard;
      broken = what.broken;
      EXPECT_TRUE(what.hung_up);
      if (!what.broken) return watch.end_is_known();
      watch.reset();
      loop->stop();
    }
    Loop* loop = nullptr;
    int heard = 0;
    bool broken = false;
    Watch watch;
  };
  Loop loop(clock_now);
  auto [a, b] = pair_of_streams();
  Listener listener;
  listener.watch = Watch(loop, a.fd(), listener, false, false);
  send(b, "x");
  b.finish();
  listener.loop = &loop;
  int turns = 0;
  std::function<void()> turn = [&] {
    if (++turns < 10) return loop.post(turn);
    EXPECT_EQ(listener.heard, 1);
    EXPECT_FALSE(listener.broken);
    a.finish();  // Now neither side can say more.
  };
  loop.post(turn);
  loop.run();
  EXPECT_EQ(listener.heard, 2);
  EXPECT_TRUE(listener.broken);
  EXPECT_EQ(read_all(a), "x") << "what was said before is still there";
}

TEST(Stream, who_has_said_all_still_hears) {
  auto [a, b] = pair_of_streams();
  send(a, "question");
  a.finish();
  EXPECT_EQ(read_all(b), "question");
  char buffer[16];
  EXPECT_EQ(b.read(buffer).kind, IoResult::Kind::end);
  send(b, "answer");
  EXPECT_EQ(read_all(a), "answer");
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

// Serving such a connection would be the gateway connecting to itself for ever.
TEST(Listener, who_comes_straight_to_a_transparent_listener_goes_nowhere) {
  for (const auto& [listens, host] : std::vector<std::pair<const char*, const char*>>{
           {"127.0.0.1:0", "127.0.0.1"}, {"[::1]:0", "::1"}, {"[::]:0", "127.0.0.1"}, {"[::]:0", "::1"}}) {
    Loop loop(clock_now);
    std::string why;
    const auto accepted = [&](const Fd& socket, const std::string&) {
      const auto destination = original_destination(socket.number());
      why = destination ? destination->text() : destination.error().what;
      loop.stop();
    };
    const auto listener = Listener::open(loop, *parse_address(listens), accepted, {.transparent = true});
    ASSERT_TRUE(listener.ok()) << listens;
    const Address there{host, parse_address((*listener)->address())->port, {}};
    const Connector connector(loop, there, 5000, [](const Result<Fd>& socket) { EXPECT_TRUE(socket.ok()); });
    loop.run();
    EXPECT_TRUE(why.starts_with("this connection came straight to ")) << listens << ": " << why;
  }
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
