// What a real server with pgaudit says a statement touched, against the facts. A private server is started
// for it in a throwaway folder, reachable by a socket in there only; without an installed one the tests
// are skipped.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "sql/read_for_test.h"

namespace claw::sql {
namespace {

constexpr std::string_view bin = "/usr/lib/postgresql/15/bin";

std::string read_file(const std::filesystem::path& path, std::streamoff from = 0) {
  std::ifstream in(path);
  in.seekg(from);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Server {
 public:
  // A server refuses to run as root, so root hands it to the user that the package made.
  bool start() {
    char name[] = "/tmp/claw-sql-oracle-XXXXXX";
    if (mkdtemp(name) == nullptr) return false;
    folder_ = name;
    if (geteuid() == 0 && run(fmt::format("chown postgres {}", name), false) != 0) return false;
    if (run(fmt::format("{}/initdb -D {}/data -A trust -U postgres", bin, name)) != 0) return false;
    std::ofstream(folder_ / "data/postgresql.conf", std::ios::app) << fmt::format(
        "listen_addresses = ''\nunix_socket_directories = '{}'\nshared_preload_libraries = 'pgaudit'\n"
        "pgaudit.log = 'all'\npgaudit.log_relation = on\npgaudit.log_catalog = on\n"
        "pgaudit.log_statement = off\nfsync = off\n",
        name);
    return run(fmt::format("{}/pg_ctl -D {}/data -l {}/log -w start", bin, name, name)) == 0;
  }

  ~Server() {
    if (folder_.empty()) return;
    run(fmt::format("{}/pg_ctl -D {}/data -m immediate -w stop", bin, folder_.string()));
    std::filesystem::remove_all(folder_);
  }

  // Everything the server logged about these statements, run one after the other in one session.
  std::string log_of(std::string_view sql) {
    const auto before = std::filesystem::file_size(folder_ / "log");
    std::ofstream(folder_ / "in.sql") << sql;
    run(fmt::format("psql -X -h {0} -U postgres -f {0}/in.sql postgres", folder_.string()), false);
    return read_file(folder_ / "log", static_cast<std::streamoff>(before));
  }

 private:
  int run(const std::string& command, bool as_owner = true) const {
    const std::string prefix = as_owner && geteuid() == 0 ? "runuser -u postgres -- " : "";
    return std::system((prefix + command + " >/dev/null 2>&1 </dev/null").c_str());
  }

  std::filesystem::path folder_;
};

// Of lines like `AUDIT: SESSION,3,1,READ,SELECT,TABLE,public.users,<not logged>,<not logged>`.
std::set<std::string> audited_relations(const std::string& log) {
  std::set<std::string> relations;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::erase(line, '"');
    const auto at = line.find("AUDIT: SESSION,");
    if (at == std::string::npos) continue;
    const std::vector<std::string_view> fields = split(std::string_view(line).substr(at), ',');
    if (fields.size() < 7 || fields[6].empty()) continue;
    const bool is_relation = fields[5] == "TABLE" || fields[5] == "VIEW" || fields[5] == "MATERIALIZED VIEW";
    if (is_relation) relations.emplace(fields[6].substr(fields[6].find('.') + 1));
  }
  return relations;
}

std::set<std::string> our_relations(const Facts& facts) {
  std::set<std::string> relations;
  for (const Statement& statement : facts.statements)
    for (const Name& name : statement.tables) relations.insert(name.name);
  return relations;
}

constexpr std::string_view schema =
    "CREATE TABLE users (id int PRIMARY KEY, name text, secret text); CREATE TABLE orders (id int, user_id "
    "int);"
    "CREATE TABLE items (id int, n int); CREATE SCHEMA s; CREATE TABLE s.users (id int); CREATE SEQUENCE q;"
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; CREATE TABLE \"Odd Name\" (id int);";

constexpr const char* statements[] = {
    "SELECT * FROM users",
    "SELECT 1",
    "TABLE orders",
    "SELECT (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u",
    "SELECT * FROM users WHERE id IN (SELECT user_id FROM orders) AND EXISTS (TABLE items)",
    "WITH users AS (SELECT * FROM orders) SELECT * FROM users",
    "WITH users AS (SELECT * FROM users) SELECT * FROM users",
    "WITH d AS (DELETE FROM items RETURNING *) SELECT * FROM d, s.users",
    "WITH RECURSIVE t AS (SELECT id FROM users UNION SELECT t.id FROM t JOIN orders USING (id)) TABLE t",
    "SELECT * FROM users u, LATERAL (SELECT * FROM orders WHERE user_id = u.id) o",
    "SELECT * FROM users UNION SELECT id, name, secret FROM users UNION (SELECT n, '', '' FROM items)",
    "SELECT CASE WHEN id > (SELECT max(id) FROM orders) THEN (SELECT min(n) FROM items) END FROM users",
    "SELECT array(SELECT id FROM orders), row(1, (SELECT n FROM items LIMIT 1))",
    "SELECT * FROM users ORDER BY (SELECT count(*) FROM items) LIMIT (SELECT count(*) FROM orders)",
    "SELECT count(*) FILTER (WHERE id = (SELECT max(id) FROM orders)) OVER (ORDER BY (SELECT 1 FROM items)) "
    "FROM users",
    "SELECT * FROM generate_series(1, (SELECT count(*) FROM items)) g JOIN \"Odd Name\" o ON o.id = g",
    "SELECT * FROM U&\"\\0075sers\"",
    "SELECT * INTO copy_of_users FROM users",
    "CREATE TABLE copied AS SELECT * FROM orders",
    "INSERT INTO items SELECT id, id FROM orders",
    "INSERT INTO users VALUES (1, 'a', (SELECT 'b' FROM items LIMIT 1)) ON CONFLICT (id) DO UPDATE "
    "SET name = (SELECT 'c' FROM orders LIMIT 1)",
    "UPDATE users SET name = o.id::text FROM orders o WHERE o.user_id = users.id",
    "UPDATE users SET (name, secret) = (SELECT 'x', id::text FROM items LIMIT 1)",
    "DELETE FROM users USING orders WHERE users.id = orders.user_id AND NOT EXISTS (SELECT 1 FROM items)",
    "MERGE INTO items i USING orders o ON i.id = o.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT "
    "VALUES (1, 2)",
    "TRUNCATE items",
    "COPY users TO STDOUT",
    "COPY (SELECT * FROM users JOIN orders USING (id)) TO STDOUT",
    "COPY (DELETE FROM items RETURNING *) TO STDOUT",
    "EXPLAIN SELECT * FROM users",
    "EXPLAIN ANALYZE DELETE FROM items",
    "PREPARE p AS SELECT * FROM users; EXECUTE p",
    "BEGIN; DECLARE c CURSOR FOR SELECT * FROM orders; FETCH ALL FROM c; COMMIT",
    "DO $$ BEGIN DELETE FROM items; PERFORM * FROM users; EXECUTE 'INSERT INTO items SELECT 1, 1 FROM "
    "orders'; END $$",
    "DO $$ DECLARE n int := (SELECT count(*) FROM users); BEGIN IF n > (SELECT count(*) FROM orders) THEN "
    "NULL; END IF; END $$",
    "SELECT query_to_xml('SELECT * FROM users', true, true, '')",
    "SELECT table_to_xml('orders', true, true, '')",
    "CREATE VIEW v AS SELECT * FROM users",
    "CREATE MATERIALIZED VIEW mv AS SELECT * FROM orders",
    "ALTER TABLE orders ADD COLUMN note text DEFAULT (f(1))::text",
    "BEGIN; LOCK TABLE users; COMMIT",
    "SELECT pg_catalog.count(*) FROM pg_class, information_schema.tables",
    "SELECT * FROM users FOR UPDATE",
    "UPDATE pg_settings SET setting = setting WHERE name = 'work_mem'",
    "SELECT nextval('q')",
    "SELECT setval('q', 5)",
    "SELECT lo_create(0)",
    "SELECT set_config('work_mem', '1MB', false)",
    "NOTIFY x",
    "LISTEN x",
    "VACUUM items",
    "COMMENT ON TABLE users IS 'x'",
    "GRANT SELECT ON users TO PUBLIC",
    "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP VIEW v",
    "DROP TABLE copied, copy_of_users",
};

class Oracle : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(std::filesystem::path(bin) / "initdb")) return;
    server_ = std::make_unique<Server>();
    if (!server_->start()) server_.reset();
    if (server_) server_->log_of(schema);
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!server_) GTEST_SKIP() << "no PostgreSQL 15 with pgaudit here";
  }

  static std::unique_ptr<Server> server_;
};
std::unique_ptr<Server> Oracle::server_;

