// What statements do, as short lines: `verb effects [!] | reads | writes | functions` (read_for_test.h).
#include <gtest/gtest.h>
#include <span>

#include "sql/postgres.h"
#include "sql/read_for_test.h"

namespace claw::sql {
namespace {

struct Case {
  const char* sql;
  const char* summary;
};

void check(std::span<const Case> cases) {
  for (const Case& one : cases) EXPECT_EQ(summary(one.sql), one.summary) << one.sql;
}

TEST(Postgres, writes_inside_other_statements_are_statements) {
  constexpr Case cases[] = {
      {"WITH d AS (DELETE FROM users RETURNING *) SELECT * FROM d, orders",
       "select read | orders |  | \n> delete delete ! |  | users | "},
      {"WITH a AS (SELECT 1), b AS (INSERT INTO t SELECT * FROM a) UPDATE u SET x = 1 WHERE y",
       "update modify |  | u | \n> insert write |  | t | "},
      {"EXPLAIN ANALYZE DELETE FROM users", "explain read |  |  | \n> delete delete ! |  | users | "},
      {"EXPLAIN (ANALYZE false, ANALYZE) DELETE FROM users WHERE a",
       "explain read |  |  | \n> delete delete |  | users | "},
      {"EXPLAIN (ANALYZE 0) DELETE FROM users", "explain read |  |  | \n> delete read | users |  | "},
      {"EXPLAIN DELETE FROM users", "explain read |  |  | \n> delete read | users |  | "},
      {"COPY (DELETE FROM t RETURNING *) TO PROGRAM 'curl x'",
       "copy program,read |  |  | \n> delete delete ! |  | t | "},
      {"PREPARE p AS DELETE FROM t WHERE a = $1", "prepare session |  |  | \n> delete delete |  | t | "},
      {"DECLARE c CURSOR FOR SELECT * FROM t FOR UPDATE",
       "declare read |  |  | \n> select lock,read | t |  | "},
      {"CREATE RULE r AS ON INSERT TO a DO INSTEAD DELETE FROM b",
       "create create |  | a | \n> delete delete ! |  | b | "},
      {"CREATE TABLE a AS SELECT * FROM b", "create create,write |  | a | \n> select read | b |  | "},
      {"CREATE SCHEMA s CREATE TABLE t (a int)", "create create |  |  | \n> create create |  | t | "},
      {"SELECT * INTO x FROM y", "select create,read,write | y | x | "},
      {"INSERT INTO a SELECT * FROM b ON CONFLICT (i) DO UPDATE SET c = 1",
       "insert modify,read,write | b | a | "},
      {"MERGE INTO a USING b ON a.i = b.i WHEN MATCHED AND f(b) THEN DELETE WHEN NOT MATCHED THEN INSERT "
       "VALUES (1)",
       "merge delete,modify,read,write | b | a | f"},
  };
  check(cases);
}

TEST(Postgres, table_expressions_hide_tables_only_where_they_are_visible) {
  constexpr Case cases[] = {
      {"WITH a AS (SELECT * FROM a) SELECT * FROM a", "select read | a |  | "},
      {"WITH RECURSIVE a AS (SELECT * FROM a) SELECT * FROM a", "select read |  |  | "},
      {"WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM s.a, b", "select read | b,s.a |  | "},
      {"SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", "select read | a |  | "},
      {"WITH a AS (SELECT 1) SELECT (SELECT count(*) FROM a), (SELECT 1 FROM c)",
       "select read | c |  | count"},
      {"WITH t AS (SELECT 1) DELETE FROM t", "delete delete ! |  | t | "},
      {"WITH \"A\" AS (SELECT 1) SELECT * FROM a", "select read | a |  | "},
  };
  check(cases);
}

TEST(Postgres, code_is_read) {
  constexpr Case cases[] = {
      {"DO $$ BEGIN DELETE FROM t; PERFORM pg_sleep(3); EXECUTE 'DROP TABLE z'; COMMIT; END $$",
       "do procedural,transaction |  |  | \n> delete delete ! |  | t | \n> select lock,read |  |  | "
       "pg_sleep\n"
       "> drop destroy ! |  | z | "},
      {"DO $$ declare x int := d(); begin x[f(1)] := (select g(a) from tt); x := a = b; if x > h() then x = "
       "1; end if; end $$",
       "do procedural |  |  | \n> select read |  |  | d\n> select read | tt |  | f,g\n> select read |  |  | "
       "h"},
      {"DO $$ begin null; exception when others then insert into e values (1); end $$",
       "do procedural |  |  | \n> insert write |  | e | "},
      {"DO $$ begin for i in 1..n() loop case c() when w() then delete from t; else perform e(); end case; "
       "end loop; end $$",
       "do procedural |  |  | \n> select read |  |  | n\n> select read |  |  | c\n> select read |  |  | w\n"
       "> delete delete ! |  | t | \n> select read |  |  | e"},
      {"DO $$ begin execute 'do $x$ begin drop table t; end $x$'; end $$",
       "do procedural |  |  | \n> do procedural |  |  | \n> drop destroy ! |  | t | "},
      {"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM t'",
       "create create |  |  | \n> delete delete ! |  | t | "},
      {"CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END",
       "create create |  |  | \n> delete delete ! |  | t | "},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE internal AS 'pg_read_file'",
       "create create,program,unknown |  |  | "},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'system'",
       "create create,program,unknown |  |  | "},
      {"CREATE FUNCTION f(x text) RETURNS void LANGUAGE plpgsql AS 'begin execute x; end'",
       "create create,unknown |  |  | "},
      {"DO $$ BEGIN EXECUTE 'drop table ' || x; END $$",
       "not understood: the body of DO: an EXECUTE of a text that is made when it runs"},
      {"DO LANGUAGE plpython3u $$ import os $$",
       "not understood: the body of DO: code in language `plpython3u`"},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC DO 'begin delete from t; end'; END",
       "not understood: the body of DO: a body in a statement inside another"},
      {"CALL p(f(1))", "call procedural |  |  | f,p"},
      {"EXECUTE p(f(1))", "execute session,unknown |  |  | f"},
  };
  check(cases);
}

