#include "sql/skeleton.h"

#include <gtest/gtest.h>

#include "sql/big_stack.h"
#include "sql/cache.h"
#include "sql/postgres.h"

namespace claw::sql {
namespace {

TEST(Skeleton, takes_out_whole_numbers_that_stand_alone) {
  EXPECT_EQ(skeleton_of("select a from t where id = 4711;"), "select a from t where id = 0;");
  EXPECT_EQ(skeleton_of("values (1,22, 333)"), "values (0,0, 0)");
}

TEST(Skeleton, leaves_digits_that_are_part_of_something_else) {
  EXPECT_EQ(skeleton_of("select c1, 1.5, 1e5, 0x1F from t2 where a = 1"),
            "select c1, 1.5, 1e5, 0x1F from t2 where a = 0");
  EXPECT_EQ(skeleton_of("select c1 from t2"), std::nullopt);
  EXPECT_EQ(skeleton_of("select cast(a as varchar(1234567890))"), std::nullopt);
}

TEST(Skeleton, is_only_for_texts_without_anything_to_hide_behind) {
  for (const char* text :
       {"select '1' where 2 = 2", "select \"1\" where 2 = 2", "select $1 where 2 = 2", "select 1 -- 2",
        "select /* 1 */ 2", "select E\\1 where 2 = 2", "select \xC3\xA4 where 2 = 2"}) {
    EXPECT_EQ(skeleton_of(text), std::nullopt) << text;
  }
}

// Whatever the cache answers from a skeleton must be what reading the text itself would have answered.
TEST(Skeleton, cached_facts_are_the_facts_of_the_text_itself) {
  on_big_stack([] {
    const char* const forms[] = {"select abalance from pgbench_accounts where aid = {};",
                                 "  update t set a = {} where b = {}  ; ",
                                 "insert into t values ({}, {})",
                                 "delete from t where a in ({}, 2, {}) returning a",
                                 "set work_mem = {}",
                                 "select pg_advisory_lock({})",
                                 "fetch {} from c",
                                 "select a from t limit {} offset {}",
                                 "select {}; drop table t",
                                 "with x as (delete from t where a = {}) select * from x",
                                 "select a from t order by {}",
                                 "explain select {}"};
    Cache cache(read_postgres);
    for (const int number : {1, 22, 99999, 0}) {
      for (const std::string form : forms) {
        std::string text = form;
        for (std::size_t at = 0; (at = text.find("{}")) != std::string::npos;) {
          text.replace(at, 2, std::to_string(number));
        }
        const Cache::Found found = cache.read(text);
        const auto& cached = found.facts;
        const Facts fresh = read_postgres(text);
        ASSERT_EQ(cached->understood, fresh.understood) << text;
        ASSERT_EQ(cached->statements.size(), fresh.statements.size()) << text;
        ASSERT_EQ(cached->session.size(), fresh.session.size()) << text;
        for (std::size_t i = 0; i < fresh.session.size(); ++i) {
          EXPECT_EQ(cached->session[i].value, fresh.session[i].value) << text;
        }
        for (std::size_t i = 0; i < fresh.statements.size(); ++i) {
          const Statement& a = cached->statements[i];
          const Statement& b = fresh.statements[i];
          EXPECT_EQ(found.own.value_or(a.text), b.text) << text;
          EXPECT_EQ(a.verb, b.verb) << text;
          EXPECT_EQ(a.effects, b.effects) << text;
          EXPECT_EQ(a.tables, b.tables) << text;
          EXPECT_EQ(a.functions, b.functions) << text;
          EXPECT_EQ(a.has_where, b.has_where) << text;
        }
      }
    }
  });
}

}  // namespace
}  // namespace claw::sql
