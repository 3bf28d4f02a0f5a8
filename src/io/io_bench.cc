// What TLS costs: a leaf made, a leaf found, contexts, whole handshakes, and bytes in records.
#include <benchmark/benchmark.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "io/authority.h"
#include "io/stream.h"

namespace claw::io {

namespace {

const SystemClock clock_now;

std::shared_ptr<Authority> make_authority(std::size_t leaves_max) {
  return *Authority::open(*Authority::make(clock_now.wall_us()), leaves_max);
}

std::pair<Stream, Stream> pair_of_streams() {
  int ends[2];
  CLAW_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  return {Stream(Fd(ends[0])), Stream(Fd(ends[1]))};
}

void shake_hands(Stream& client, Stream& server) {
  for (int done = 0; done < 2;) {
    done = static_cast<int>(client.handshake().kind == IoResult::Kind::some) +
           static_cast<int>(server.handshake().kind == IoResult::Kind::some);
  }
}

void leaf_made(benchmark::State& state) {
  const auto authority = make_authority(16);
  const std::int64_t now_us = clock_now.wall_us();
  std::uint64_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(authority->context_for("host" + std::to_string(number++) + ".test", now_us));
  }
}
BENCHMARK(leaf_made);

void leaf_found(benchmark::State& state) {
  const auto authority = make_authority(16);
  const std::int64_t now_us = clock_now.wall_us();
  for (auto _ : state) benchmark::DoNotOptimize(authority->context_for("api.test", now_us));
}
BENCHMARK(leaf_found);

void client_context_with_system_roots(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TlsContext::client({}, TlsTrust::chain_and_name));
}
BENCHMARK(client_context_with_system_roots);

void handshake(benchmark::State& state) {
  const auto authority = make_authority(16);
  const auto context = *authority->context_for("api.test", clock_now.wall_us());
  const auto agent =
      *TlsContext::client({}, TlsTrust::chain_and_name, TlsText{{}, {}, authority->certificate()});
  const std::string session_key = state.range(0) == 0 ? "" : "k";
  for (auto _ : state) {
    auto [client, server] = pair_of_streams();
    client.start_tls(agent, TlsStart{"api.test", {"h2"}, {}, session_key});
    server.start_tls(context, TlsStart{{}, {"h2", "http/1.1"}, {}, {}});
    shake_hands(client, server);
    char ticket[16];
    client.read(ticket);
  }
}
BENCHMARK(handshake)->ArgName("resumed")->Arg(0)->Arg(1);

void sent_in_records(benchmark::State& state) {
  auto [client, server] = pair_of_streams();
  client.start_tls(*TlsContext::client({}, TlsTrust::encrypt_only), "a.test");
  server.start_tls(*TlsContext::self_signed("a.test"), "");
  shake_hands(client, server);
  const std::string head(300, 'h'), body(static_cast<std::size_t>(state.range(0)), 'b');
  const std::string_view pieces[] = {head, body};
  std::string buffer(64 * 1024, '\0');
  for (auto _ : state) {
    server.send(pieces);
    for (std::size_t left = head.size() + body.size(); left > 0;) {
      left -= client.read(buffer).count;
      if (server.unsent() > 0) server.flush();
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(head.size() + body.size()));
}
BENCHMARK(sent_in_records)->Arg(200)->Arg(16'000)->Arg(1 << 20);

}  // namespace

}  // namespace claw::io
