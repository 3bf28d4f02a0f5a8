// The whole path of an allowed action whose statement is cached: policy, record, verdict, counters. The
// sink only writes the record's text; a real journal adds its hash and its copy.
#include <benchmark/benchmark.h>

#include "action/sql.h"
#include "guard/guard.h"

namespace {

using namespace claw;

class TextSink final : public audit::Sink {
 public:
  Result<std::uint64_t> append(const audit::Entry& entry) override {
    text_.clear();
    audit::append_head(text_, ++seq_, 1'800'000'000'000'000);
    audit::append_body(text_, entry);
    return seq_;
  }
  Status wait_durable(std::uint64_t) override { return Done{}; }

 private:
  std::string text_;
  std::uint64_t seq_ = 0;
};

policy::RuleSource reads() {
  policy::RuleSource source;
  source.name = "reads";
  source.condition = "sql.verb == 'select'";
  source.verdict = policy::Outcome::allow;
  return source;
}

std::vector<policy::RuleSource> many(std::int64_t count) {
  std::vector<policy::RuleSource> sources(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i].name = "rule-" + std::to_string(i);
    sources[i].condition = "sql.verb == 'drop' && 'table_" + std::to_string(i) + "' in sql.tables";
  }
  sources.push_back(reads());
  return sources;
}

void judge(benchmark::State& state, std::vector<policy::RuleSource> sources, guard::Terms terms) {
  const SystemClock clock;
  TextSink sink;
  approval::Queue questions;
  metrics::Registry registry;
  guard::Guard guard(clock, sink, questions, registry);
  const bool counts = terms.counts;
  guard::Endpoint endpoint{"postgres.prod", "postgres", "0123456789abcdef",
                           policy::compile_rules(action::Family::sql, std::move(sources)).rules, {}};
  endpoint.terms = std::make_shared<const guard::Terms>(std::move(terms));
  const auto gate = guard.open(std::move(endpoint));
  auto facts = std::make_shared<sql::Facts>();
  facts->understood = true;
  facts->top_level = 1;
  sql::Statement& made = facts->statements.emplace_back();
  made.verb = "select";
  made.effects.add(sql::Effect::read);
  made.tables = {{"", "", "orders"}};
  const auto subject = action::make_sql_subject("select abalance from orders where id = 4711", facts);
  const auto context =
      action::make_sql_context({{"bot", "ops", "127.0.0.1:1"}, "postgres.prod", "ro", "s"}, {});
  const guard::Later later = [](action::Verdict) {};
  for (auto _ : state) {
    action::Action action;
    action.subject = subject;
    action.context = context;
    const guard::Ruling ruling = guard.judge(gate, std::move(action), later);
    if (!ruling.verdict.allowed()) state.SkipWithError("refused");
    if (counts) guard.ledger().finished(ruling.action, true, 1);
  }
}

void allowed_action(benchmark::State& state) { judge(state, many(state.range(0)), {}); }
BENCHMARK(allowed_action)->Arg(0)->Arg(10)->Arg(1000);

// With labels that a rule reads and a budget: what counting costs, to its end.
void counted_action(benchmark::State& state) {
  std::vector<policy::RuleSource> sources = many(10);
  policy::RuleSource& careful = sources.emplace_back(reads());
  careful.name = "careful";
  careful.priority = 10;
  careful.condition = "'untrusted-input' in session.labels";
  guard::Terms terms;
  terms.counts = true;
  guard::Budget& budget = terms.budgets.emplace_back();
  budget.name = "writes";
  budget.limits[static_cast<std::size_t>(guard::Use::actions)] = INT64_MAX;
  judge(state, std::move(sources), std::move(terms));
}
BENCHMARK(counted_action);

}  // namespace
