// Names asked of a look-up that waits until it is told, so that who asks meanwhile can be seen.
#include "io/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace claw::io {
namespace {

using Addresses = Resolver::Addresses;

SocketAddress at(const std::string& ip) { return *to_socket_address({ip, 0, {}}); }

// Answers `a.test` at once, `slow.test` when released, and knows nothing else.
struct Names {
  Result<Addresses> operator()(const std::string& host) {
    ++asked;
    if (host == "slow.test") {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return released; });
    }
    if (host == "a.test" || host == "slow.test") return Addresses{at("192.0.2.1"), at("2001:db8::1")};
    return Error{Code::unavailable, "no such name", {}};
  }
  void release() {
    const std::lock_guard lock(mutex);
    released = true;
    changed.notify_all();
  }
  std::atomic<int> asked = 0;
  std::mutex mutex;
  std::condition_variable changed;
  bool released = false;
};

struct Asking {
  FakeClock clock;
  SystemClock real;
  Names names;
  Resolver resolver{clock, [this](const std::string& host) { return names(host); }};

  std::string ask(const std::string& host, std::uint16_t port = 80) {
    Loop loop(real);
    std::string text;
    resolver.ask(loop, {host, port, {}}, [&](const Result<Addresses>& addresses) {
      if (!addresses) text = addresses.error().what;
      else for (const SocketAddress& each : *addresses) text += each.text() + " ";
      loop.stop();
    });
    loop.run();
    return text;
  }
};

TEST(Resolver, gives_all_addresses_with_the_port_that_was_asked_for) {
  Asking asking;
  EXPECT_EQ(asking.ask("a.test", 80), "192.0.2.1:80 [2001:db8::1]:80 ");
  EXPECT_EQ(asking.ask("A.test", 443), "192.0.2.1:443 [2001:db8::1]:443 ");
  EXPECT_EQ(asking.names.asked, 1);
  EXPECT_EQ(asking.ask("127.0.0.1", 5), "127.0.0.1:5 ");
  EXPECT_EQ(asking.ask("::1", 5), "[::1]:5 ");
  EXPECT_EQ(asking.names.asked, 1);
}

TEST(Resolver, keeps_answers_for_a_moment_and_failures_for_a_shorter_one) {
  Asking asking;
  asking.ask("a.test");
  asking.ask("none.test");
  EXPECT_EQ(asking.names.asked, 2);
  asking.clock.advance_us(4'999'999);
  EXPECT_EQ(asking.ask("none.test"), "no such name");
  EXPECT_EQ(asking.names.asked, 2);
  asking.clock.advance_us(1);
  asking.ask("none.test");
  EXPECT_EQ(asking.names.asked, 3);
  asking.ask("a.test");
  EXPECT_EQ(asking.names.asked, 3);
  asking.clock.advance_us(5'000'000);
  asking.ask("a.test");
  EXPECT_EQ(asking.names.asked, 4);
}

TEST(Resolver, asks_again_when_nobody_answered_there) {
  Asking asking;
  asking.ask("a.test");
  asking.resolver.forget("A.TEST");
  asking.ask("a.test");
  EXPECT_EQ(asking.names.asked, 2);
}

TEST(Resolver, a_slow_name_holds_up_nobody_else_and_is_asked_for_once) {
  Asking asking;
  Loop loop(asking.real);
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    asking.resolver.ask(loop, {"slow.test", 80, {}}, [&](const Result<Addresses>& addresses) {
      EXPECT_TRUE(addresses.ok());
      if (++answered == 50) loop.stop();
    });
  }
  EXPECT_EQ(asking.ask("a.test"), "192.0.2.1:80 [2001:db8::1]:80 ");
  EXPECT_EQ(answered, 0);
  asking.names.release();
  loop.run();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(asking.names.asked, 2);
}

TEST(Resolver, a_loop_that_has_gone_is_not_answered) {
  Asking asking;
  {
    Loop loop(asking.real);
    asking.resolver.ask(loop, {"slow.test", 80, {}}, [](const Result<Addresses>&) { FAIL(); });
  }
  asking.names.release();
  EXPECT_EQ(asking.ask("slow.test"), "192.0.2.1:80 [2001:db8::1]:80 ");
}

TEST(Resolver, a_flood_of_names_is_refused) {
  Asking asking;
  Loop loop(asking.real);
  int refused = 0, answered = 0;
  const auto count = [&](const Result<Addresses>& addresses) {
    ++answered;
    if (!addresses && addresses.error().code == Code::limit) ++refused;
    if (answered == 11'000) loop.stop();
  };
  for (int i = 0; i < 11'000; ++i) asking.resolver.ask(loop, {"slow.test", 80, {}}, count);
  EXPECT_EQ(refused, 1000);
  asking.names.release();
  loop.run();
  EXPECT_EQ(refused, 1000);
}

TEST(Resolver, only_names_are_asked_for) {
  for (const std::string& bad : std::vector<std::string>{
           "", ".", ".a", "a b", "a/b", "a%b", "fe80::1%lo", "[::1]", "a\nb", "b\xC3\xBC", "127.1",
           "0x7f000001", "1.", std::string("a\0b", 3), std::string(255, 'a')}) {
    EXPECT_FALSE(check_name(bad).ok()) << bad;
  }
  for (const char* good :
       {"localhost", "a.test.", "my_db.internal", "xn--bcher-kva.test", "3com.test", "1e100"}) {
    EXPECT_TRUE(check_name(good).ok()) << good;
  }
}

}  // namespace
}  // namespace claw::io
