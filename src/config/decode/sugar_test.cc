#include "config/decode/sugar.h"

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/targets.h"

namespace claw::config {
namespace {

// The name of the rule that decides a statement under one rule with this body; empty: none did.
std::string decides(std::string_view body, std::string_view statement) {
  const LoadResult loaded = load_text(
      "a.hcl", "schema_version = 2\nendpoint \"postgres\" \"p\" { host = \"h\" }\nrule \"it\" {\n"
               "  endpoint = postgres.p\n  verdict = \"allow\"\n" + std::string(body) + "\n}\n");
  EXPECT_TRUE(loaded.snapshot) << loaded.report();
  if (!loaded.snapshot) return "?";
  policy::Fixture fixture;
  fixture.host = "h";
  fixture.verdict = "allow";
  fixture.statement = statement;
  const std::vector<policy::Target> targets = targets_of(*loaded.snapshot);
  const auto staged = policy::stage(fixture, targets);
  EXPECT_TRUE(staged) << staged.error().text();
  cel::Arena arena;
  return std::string(staged->target->rules->judge(staged->action, arena).rule_name);
}

TEST(sugar, a_plain_pattern_is_found_in_any_case_and_with_any_blanks) {
  const std::string_view body = "patterns = [\"drop table\"]";
  EXPECT_EQ(decides(body, "DROP  \n TABLE users"), "it");
  EXPECT_EQ(decides(body, "select 1"), "");
}

TEST(sugar, a_plain_pattern_means_its_characters_only) {
  EXPECT_EQ(decides("patterns = [\"a.b(\"]", "select 'axb('"), "");
  EXPECT_EQ(decides("patterns = [\"a.b(\"]", "select 'a.b('"), "it");
  EXPECT_EQ(decides("patterns = [\"a\\\\E.*\"]", "select 'anything'"), "");
}

TEST(sugar, a_pattern_between_slashes_is_a_regular_expression) {
  EXPECT_EQ(decides("patterns = [\"/from\\\\s+users?$/\"]", "select * from user"), "it");
  EXPECT_EQ(decides("patterns = [\"/from\\\\s+users?$/\"]", "select * from userss"), "");
}

TEST(sugar, arguments_constrain_elements_of_a_list) {
  EXPECT_EQ(decides("argument \"sql.tables\" { equals = [\"a\"] }", "select * from a, b"), "it");
  EXPECT_EQ(decides("argument \"sql.tables\" { only = [\"a\"] }", "select * from a, b"), "");
  EXPECT_EQ(decides("argument \"sql.tables\" { only = [\"a\", \"b\"] }", "select * from a, b"), "it");
  EXPECT_EQ(decides("argument \"sql.tables\" { only = [\"a\"] }", "select * from evil.a"), "");
  EXPECT_EQ(decides("argument \"sql.tables\" { only = [\"a\"] }", "select pg_read_file('x')"), "");
  EXPECT_EQ(decides("argument \"sql.tables\" { not_in = [\"b\"] }", "select * from a, b"), "");
  EXPECT_EQ(decides("argument \"sql.tables\" { not_in = [\"c\"] }", "select * from a, b"), "it");
  EXPECT_EQ(decides("argument \"sql.tables\" { contains = \"audit\" }", "select * from old_audit_log"), "it");
  EXPECT_EQ(decides("argument \"sql.tables\" { matches = \"^x_\" }", "select * from x_y"), "it");
}

TEST(sugar, arguments_constrain_a_string_and_fold_as_it_is_folded) {
  EXPECT_EQ(decides("argument \"sql.verb\" { equals = \"SELECT\" }", "select 1"), "it");
  EXPECT_EQ(decides("argument \"sql.verb\" { not_in = [\"select\"] }", "select 1"), "");
}

TEST(sugar, everything_in_a_rule_has_to_be_true) {
  const std::string_view body =
      "condition = \"sql.has_where\"\npatterns = [\"secret\"]\nargument \"sql.tables\" { equals = \"t\" }";
  EXPECT_EQ(decides(body, "select secret from t where true"), "it");
  EXPECT_EQ(decides(body, "select secret from t"), "");
  EXPECT_EQ(decides(body, "select other from t where true"), "");
  EXPECT_EQ(decides(body, "select secret from u where true"), "");
}

}  // namespace
}  // namespace claw::config
