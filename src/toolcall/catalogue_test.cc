#include "toolcall/catalogue.h"

#include <gtest/gtest.h>

#include "toolcall/built_in.h"

namespace claw::toolcall {
namespace {

struct Fixture {
  std::shared_ptr<const config::Snapshot> snapshot = std::make_shared<config::Snapshot>();
  config::Endpoint endpoint;
  int filled = 0;
  std::uint64_t edition = 1;
  bool has_http = true;
  Shelves shelves{{{[this](const Asker&, Catalogue& into) {
                      ++filled;
                      into.push_back(make_tool(postgres_query));
                    }},
                   {[this](const Asker&, Catalogue& into) {
                      if (has_http) into.push_back(make_tool(http_request));
                    },
                    [this] { return edition; }}}};

  Asker asker(std::string_view profile = "agents") const { return {snapshot, endpoint, profile}; }
};

TEST(ToolCatalogue, a_tool_is_found_by_either_name) {
  Fixture fixture;
  const Catalogue& all = fixture.shelves.catalogue(fixture.asker());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(fixture.shelves.find(fixture.asker(), "postgres.query"), all[0]);
  EXPECT_EQ(fixture.shelves.find(fixture.asker(), "http_request"), all[1]);
  EXPECT_EQ(fixture.shelves.find(fixture.asker(), "nothing"), nullptr);
}

TEST(ToolCatalogue, is_gathered_once_for_each_profile) {
  Fixture fixture;
  fixture.shelves.catalogue(fixture.asker());
  fixture.shelves.find(fixture.asker(), "http.request");
  EXPECT_EQ(fixture.filled, 1);
  fixture.shelves.catalogue(fixture.asker("others"));
  EXPECT_EQ(fixture.filled, 2);
  fixture.shelves.catalogue(fixture.asker());
  EXPECT_EQ(fixture.filled, 2);
}

TEST(ToolCatalogue, what_has_left_a_shelf_is_not_found) {
  Fixture fixture;
  ASSERT_NE(fixture.shelves.find(fixture.asker(), "http.request"), nullptr);
  fixture.has_http = false;
  ++fixture.edition;
  EXPECT_EQ(fixture.shelves.find(fixture.asker(), "http.request"), nullptr);
  EXPECT_NE(fixture.shelves.find(fixture.asker(), "postgres.query"), nullptr);
}

TEST(ToolCatalogue, another_policy_is_another_catalogue) {
  Fixture fixture;
  ASSERT_NE(fixture.shelves.find(fixture.asker(), "http.request"), nullptr);
  fixture.has_http = false;
  fixture.snapshot = std::make_shared<config::Snapshot>();
  EXPECT_EQ(fixture.shelves.find(fixture.asker(), "http.request"), nullptr);
}

}  // namespace
}  // namespace claw::toolcall
