// How long a decision takes from ready facts, with 1 to 10 000 rules of which few can match. The floor
// for comparison is one condition alone.
#include <benchmark/benchmark.h>

#include "action/sql.h"
#include "policy/ruleset.h"

namespace {

using namespace claw;

std::shared_ptr<const policy::Ruleset> rules_of(std::size_t count) {
  constexpr const char* verbs[] = {"select", "insert", "update", "delete", "drop", "alter"};
  std::vector<policy::RuleSource> sources(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string table = "table_" + std::to_string(i);
    sources[i].name = "rule-" + std::to_string(i);
    sources[i].condition = "sql.verb == '" + std::string(verbs[i % 6]) + "' && '" + table + "' in sql.tables";
    sources[i].verdict = policy::Outcome::deny;
  }
  sources.back().condition = "sql.verb == 'select' && 'users' in sql.tables";
  sources.back().verdict = policy::Outcome::allow;
  return policy::compile_rules(action::Family::sql, std::move(sources)).rules;
}

action::Action select_users() {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = true;
  facts->top_level = 1;
  sql::Statement& made = facts->statements.emplace_back();
  made.verb = "select";
  made.effects.add(sql::Effect::read);
  made.tables = {{"", "", "orders"}, {"", "", "users"}};
  action::Action action;
  action.subject = action::make_sql_subject("select * from orders join users using (id)", facts);
  action.context = action::make_sql_context({{"bot", "ops", "127.0.0.1:1"}, "postgres.prod", "ro", "s"}, {});
  return action;
}

void one_decision(benchmark::State& state) {
  const auto rules = rules_of(static_cast<std::size_t>(state.range(0)));
  const action::Action action = select_users();
  cel::Arena arena;
  for (auto _ : state) {
    const policy::Decision decision = rules->judge(action, arena);
    if (decision.outcome != policy::Outcome::allow) state.SkipWithError("not allowed");
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(one_decision)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10'000);

// Rules the index cannot tell apart: every condition is evaluated.
void unindexed_decision(benchmark::State& state) {
  std::vector<policy::RuleSource> sources(static_cast<std::size_t>(state.range(0)));
  for (policy::RuleSource& source : sources) {
    source.condition = "sql.verb != 'select' && size(sql.tables) > 3";
  }
  sources.emplace_back().verdict = policy::Outcome::allow;
  const auto rules = policy::compile_rules(action::Family::sql, std::move(sources)).rules;
  const action::Action action = select_users();
  cel::Arena arena;
  for (auto _ : state) benchmark::DoNotOptimize(rules->judge(action, arena));
}
BENCHMARK(unindexed_decision)->Arg(1)->Arg(10)->Arg(100);

void make_subject(benchmark::State& state) {
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = true;
  facts->top_level = 1;
  sql::Statement& made = facts->statements.emplace_back();
  made.verb = "select";
  made.tables = {{"", "public", "orders"}, {"", "", "users"}};
  const std::shared_ptr<const sql::Facts> shared = facts;
  for (auto _ : state) {
    benchmark::DoNotOptimize(action::make_sql_subject("select 1 from public.orders, users", shared));
  }
}
BENCHMARK(make_subject);

}  // namespace
