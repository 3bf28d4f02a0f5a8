#include "sql/postgres_count.h"

#include <gtest/gtest.h>

#include "sql/postgres.h"

namespace claw::sql {
namespace {

TEST(postgres_count, asks_for_the_same_rows) {
  const std::pair<std::string, std::string> rows[] = {
      {"delete from orders", "SELECT count(*) FROM orders"},
      {"DELETE FROM ONLY shop.orders AS o WHERE o.id = $1 and note like 'it''s; --'",
       "SELECT count(*) FROM ONLY shop.orders o WHERE o.id = $1 AND note LIKE 'it''s; --'"},
      {"update t set a = b is distinct from c where id > 7 returning *",
       "SELECT count(*) FROM t WHERE id > 7"},
      {"delete from s.t using u where t.id = u.id",
       "SELECT count(DISTINCT t.ctid) FROM s.t, u WHERE t.id = u.id"},
      {"update t x set a = 1 from u join v using (k) where x.id = u.id",
       "SELECT count(DISTINCT x.ctid) FROM t x, u JOIN v USING (k) WHERE x.id = u.id"},
      {"with old as (select id from t where d < now()) delete from t where id in (select id from old)",
       "WITH old AS (SELECT id FROM t WHERE d < now()) SELECT count(*) FROM t WHERE id IN (SELECT id FROM "
       "old)"},
      {"delete from \"Odd Name\" where \"Where\" = 1",
       "SELECT count(*) FROM \"Odd Name\" WHERE \"Where\" = 1"},
  };
  for (const auto& [statement, count] : rows) EXPECT_EQ(count_query(statement).value(), count);
}

TEST(postgres_count, has_no_count_for_the_rest) {
  for (const std::string statement :
       {"insert into t values (1)", "drop table t", "delete from t; delete from u", "select 1", "",
        "delete from t where current of c", "truncate t"}) {
    EXPECT_EQ(count_query(statement).error().code, Code::unsupported) << statement;
  }
  EXPECT_EQ(count_query("delete form t").error().code, Code::invalid);
}

// A CTE that writes stays one: who runs the question sees that it is no read.
TEST(postgres_count, hides_nothing_that_writes) {
  const std::string count =
      count_query("with x as (delete from u returning id) delete from t where id in (select id from x)")
          .value();
  const Facts facts = read_postgres(count);
  bool removes = false;
  for (const Statement& each : facts.statements) removes |= each.effects.has(Effect::remove);
  EXPECT_TRUE(removes) << count;
}

}  // namespace
}  // namespace claw::sql
