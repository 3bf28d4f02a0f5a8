#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "action/sql.h"
#include "policy/ruleset.h"

namespace {
std::size_t allocations = 0;
}  // namespace

// With the form that does not throw, which libraries use: each block is freed as it was made.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace claw::policy {
namespace {

TEST(allocation, allowing_and_refusing_by_a_rule_need_none) {
  std::vector<RuleSource> sources(1000);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i].name = "a rule with a name that is not short " + std::to_string(i);
    sources[i].condition = "sql.verb == 'drop' && 'table_" + std::to_string(i) + "' in sql.tables";
    sources[i].reason = "a reason that is not short either";
  }
  RuleSource& reads = sources.emplace_back();
  reads.condition = "sql.verb == 'select' && !('users' in sql.tables)";
  reads.verdict = Outcome::allow;
  const auto rules = compile_rules(action::Family::sql, std::move(sources)).rules;
  const auto action_of = [](std::string verb, std::string table) {
    auto facts = std::make_shared<sql::Facts>();
    facts->understood = true;
    facts->top_level = 1;
    facts->statements.emplace_back().verb = std::move(verb);
    facts->statements.back().tables.push_back({"", "", std::move(table)});
    action::Action action;
    action.subject = action::make_sql_subject("…", facts);
    action.context = action::make_sql_context({}, {});
    action.parameters = {"4711", std::nullopt};
    return action;
  };
  const action::Action select = action_of("select", "orders");
  const action::Action drop = action_of("drop", "table_999");
  cel::Arena arena;
  const std::size_t before = allocations;
  const Outcome allowed = rules->judge(select, arena).outcome;
  const Outcome denied = rules->judge(drop, arena).outcome;
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(allowed, Outcome::allow);
  EXPECT_EQ(denied, Outcome::deny);
}

}  // namespace
}  // namespace claw::policy
