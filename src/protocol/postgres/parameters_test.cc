#include "protocol/postgres/parameters.h"

#include <gtest/gtest.h>

namespace claw::postgres {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

Result<Requested> check(Pairs parameters) {
  parameters.emplace_back("user", "ann");
  return check_startup({0, std::move(parameters)});
}

TEST(startup, passes_on_what_is_on_the_list) {
  const auto requested = check({{"application_name", "psql"}, {"TimeZone", "UTC"}, {"replication", "off"}});
  ASSERT_TRUE(requested.ok());
  EXPECT_EQ(requested->database, "ann");
  EXPECT_EQ(requested->settings.size(), 2U);
}

TEST(startup, unfolds_options_as_the_server_would) {
  const auto requested = check({{"options", "-c statement_timeout=5 --search-path=a\\ b -cgeqo=off"}});
  ASSERT_TRUE(requested.ok()) << requested.error().what;
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"statement_timeout", "5"}, {"search_path", "a b"}, {"geqo", "off"}};
  EXPECT_EQ(requested->settings, expected);
}

TEST(startup, refuses_everything_else) {
  const Pairs refused[] = {{{"role", "admin"}},
                           {{"replication", "database"}},
                           {{"options", "-c role=admin"}},
                           {{"options", "--session-preload-libraries=x"}},
                           {{"options", "-c standard_conforming_strings=off"}},
                           {{"options", "-c default_transaction_read_only=off"}},
                           {{"options", "-P"}},
                           {{"options", "-c"}},
                           {{"options", "-c\\ role=admin"}}};
  for (const Pairs& parameters : refused) EXPECT_FALSE(check(parameters).ok()) << parameters.front().second;
  EXPECT_FALSE(check_startup({0, {}}).ok());
}

}  // namespace
}  // namespace claw::postgres
