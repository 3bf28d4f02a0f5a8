// A request through our client to our server and its answer of 1 KiB back, without sockets: what HTTP/2 costs
// on top of the bytes. `allocations` counts operator new for a request and its answer, both sides together;
// what nghttp2 takes for itself is not in it.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <new>

#include "protocol/http/wire/h2/trial_for_test.h"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* made = std::malloc(size)) return made;
  std::abort();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace {

using namespace claw::http;
using namespace claw::http::trial;

struct Quiet final : Reader {
  Codec* codec = nullptr;
  Output out;
  std::string body = std::string(1024, 'x');
  std::size_t bytes = 0;

  explicit Quiet(Output to) : out(to) {}
  void on_request(StreamId, Request) override {}
  void on_response(StreamId, Response) override {}
  void on_body(StreamId, std::string_view part) override { bytes += part.size(); }
  void on_end(StreamId stream, Fields) override {
    if (codec == nullptr) return;
    Response response = answer(200, true);
    response.length = body.size();
    response.fields.add("content-type", "application/json");
    response.fields.add("server", "example");
    codec->respond(stream, response, out);
    codec->body(stream, body, out);
    codec->end(stream, {}, out);
  }
  void on_reset(StreamId, Reset, std::string_view) override {}
};

Request typical() {
  Request request = ask("GET", "/repos/octo/hello/issues?state=open&per_page=100");
  request.fields.add("user-agent", "agent-sdk/4.2 (linux; x64) node/22.3.0");
  request.fields.add("accept", "application/vnd.example+json");
  request.fields.add("accept-encoding", "gzip, deflate, br");
  request.fields.add("accept-language", "en");
  request.fields.add("authorization", "Bearer placeholder_0123456789abcdef0123456789abcdef");
  request.fields.add("cache-control", "no-cache");
  request.fields.add("x-request-id", "7b0c4dbe-3b1c-4a37-8a0e-5d4f6c1d2e3f");
  request.fields.add("x-api-version", "2022-11-28");
  request.fields.add("content-type", "application/json");
  request.fields.add("x-client", "example");
  return request;
}

void request_and_answer(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  Side client = {make_h2_client(), claw::protocol::Side::upstream};
  Side server = {make_h2_server(), claw::protocol::Side::client};
  Quiet asking(client.out());
  Quiet answering(server.out());
  answering.codec = server.codec.get();
  client.codec->start(client.out());
  server.codec->start(server.out());
  const Request request = typical();
  const auto pass = [](Side& from, Side& to, Quiet& reader) {
    const std::string bytes = from.take();
    if (!bytes.empty() && !to.codec->feed(bytes, reader, to.out())) std::abort();
  };
  const auto round = [&](std::size_t requests) {
    for (std::size_t i = 0; i < requests; ++i) client.codec->open(request, client.out());
    for (int i = 0; i < 2; ++i) {
      pass(client, server, answering);
      pass(server, client, asking);
    }
  };
  round(1);
  const std::size_t before = allocations;
  for (auto _ : state) round(batch);
  const auto requests = static_cast<double>(state.iterations()) * static_cast<double>(batch);
  if (asking.bytes != static_cast<std::size_t>(requests + 1) * 1024) std::abort();
  state.SetItemsProcessed(static_cast<std::int64_t>(requests));
  state.counters["allocations"] = static_cast<double>(allocations - before) / requests;
}
BENCHMARK(request_and_answer)->Arg(1)->Arg(100);

void body_of_one_mebibyte(benchmark::State& state) {
  H2Limits wide;
  wide.window_bytes = wide.connection_window_bytes = 4 * 1024 * 1024;
  Side client = {make_h2_client(), claw::protocol::Side::upstream};
  Side server = {make_h2_server(wide), claw::protocol::Side::client};
  Quiet asking(client.out());
  Quiet taking(server.out());
  client.codec->start(client.out());
  server.codec->start(server.out());
  const StreamId id = client.codec->open(ask("PUT", "/", true), client.out());
  const std::string piece(64 * 1024, 'x');
  for (auto _ : state) {
    for (int i = 0; i < 16; ++i) {
      client.codec->body(id, piece, client.out());
      const std::string bytes = client.take();
      if (!server.codec->feed(bytes, taking, server.out())) std::abort();
      const std::string windows = server.take();
      if (!client.codec->feed(windows, asking, client.out())) std::abort();
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(taking.bytes));
}
BENCHMARK(body_of_one_mebibyte);

}  // namespace
