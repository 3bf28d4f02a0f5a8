// What reading along costs: a copy of a large file out of a container, into it, and through a forwarded port,
// as kubectl frames them (32 KiB at a time), in the slices that a socket gives.
#include <benchmark/benchmark.h>

#include "protocol/kubernetes/streams/streams.h"
#include "protocol/spdy/peer_for_test.h"
#include "protocol/websocket/codec.h"

namespace {

using namespace claw;
using namespace claw::kubernetes;

constexpr std::size_t write_bytes = 32 * 1024;
constexpr std::size_t read_bytes = 64 * 1024;

std::unique_ptr<http::Streams> streams_over(std::string_view upgrade, std::string_view protocol,
                                            StreamKind kind) {
  http::Request request;
  http::Response response;
  request.protocol = upgrade;
  request.fields.add("Sec-WebSocket-Protocol", protocol);
  response.fields.add(upgrade == "websocket" ? "Sec-WebSocket-Protocol" : "X-Stream-Protocol-Version",
                      protocol);
  return make_streams(request, response, {kind, true, false, {}});
}

void relay(benchmark::State& state, http::Streams& streams, bool from_agent, const std::string& frame) {
  std::string bytes;
  while (bytes.size() < 32 * read_bytes) bytes += frame;
  const std::string_view all = bytes;
  for (auto _ : state) {
    for (std::size_t at = 0; at < all.size(); at += read_bytes) {
      if (!streams.feed(from_agent, all.substr(at, read_bytes)).ok()) state.SkipWithError("not read");
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}

void stdout_over_websocket(benchmark::State& state) {
  const auto streams = streams_over("websocket", "v5.channel.k8s.io", StreamKind::exec);
  relay(state, *streams, false,
        websocket::encode(websocket::Opcode::binary, "\1" + std::string(write_bytes, 'x')));
}
BENCHMARK(stdout_over_websocket);

void stdin_over_websocket(benchmark::State& state) {
  const auto streams = streams_over("websocket", "v5.channel.k8s.io", StreamKind::exec);
  relay(state, *streams, true,
        websocket::encode(websocket::Opcode::binary, std::string(1, '\0') + std::string(write_bytes, 'x'),
                          "mask"));
}
BENCHMARK(stdin_over_websocket);

void stdout_over_spdy(benchmark::State& state) {
  const auto streams = streams_over("spdy/3.1", "v4.channel.k8s.io", StreamKind::exec);
  spdy::Peer client;
  spdy::Peer server;
  if (!streams->feed(true, client.open(1, {{"streamtype", "stdout"}})).ok()) state.SkipWithError("not read");
  if (!streams->feed(false, server.reply(1)).ok()) state.SkipWithError("not read");
  relay(state, *streams, false, spdy::Peer::data(1, std::string(write_bytes, 'x')));
}
BENCHMARK(stdout_over_spdy);

void port_in_a_tunnel(benchmark::State& state) {
  const auto streams = streams_over("websocket", "SPDY/3.1+portforward.k8s.io", StreamKind::port_forward);
  spdy::Peer client;
  const auto frame = [](std::string_view bytes) {
    return websocket::encode(websocket::Opcode::binary, bytes, "mask");
  };
  const std::string opening = client.open(1, {{"streamtype", "data"}, {"port", "80"}, {"requestid", "0"}});
  if (!streams->feed(true, frame(opening)).ok()) state.SkipWithError("not read");
  relay(state, *streams, true, frame(spdy::Peer::data(1, std::string(write_bytes, 'x'))));
}
BENCHMARK(port_in_a_tunnel);

}  // namespace
