#include <benchmark/benchmark.h>
#include <string>

#include "sql/big_stack.h"
#include "sql/cache.h"

namespace {

using namespace claw::sql;

constexpr std::string_view short_query = "SELECT id, name FROM users WHERE id = $1 LIMIT 1";
constexpr std::string_view medium_query =
    "WITH recent AS (SELECT o.id, o.user_id, o.total FROM shop.orders o WHERE o.created_at > now() - "
    "interval '1 day') SELECT u.name, count(*), sum(r.total) FROM recent r JOIN users u ON u.id = r.user_id "
    "LEFT JOIN LATERAL (SELECT max(p.amount) AS top FROM payments p WHERE p.order_id = r.id) x ON true "
    "WHERE u.active AND u.country IN ('de', 'fr', 'it') GROUP BY u.name HAVING count(*) > 3 ORDER BY 2 DESC";

std::string long_insert() {
  std::string text = "INSERT INTO metrics (host, name, value) VALUES ('a', 'b', 1)";
  while (text.size() < 200 * 1024) text += ", ('host-17', 'cpu.user', 12.5)";
  return text;
}

void read(benchmark::State& state, std::string_view text) {
  for (auto _ : state) benchmark::DoNotOptimize(read_postgres(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void read_short(benchmark::State& state) { read(state, short_query); }
void read_medium(benchmark::State& state) { read(state, medium_query); }
void read_long(benchmark::State& state) { read(state, long_insert()); }

void read_cached(benchmark::State& state) {
  Cache cache(read_postgres);
  for (auto _ : state) benchmark::DoNotOptimize(cache.read(medium_query));
}

BENCHMARK(read_short);
BENCHMARK(read_medium);
BENCHMARK(read_long);
BENCHMARK(read_cached);

}  // namespace
