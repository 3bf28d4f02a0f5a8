// Holds the walk's table against the library's own description of its trees, so that no kind of node and
// no untagged field can be forgotten.
#include <gtest/gtest.h>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "sql/postgres_walk.h"

namespace claw::sql::postgres {
namespace {

struct Field {
  std::string name;
  std::string type;
};

// The messages of pg_query.proto, with the names that the JSON uses.
std::map<std::string, std::vector<Field>> read_messages() {
  std::map<std::string, std::vector<Field>> messages;
  std::ifstream in("/usr/include/pg_query/pg_query.proto");
  std::string current;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first == "message") current = second;
    const auto json = line.find("json_name=\"");
    if (json == std::string::npos || current.empty()) continue;
    const auto start = json + 11;
    messages[current].push_back(
        {line.substr(start, line.find('"', start) - start), first == "repeated" ? second : first});
  }
  return messages;
}

class Nodes : public testing::Test {
 protected:
  void SetUp() override {
    if (messages_.empty()) GTEST_SKIP() << "pg_query.proto is not installed";
  }

  const std::map<std::string, std::vector<Field>> messages_ = read_messages();
};

TEST_F(Nodes, every_kind_has_a_row) {
  const auto& kinds = messages_.at("Node");
  EXPECT_GT(kinds.size(), 200U);
  for (const Field& kind : kinds) EXPECT_NE(row_of(kind.name), nullptr) << kind.name;
}

TEST_F(Nodes, every_untagged_field_has_a_row_of_its_kind) {
  std::set<std::string> kinds;
  for (const Field& kind : messages_.at("Node")) kinds.insert(kind.name);
  for (const auto& [message, fields] : messages_) {
    const Row* parent = row_of(message);
    if (parent == nullptr || parent->visit == &Walk::never || message == "A_Const") continue;
    for (const Field& field : fields) {
      if (!kinds.contains(field.type)) continue;
      const Row* row = row_of(message, field.name);
      ASSERT_NE(row, nullptr) << message << '.' << field.name;
      EXPECT_EQ(row->kind, field.type);
    }
  }
}

TEST_F(Nodes, kinds_begin_with_a_capital_and_fields_do_not) {
  const auto is_capital = [](const std::string& name) { return name.front() >= 'A' && name.front() <= 'Z'; };
  for (const auto& [message, fields] : messages_)
    for (const Field& field : fields)
      EXPECT_EQ(is_capital(field.name), message == "Node") << message << '.' << field.name;
}

TEST_F(Nodes, every_statement_has_a_verb) {
  const std::set<std::string> no_statements = {"ReturnStmt", "PLAssignStmt", "ReplicaIdentityStmt",
                                               "SetOperationStmt", "RawStmt"};
  for (const Field& kind : messages_.at("Node")) {
    if (!kind.name.ends_with("Stmt") || no_statements.contains(kind.name)) continue;
    EXPECT_FALSE(row_of(kind.name)->verb.empty()) << kind.name;
  }
}

}  // namespace
}  // namespace claw::sql::postgres
