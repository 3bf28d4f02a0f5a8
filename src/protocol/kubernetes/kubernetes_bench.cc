// What the facts of a request cost under the rules of kubernetes-guarded: the common GET, a list that is
// watched, an exec, and a patch whose object a rule reads. `allocations` is per request.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "action/schema.h"
#include "protocol/kubernetes/facts.h"

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

using namespace claw;

// As kubectl sends it.
http::Request typical(std::string_view method, std::string_view target) {
  http::Request request;
  request.method = method;
  request.path = target;
  request.authority = "k8s.example.com";
  request.fields.add("User-Agent", "kubectl/v1.32.0 (linux/amd64) kubernetes/70d3cc9");
  request.fields.add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
  request.fields.add("Accept-Encoding", "gzip");
  request.fields.add("Authorization", "Bearer placeholder-k8s-token");
  request.fields.add("Kubectl-Command", "kubectl get");
  request.fields.add("Kubectl-Session", "0192f1c0-5a5b-7c3e-8d11-22f0a94c3b11");
  return request;
}

// What the rules of kubernetes-guarded read.
http::Needs guarded() {
  constexpr std::string_view read[] = {"action.understood",     "http.override",
                                       "k8s.verb",              "k8s.resource",
                                       "k8s.namespace",         "k8s.name",
                                       "k8s.api_group",         "k8s.non_resource_path",
                                       "k8s.param_values",      "k8s.object",
                                       "k8s.impersonate_user",  "k8s.dry_run",
                                       "k8s.exec.tty"};
  return kubernetes::needs_of([&](std::uint32_t slot) {
    return std::ranges::any_of(
        read, [&](std::string_view fact) { return action::slot_of(action::Family::k8s, fact) == slot; });
  });
}

void run(benchmark::State& state, const http::Request& request, std::string_view body) {
  const http::Needs needs = guarded();
  const std::size_t before = allocations;
  for (auto _ : state) {
    const http::Target target = http::read_target(request.path).value();
    http::Asked asked{request, target, "https", "k8s.example.com", std::nullopt};
    if (!body.empty()) asked.body = http::Body{body, true};
    benchmark::DoNotOptimize(kubernetes::read_subject(asked, needs));
  }
  state.counters["allocations"] =
      static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
}

void get_of_a_pod(benchmark::State& state) {
  run(state, typical("GET", "/api/v1/namespaces/prod/pods/web-7d4b9c"), {});
}
BENCHMARK(get_of_a_pod);

void watch_of_pods(benchmark::State& state) {
  run(state, typical("GET", "/api/v1/namespaces/prod/pods?watch=true&resourceVersion=123&timeoutSeconds=300"),
      {});
}
BENCHMARK(watch_of_pods);

void exec_in_a_pod(benchmark::State& state) {
  run(state,
      typical("GET", "/api/v1/namespaces/prod/pods/web/exec?command=ls&command=-l&container=app&stdout=true"),
      {});
}
BENCHMARK(exec_in_a_pod);

void patch_that_is_read(benchmark::State& state) {
  http::Request request =
      typical("PATCH", "/apis/apps/v1/namespaces/prod/deployments/web?fieldManager=kubectl");
  request.fields.add("Content-Type", "application/strategic-merge-patch+json");
  request.has_body = true;
  run(state, request, R"({"spec":{"template":{"metadata":{"annotations":{"restartedAt":"2026-01-01"}}}}})");
}
BENCHMARK(patch_that_is_read);

}  // namespace
