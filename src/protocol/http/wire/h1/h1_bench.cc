// What a request costs a proxy: its head read, and written anew for the upstream; the same for the answer;
// and a body in chunks. `allocations` counts operator new per message.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <new>

#include "protocol/http/wire/h1.h"

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

constexpr std::string_view request_bytes =
    "GET /repos/octo/hello/issues?state=open&per_page=100 HTTP/1.1\r\n"
    "Host: api.example.com\r\n"
    "User-Agent: agent-sdk/4.2 (linux; x64) node/22.3.0\r\n"
    "Accept: application/vnd.example+json\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en\r\n"
    "Authorization: Bearer placeholder_0123456789abcdef0123456789abcdef\r\n"
    "Cache-Control: no-cache\r\n"
    "Connection: keep-alive\r\n"
    "X-Request-Id: 7b0c4dbe-3b1c-4a37-8a0e-5d4f6c1d2e3f\r\n"
    "X-Api-Version: 2022-11-28\r\n\r\n";
constexpr std::string_view response_bytes =
    "HTTP/1.1 200 OK\r\n"
    "Date: Sun, 22 Nov 2026 17:00:00 GMT\r\n"
    "Content-Type: application/json; charset=utf-8\r\n"
    "Content-Length: 5\r\n"
    "Cache-Control: private, max-age=60, s-maxage=60\r\n"
    "ETag: W/\"0123456789abcdef0123456789abcdef0123456789abcdef\"\r\n"
    "Server: example\r\n"
    "X-RateLimit-Remaining: 4999\r\n\r\nhello";

struct Both : Reader {  // Passes on at once, as a machine that allows everything would.
  std::unique_ptr<Codec> server = make_h1_server();
  std::unique_ptr<Codec> client = make_h1_client();
  claw::protocol::Commands commands;
  Output to_agent{commands, claw::protocol::Side::client};
  Output to_upstream{commands, claw::protocol::Side::upstream};
  StreamId asked = 0;
  StreamId sent = 0;
  bool answering = false;

  void on_request(StreamId stream, Request request) override {
    asked = stream;
    sent = client->open(request, to_upstream);
  }
  void on_response(StreamId, Response response) override {
    answering = true;
    server->respond(asked, response, to_agent);
  }
  void on_body(StreamId, std::string_view bytes) override {
    if (answering) server->body(asked, bytes, to_agent);
    else client->body(sent, bytes, to_upstream);
  }
  void on_end(StreamId, Fields trailers) override {
    if (!answering) return client->end(sent, trailers, to_upstream);
    server->end(asked, trailers, to_agent);
    answering = false;
  }
  void on_reset(StreamId, Reset, std::string_view) override {}
};

void count_allocations(benchmark::State& state, std::size_t before) {
  state.counters["allocations"] =
      static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
}

void request_and_response(benchmark::State& state) {
  Both both;
  const std::size_t before = allocations;
  for (auto _ : state) {
    benchmark::DoNotOptimize(both.server->feed(request_bytes, both, both.to_agent));
    benchmark::DoNotOptimize(both.client->feed(response_bytes, both, both.to_upstream));
    both.commands.clear();
  }
  if (!both.server->is_idle() || !both.client->is_idle()) state.SkipWithError("not relayed");
  count_allocations(state, before);
}
BENCHMARK(request_and_response);

struct Unread : Reader {
  void on_request(StreamId, Request request) override { benchmark::DoNotOptimize(request); }
  void on_body(StreamId, std::string_view bytes) override { benchmark::DoNotOptimize(bytes); }
  void on_end(StreamId, Fields) override {}
  void on_reset(StreamId, Reset, std::string_view) override {}
};

// Decoding alone, and a short answer to get to the next.
void request_head(benchmark::State& state) {
  const auto server = make_h1_server();
  Unread reader;
  claw::protocol::Commands commands;
  const Output out{commands, claw::protocol::Side::client};
  Response response;
  response.has_body = false;
  const std::size_t before = allocations;
  StreamId stream = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(server->feed(request_bytes, reader, out));
    server->respond(++stream, response, out);
    commands.clear();
  }
  count_allocations(state, before);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request_bytes.size()));
}
BENCHMARK(request_head);

void chunked_body(benchmark::State& state) {
  const auto server = make_h1_server();
  Unread reader;
  claw::protocol::Commands commands;
  const Output out{commands, claw::protocol::Side::client};
  benchmark::DoNotOptimize(
      server->feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", reader, out));
  const std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
  const std::size_t before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(server->feed(chunk, reader, out));
  count_allocations(state, before);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(chunk.size()));
}
BENCHMARK(chunked_body);

}  // namespace
