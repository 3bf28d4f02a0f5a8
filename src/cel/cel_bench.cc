#include <benchmark/benchmark.h>

#include "cel/program.h"

namespace claw::cel {
namespace {

class Statement final : public Activation {
 public:
  Value fact(std::uint32_t slot) const override {
    return slot == 0 ? Value::string("select") : Value::list(tables_);
  }

 private:
  std::vector<std::string> names_ = {"orders", "customers", "users"};
  TextList tables_{names_};
};

const Environment& environment() {
  static const Environment made(
      {{"sql.verb", Type::string(), true}, {"sql.tables", Type::list(Type::string())}});
  return made;
}

void evaluate(benchmark::State& state, const char* source) {
  const Program program = *build(source, environment());
  const Statement facts;
  Arena arena;
  for (auto _ : state) {
    arena.reset();
    benchmark::DoNotOptimize(program.evaluate(facts, arena));
  }
}
BENCHMARK_CAPTURE(evaluate, ordinary, "sql.verb == 'select' && 'users' in sql.tables");
BENCHMARK_CAPTURE(evaluate, in_list, "sql.verb in ['select', 'show', 'explain', 'set']");
BENCHMARK_CAPTURE(evaluate, exists,
                  "sql.tables.exists(t, t.startsWith('user') || t in ['accounts', 'secrets'])");
BENCHMARK_CAPTURE(evaluate, matches, "sql.verb.matches('^(sel|ins)ect$')");

void build_program(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(
        build("sql.verb in ['select', 'show'] && !sql.tables.exists(t, t.startsWith('pg_'))", environment()));
}
BENCHMARK(build_program);

}  // namespace
}  // namespace claw::cel