TEST_F(Oracle, refuses_in_a_read_only_transaction_only_what_is_more_than_a_read) {
  std::size_t refused = 0;
  for (const char* sql : statements) {
    const std::string log = server_->log_of(fmt::format("SET default_transaction_read_only = on; {};", sql));
    if (log.find("in a read-only transaction") == std::string::npos) continue;
    ++refused;
    Effects effects;
    for (const Statement& statement : read(sql).statements) effects.add(statement.effects);
    EXPECT_FALSE(effects.only({Effect::read})) << sql;
  }
  EXPECT_GT(refused, 20U);
}

TEST_F(Oracle, audits_no_relation_that_the_facts_do_not_name) {
  std::size_t relations = 0;
  for (const char* sql : statements) {
    const std::string log = server_->log_of(fmt::format("{};", sql));
    EXPECT_EQ(log.find("ERROR:"), std::string::npos) << sql << '\n' << log;
    const std::set<std::string> ours = our_relations(read(sql));
    for (const std::string& relation : audited_relations(log)) {
      // Views are named; what they are made of only the server knows.
      const bool is_catalog = std::string_view(sql).find("information_schema") != std::string_view::npos;
      if (!is_catalog) EXPECT_TRUE(ours.contains(relation)) << relation << " in " << sql;
      ++relations;
    }
  }
  EXPECT_GT(relations, 50U);
}

}  // namespace
}  // namespace claw::sql
