#include "action/schema.h"

#include <gtest/gtest.h>

#include <set>

namespace claw::action {
namespace {

TEST(schema, every_family_is_found_by_its_name) {
  for (const Family family : families) EXPECT_EQ(family_named(name_of(family)), family);
  EXPECT_EQ(family_named("smtp"), std::nullopt);
}

TEST(schema, a_slot_is_the_place_of_its_fact) {
  for (const Family family : families) {
    const auto facts = schema(family);
    std::set<std::string_view> names;
    for (std::uint32_t slot = 0; slot < facts.size(); ++slot) {
      EXPECT_EQ(slot_of(family, facts[slot].name), slot);
      EXPECT_TRUE(names.insert(facts[slot].name).second) << facts[slot].name;
      EXPECT_FALSE(facts[slot].help.empty());
    }
    EXPECT_EQ(runs(family).own + runs(family).context + runs(family).call, facts.size());
  }
  EXPECT_EQ(slot_of(Family::sql, "sql.banana"), std::nullopt);
}

TEST(schema, the_facts_of_the_original_are_there_with_their_blind_spots) {
  struct Row {
    Family family;
    std::string_view fact;
    bool truncatable;
    bool unparsable;
  };
  constexpr Row rows[] = {
      {Family::sql, "sql.verb", true, true},       {Family::sql, "sql.tables", true, true},
      {Family::sql, "sql.functions", true, true},  {Family::sql, "sql.statement", true, false},
      {Family::sql, "sql.database", false, false}, {Family::http, "http.method", false, true},
      {Family::http, "http.path", false, true},    {Family::http, "http.query", false, true},
      {Family::http, "http.headers", false, false}, {Family::http, "http.body", true, true},
      {Family::http, "http.body_json", true, true}, {Family::k8s, "k8s.verb", false, true},
      {Family::k8s, "k8s.resource", false, true}, {Family::k8s, "k8s.params", false, true},
      {Family::k8s, "http.body", true, true},      {Family::ssh, "ssh.verb", false, false},
      {Family::ssh, "ssh.forward_port", false, false}, {Family::ssh, "ssh.stdin", true, false},
  };
  for (const Row& row : rows) {
    const auto slot = slot_of(row.family, row.fact);
    ASSERT_TRUE(slot) << row.fact;
    EXPECT_EQ(schema(row.family)[*slot].truncatable, row.truncatable) << row.fact;
    EXPECT_EQ(schema(row.family)[*slot].unparsable, row.unparsable) << row.fact;
  }
}

}  // namespace
}  // namespace claw::action
