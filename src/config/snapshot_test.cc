#include "config/snapshot.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "config/load.h"

namespace claw::config {
namespace {

LoadResult loaded() {
  return load_text("a.hcl", R"(schema_version = 2
endpoint "postgres" "db" { host = "db.example:5432" }
endpoint "postgres" "one" { host = "one.example" }
endpoint "https" "api" { hosts = ["api.example.com", "*.api.example.com"] }
credential "postgres_credential" "ro" {
  endpoint = postgres.db
  user     = "reader"
}
credential "postgres_credential" "rw" {
  endpoint = postgres.db
  user     = "writer"
  database = "app"
}
credential "postgres_credential" "any" {
  endpoints   = [postgres.db, postgres.one]
}
credential "bearer_token" "orb" {
  endpoint    = https.api
  placeholder = "PH_orb"
}
credential "bearer_token" "orb-test" {
  endpoint    = https.api
  placeholder = "PH_orb_test"
}
profile "ops" {
  credentials = [postgres_credential.ro, postgres_credential.rw, postgres_credential.any,
                 bearer_token.orb, bearer_token.orb-test]
}
profile "strict" { credentials = [postgres_credential.ro, postgres_credential.rw] }
profile "empty" { credentials = [] }
)");
}

std::string chosen(const Snapshot& snapshot, std::string_view profile, std::string_view endpoint,
                   const Presented& presented) {
  const auto found = snapshot.resolve_credential(profile, *snapshot.endpoint(endpoint), presented);
  if (!found) return "error: " + found.error().what;
  return *found ? (*found)->name : "none";
}

TEST(snapshot, most_constraints_win_and_the_fallback_takes_the_rest) {
  const LoadResult load = loaded();
  ASSERT_TRUE(load.snapshot) << load.report();
  const Snapshot& s = *load.snapshot;
  EXPECT_EQ(chosen(s, "ops", "postgres.db", {"reader", "x", {"reader"}}), "ro");
  EXPECT_EQ(chosen(s, "ops", "postgres.db", {"writer", "app", {"writer"}}), "rw");
  EXPECT_EQ(chosen(s, "ops", "postgres.db", {"writer", "other", {"writer"}}), "any");
  EXPECT_EQ(chosen(s, "ops", "postgres.db", {"someone", std::nullopt, {"someone"}}), "any");
}

TEST(snapshot, a_single_credential_serves_whatever_was_shown) {
  const LoadResult load = loaded();
  EXPECT_EQ(chosen(*load.snapshot, "ops", "postgres.one", {"whoever", "x", {}}), "any");
}

TEST(snapshot, without_a_fallback_the_agent_is_told_what_it_could_show) {
  const LoadResult load = loaded();
  const std::string text = chosen(*load.snapshot, "strict", "postgres.db", {"someone", "app", {}});
  EXPECT_NE(text.find("user `reader`"), std::string::npos) << text;
  EXPECT_NE(text.find("user `writer` and database `app`"), std::string::npos) << text;
}

TEST(snapshot, a_profile_without_a_credential_gets_none) {
  const LoadResult load = loaded();
  EXPECT_EQ(chosen(*load.snapshot, "empty", "postgres.db", {"reader", "x", {}}), "none");
  EXPECT_EQ(chosen(*load.snapshot, "nobody", "postgres.db", {"reader", "x", {}}), "none");
}

TEST(snapshot, the_longest_placeholder_is_meant) {
  const LoadResult load = loaded();
  EXPECT_EQ(chosen(*load.snapshot, "ops", "https.api", {{}, {}, {"Bearer PH_orb_test"}}), "orb-test");
  EXPECT_EQ(chosen(*load.snapshot, "ops", "https.api", {{}, {}, {"Bearer PH_orb"}}), "orb");
}

// The gateway gives carriers decoded: Authorization, what Basic says, Cookie.
TEST(snapshot, a_placeholder_is_found_anywhere_in_what_carries_it) {
  const LoadResult load = loaded();
  const Snapshot& s = *load.snapshot;
  EXPECT_EQ(chosen(s, "ops", "https.api", {{}, {}, {"", "user:PH_orb_test"}}), "orb-test");
  EXPECT_EQ(chosen(s, "ops", "https.api", {{}, {}, {"Bearer x", "a=1; session=PH_orb; b=2"}}), "orb");
  EXPECT_EQ(chosen(s, "ops", "https.api", {{}, {}, {"Bearer PH_or", "b"}}),
            "error: no credential of `https.api` fits; expected placeholder `PH_orb`, or placeholder "
            "`PH_orb_test`");
}

TEST(snapshot, hosts_belong_to_the_profiles_that_reach_them) {
  const LoadResult load = loaded();
  const Snapshot& s = *load.snapshot;
  EXPECT_EQ(s.find_endpoint("ops", "API.example.com.", 443), s.endpoint("https.api"));
  EXPECT_EQ(s.find_endpoint("ops", "v1.api.example.com", 443), s.endpoint("https.api"));
  EXPECT_EQ(s.find_endpoint("ops", "api.example.com", 8443), nullptr);
  EXPECT_EQ(s.find_endpoint("ops", "one.example", 5432), s.endpoint("postgres.one"));
  EXPECT_EQ(s.find_endpoint("strict", "api.example.com", 443), nullptr);
  EXPECT_EQ(s.find_endpoint("nobody", "api.example.com", 443), nullptr);
}

TEST(snapshot, its_dump_is_json_and_holds_every_rule) {
  const LoadResult load = loaded();
  const auto dump = json::parse(load.snapshot->to_json());
  ASSERT_TRUE(dump) << dump.error().text();
  EXPECT_EQ(dump->find("endpoints")->array()->size(), 3u);
  EXPECT_EQ(dump->text_or("version", ""), load.snapshot->version);
}

}  // namespace
}  // namespace claw::config