TEST(Postgres, functions_are_known_by_what_they_do) {
  constexpr Case cases[] = {
      {"SELECT pg_catalog.pg_read_file('x')",
       "select file,read |  |  | pg_catalog.pg_read_file,pg_read_file"},
      {"SELECT \"pg_read_file\"('x')", "select file,read |  |  | pg_read_file"},
      {"SELECT U&\"pg\\005fread_file\"('x')", "select file,read |  |  | pg_read_file"},
      {"SELECT PG_READ_FILE('x')", "select file,read |  |  | pg_read_file"},
      {"SELECT ('x'::text).pg_read_file", "select file,read |  |  | pg_read_file"},
      {"SELECT v.pg_read_file FROM unnest(array['x']) v", "select file,read |  |  | pg_read_file,unnest"},
      {"SELECT * FROM t ORDER BY pg_terminate_backend(1)",
       "select maintenance,read | t |  | pg_terminate_backend"},
      {"SELECT dblink_exec('host=x', 'drop table t')", "select network,read,unknown |  |  | dblink_exec"},
      {"SELECT query_to_xml('DELETE FROM t', true, true, '')",
       "select read |  |  | query_to_xml\n> delete delete ! |  | t | "},
      {"SELECT query_to_xml('DEL' || x, true, true, '') FROM t", "select read,unknown | t |  | query_to_xml"},
      {"SELECT table_to_xml('s.\"U\"', true, true, '')", "select read | s.U |  | table_to_xml"},
      {"SELECT table_to_xml(1259, true, true, '')", "select read,unknown |  |  | table_to_xml"},
      {"SELECT nextval('s')", "select read,write |  |  | nextval"},
      {"INSERT INTO t VALUES (lo_import('/etc/passwd'))", "insert file,write |  | t | lo_import"},
      {"SELECT cron.schedule('x', 'drop table t')", "select read,unknown |  |  | cron.schedule,schedule"},
      {"SELECT count(*), lower(a) FROM t", "select read | t |  | count,lower"},
  };
  check(cases);
}

TEST(Postgres, objects_other_than_rows) {
  constexpr Case cases[] = {
      {"COPY t FROM '/etc/passwd'", "copy file,write |  | t | "},
      {"COPY t TO STDOUT", "copy read | t |  | "},
      {"COPY t FROM PROGRAM 'id'", "copy program,write |  | t | "},
      {"TRUNCATE a, b", "truncate delete ! |  | a,b | "},
      {"UPDATE t SET a = 1", "update modify ! |  | t | "},
      {"UPDATE pg_settings SET setting = 'off' WHERE name = 'x'",
       "update modify,session |  | pg_settings | "},
      {"ALTER TABLE t DROP COLUMN c", "alter alter ! |  | t | "},
      {"ALTER TABLE t OWNER TO x", "alter alter,privilege |  | t | "},
      {"ALTER INDEX users RENAME TO x", "alter alter |  | users | "},
      {"DROP VIEW a.v CASCADE", "drop destroy ! |  | a.v | "},
      {"DROP TRIGGER x ON s.t", "drop destroy ! |  | s.t | "},
      {"DROP DATABASE d", "drop destroy ! |  |  | "},
      {"DROP OWNED BY joe", "drop destroy,privilege ! |  |  | "},
      {"REVOKE ALL ON t FROM joe", "revoke privilege |  |  | "},
      {"SET ROLE admin", "set role privilege,session |  |  | "},
      {"LOAD 'x.so'", "load file,program |  |  | "},
      {"LOCK TABLE t", "lock lock |  |  | "},
      {"NOTIFY x, 'y'", "notify notify |  |  | "},
      {"VACUUM FULL t", "vacuum maintenance |  |  | "},
      {"CREATE FOREIGN TABLE ft (a int) SERVER s OPTIONS (program 'id')",
       "create create,network,program |  | ft | "},
      {"CREATE TABLE t (a int REFERENCES u DEFAULT f(), LIKE v)", "create create,read | v | t | f"},
      {"ALTER SYSTEM SET archive_command = 'x'", "alter alter,maintenance,privilege |  |  | "},
      {"START TRANSACTION READ WRITE", "start transaction transaction |  |  | "},
  };
  check(cases);
}

