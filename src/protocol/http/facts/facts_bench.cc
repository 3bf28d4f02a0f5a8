// What the facts of a request cost: the common GET, the same without secrets to hide, and bodies that rules
// read. `allocations` is per request.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "protocol/http/facts/facts.h"

namespace {
std::atomic<std::size_t> allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* made = std::malloc(size)) return made;
  std::abort();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace {

using namespace claw::http;

Request typical(std::string_view method, std::string_view target) {
  Request request;
  request.method = method;
  request.path = target;
  request.authority = "api.github.com";
  request.fields.add("User-Agent", "octokit-core.js/5.0.1 Node.js/20.11.0 (linux; x64)");
  request.fields.add("Accept", "application/vnd.github+json");
  request.fields.add("Accept-Encoding", "gzip, deflate, br");
  request.fields.add("Accept-Language", "en-US,en;q=0.9");
  request.fields.add("Authorization", "Bearer placeholder-github-token");
  request.fields.add("X-GitHub-Api-Version", "2022-11-28");
  request.fields.add("X-Request-Id", "0192f1c0-5a5b-7c3e-8d11-22f0a94c3b11");
  request.fields.add("Cache-Control", "no-cache");
  request.fields.add("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  request.fields.add("Content-Type", "application/json");
  return request;
}

void run(benchmark::State& state, const Request& request, std::string_view body, const Needs& needs) {
  const std::size_t before = allocations;
  for (auto _ : state) {
    const Target target = read_target(request.path).value();
    Asked asked{request, target, "https", "api.github.com", std::nullopt};
    if (!body.empty()) asked.body = Body{body, true};
    benchmark::DoNotOptimize(read_request(asked, needs));
  }
  state.counters["allocations"] =
      static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
}

void target_alone(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_target("/repos/acme/shop/issues?state=open&per_page=50"));
  }
}
BENCHMARK(target_alone);

void get_of_10_headers(benchmark::State& state) {
  run(state, typical("GET", "/repos/acme/shop/issues?state=open&per_page=50"), {}, {});
}
BENCHMARK(get_of_10_headers);

void post_of_json(benchmark::State& state) {
  std::string body =
      R"({"title":"a bug","labels":["bug","help wanted"],"body":")" + std::string(900, 'x') + "\"}";
  Request request = typical("POST", "/repos/acme/shop/issues");
  request.has_body = true;
  run(state, request, body, {true, true, false, false});
}
BENCHMARK(post_of_json);

void post_of_graphql(benchmark::State& state) {
  const std::string body =
      R"({"query":"mutation Close($id: ID!) { closeIssue(input: {issueId: $id}) { issue { id title } } }",)"
      R"("variables":{"id":"I_kwDOABCD"}})";
  Request request = typical("POST", "/graphql");
  request.has_body = true;
  run(state, request, body, {true, false, false, true});
}
BENCHMARK(post_of_graphql);

}  // namespace
