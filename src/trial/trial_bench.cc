// How many recorded actions a second one thread judges again: from the record's text to its place in the
// outcome. Statements differ in their numbers, requests in their paths, as they do in a week of work.
#include <benchmark/benchmark.h>

#include "config/load.h"
#include "audit/reader.h"
#include "trial/simulation.h"

namespace {

using namespace claw;

constexpr std::string_view policy_text = R"HCL(
schema_version = 2
credential "postgres_credential" "db" {
  endpoint = postgres.prod
  user     = "app"
  database = "shop"
}
endpoint "postgres" "prod" {
  host   = "db.test:5432"
  listen = "127.0.0.1:5499"
}
endpoint "https" "api" {
  hosts = ["api.test"]
}
endpoint "kubernetes" "k" {
  server = "https://kube.test"
}
profile "p" {
  credentials = [postgres_credential.db]
}
rule "reads" {
  endpoint  = postgres.prod
  condition = "sql.verb == 'select' && sql.tables.all(t, t in ['users', 'orders'])"
  verdict   = "allow"
}
rule "no-drop" {
  endpoint  = postgres.prod
  condition = "sql.verb in ['drop', 'truncate']"
  verdict   = "deny"
}
rule "api-reads" {
  endpoint  = https.api
  condition = "http.method == 'get' && http.path.startsWith('/repos/')"
  verdict   = "allow"
}
rule "pods" {
  endpoint  = kubernetes.k
  condition = "k8s.resource == 'pods' && k8s.verb in ['get', 'list'] && k8s.namespace == 'shop'"
  verdict   = "allow"
}
)HCL";

enum class Mix { sql, http, k8s, all };

std::string head_of(std::size_t seq, std::string_view endpoint, std::string_view family) {
  return "{\"seq\":" + std::to_string(seq) +
         R"(,"time":"2027-01-15T08:00:00.000000Z","kind":"judged",)"
         R"("action":"01a2066c-a052-7e5e-83ea-632d76dd6e72",)"
         R"("agent":"bot","profile":"p","address":"127.0.0.1:35076","endpoint":")" +
         std::string(endpoint) +
         R"(","credential":"db","session":"01a2066c-a046-710d-8ec4-0fee0c965937","family":")" +
         std::string(family) + "\",";
}

std::string record_of(std::size_t i, Mix mix) {
  const Mix kind = mix == Mix::all ? static_cast<Mix>(i % 3) : mix;
  const std::string number = std::to_string(i);
  if (kind == Mix::sql) {
    return head_of(i + 1, "postgres.prod", "sql") +
           R"("database":"shop","user":"app","search_path":["public"],"summary":"select users, orders",)"
           R"("text":"select u.name, o.total from users u join orders o on o.user_id = u.id where u.id = )" +
           number + R"( limit 10","verb":"select","effects":["read"],"tables":["users","orders"],)"
                    R"("verdict":"allow","rule":"reads","policy":"000496eeda033abe"})";
  }
  if (kind == Mix::http) {
    return head_of(i + 1, "https.api", "http") +
           R"("summary":"GET api.test/repos/acme/shop/issues/)" + number +
           R"(","text":"GET api.test/repos/acme/shop/issues/)" + number +
           R"(?per_page=50","verb":"get","method":"GET","host":"api.test","path":"/repos/acme/shop/issues/)" +
           number + R"(?per_page=50","verdict":"allow","rule":"api-reads","policy":"000496eeda033abe"})";
  }
  return head_of(i + 1, "kubernetes.k", "k8s") + R"("summary":"get pods/web-)" + number +
         R"( in shop","text":"get pods/web in shop","verb":"get","method":"GET","host":"kube.test",)"
         R"("path":"/api/v1/namespaces/shop/pods/web-)" + number +
         R"(","resource":"pods","namespace":"shop","name":"web-)" + number +
         R"(","verdict":"allow","rule":"pods","policy":"000496eeda033abe"})";
}

void judged_again(benchmark::State& state) {
  auto loaded = config::load_texts({{"policy.hcl", std::string(policy_text)}}, {});
  if (loaded.snapshot == nullptr) return state.SkipWithError(loaded.report().c_str());
  std::vector<std::string> records;
  for (std::size_t i = 0; i < 3000; ++i) records.push_back(record_of(i, static_cast<Mix>(state.range(0))));
  trial::Simulation simulation(loaded.snapshot);
  std::size_t i = 0;
  for (auto _ : state) {
    const auto record = audit::parse_record(records[i]);
    simulation.take(record->seq, record->members);
    i = (i + 1) % records.size();
  }
  const trial::Outcome outcome = simulation.finish();
  if (outcome.changed != 0 || outcome.judged != outcome.records) {
    state.SkipWithError("not judged as recorded");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judged_again)->ArgName("mix")->Arg(0)->Arg(1)->Arg(2)->Arg(3);

}  // namespace