std::string columns(std::string_view sql) { return join(read(sql).statements.at(0).columns, ","); }

TEST(Postgres, columns_are_named_and_whole_rows_are_stars) {
  EXPECT_EQ(columns("SELECT a.b, c FROM a WHERE d = (SELECT e FROM f)"), "a.b,b,c,d,e");
  EXPECT_EQ(columns("SELECT u.* FROM u"), "*,u.*");
  EXPECT_EQ(columns("SELECT row_to_json(u) FROM users u"), "*,u");
  EXPECT_EQ(columns("SELECT users::text FROM users"), "*,users");
  EXPECT_EQ(columns("SELECT b FROM users AS u(a, b)"), "*,b");
  EXPECT_EQ(columns("SELECT (j).x FROM (a JOIN b ON true) AS j"), "*,j,x");
  EXPECT_EQ(columns("TABLE t"), "*");
  EXPECT_EQ(columns("COPY t TO STDOUT"), "*");
  EXPECT_EQ(columns("COPY t (a) TO STDOUT"), "a");
  EXPECT_EQ(columns("SELECT count(*) FROM t"), "");
  EXPECT_EQ(columns("INSERT INTO t (a, b) VALUES (1, 2) RETURNING c"), "a,b,c");
  EXPECT_EQ(columns("UPDATE t SET (a, b) = (1, 2), c = d"), "a,b,c,d");
  EXPECT_EQ(columns("SELECT 1 FROM a JOIN b USING (c)"), "c");
}

TEST(Postgres, changes_of_the_session_are_told_in_order) {
  const Facts facts = read(
      "SET LOCAL search_path TO a, b; SELECT set_config('Role', 'x', false); RESET ALL; "
      "SET TRANSACTION READ WRITE; UPDATE pg_settings SET setting = 'x'; DISCARD ALL");
  ASSERT_EQ(facts.session.size(), 6U);
  EXPECT_EQ(facts.session[0].name, "search_path");
  EXPECT_EQ(facts.session[0].value, "a, b");
  EXPECT_TRUE(facts.session[0].local);
  EXPECT_EQ(facts.session[1].name, "role");
  EXPECT_EQ(facts.session[1].value, "x");
  EXPECT_EQ(facts.session[2].name, "all");
  EXPECT_TRUE(facts.session[2].reset);
  EXPECT_EQ(facts.session[3].kind, SessionChange::Kind::transaction);
  EXPECT_EQ(facts.session[3].value, "transaction_read_only=0");
  EXPECT_EQ(facts.session[4].name, "");
  EXPECT_EQ(facts.session[5].kind, SessionChange::Kind::discard);
  EXPECT_TRUE(read("EXPLAIN SELECT set_config('role', 'x', false)").session.empty());
  EXPECT_TRUE(read("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SET ROLE x'").session.empty());
}

TEST(Postgres, statements_have_their_own_text) {
  const Facts facts = read("  SELECT 1 ; /* x */ DELETE FROM \"T\" WHERE a;;");
  ASSERT_EQ(facts.top_level, 2U);
  EXPECT_EQ(facts.statements[0].text, "SELECT 1");
  EXPECT_EQ(facts.statements[1].text, "/* x */ DELETE FROM \"T\" WHERE a");
  EXPECT_EQ(facts.statements[1].tables, (std::vector<Name>{{"", "", "T"}}));
  EXPECT_TRUE(facts.statements[1].has_where);
  EXPECT_TRUE(read("").understood);
  EXPECT_EQ(read(" -- nothing").top_level, 0U);
}

}  // namespace
}  // namespace claw::sql
