#include "admin/table.h"

#include <gtest/gtest.h>

#include <map>

#include "admin/openapi.h"
#include "base/text.h"

namespace claw::admin {

namespace {

struct Said {
  std::string role;
  bool person = false;
  bool no_token = false;
  bool fresh = false;
  bool operator==(const Said&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Said& said) {
  return out << said.role << (said.person ? " person" : "") << (said.no_token ? " no-token" : "")
             << (said.fresh ? " fresh" : "");
}

// Paths stand two spaces in, methods four; what is said of a method follows it, or stands in its line.
std::map<std::string, Said> of_document() {
  std::map<std::string, Said> routes;
  std::string path;
  Said* said = nullptr;
  for (const std::string_view line : split(openapi_text(), '\n')) {
    if (line == "components:") break;
    if (line.starts_with("  /")) path = line.substr(2, line.find(':') - 2);
    for (const std::string_view method : {"get", "post", "patch", "delete"}) {
      if (line.starts_with("    " + std::string(method) + ":")) said = &routes[upper(method) + " " + path];
    }
    if (said == nullptr) continue;
    if (const std::size_t at = line.find("x-role: "); at != std::string_view::npos) {
      const std::string_view rest = line.substr(at + 8);
      said->role = rest.substr(0, rest.find_first_of(", }"));
    }
    said->person = said->person || line.find("x-person: true") != std::string_view::npos;
    said->no_token = said->no_token || line.find("x-no-token: true") != std::string_view::npos;
    said->fresh = said->fresh || line.find("x-fresh: true") != std::string_view::npos;
  }
  return routes;
}

std::map<std::string, Said> of_table() {
  std::map<std::string, Said> routes;
  constexpr std::string_view roles[] = {"viewer", "approver", "operator", "admin"};
  for (const RouteRow& row : route_table()) {
    const std::string_view role = row.scope ? roles[static_cast<std::size_t>(*row.scope)] : "none";
    routes[std::string(row.method) + " " + std::string(row.path)] = {
        std::string(role), row.has(needs_session), row.has(no_token), row.has(needs_fresh)};
  }
  return routes;
}

}  // namespace

TEST(route_table, says_what_openapi_says_and_nothing_else) {
  const auto document = of_document();
  const auto table = of_table();
  EXPECT_GT(table.size(), 50U);
  EXPECT_EQ(document, table);
}

// Whoever adds a route that changes something must think of who may call it.
TEST(route_table, nothing_is_changed_without_a_scope_but_by_signing_in_or_with_a_signature) {
  for (const RouteRow& row : route_table()) {
    if (row.scope || row.method == "GET") continue;
    const bool signs_in = row.path.starts_with("/api/v1/session");
    EXPECT_TRUE(signs_in || row.path.starts_with("/api/v1/callbacks/")) << row.path;
  }
}

TEST(route_table, what_reads_needs_no_more_than_a_viewer_and_what_changes_more) {
  for (const RouteRow& row : route_table()) {
    if (!row.scope) continue;
    const bool own = row.path.starts_with("/api/v1/me/") || row.path.starts_with("/api/v1/tokens") ||
                     row.path.ends_with("/rule");
    // What commands printed may hold secrets.
    const auto least = row.path.ends_with("/terminal") ? operators::Scope::operate : operators::Scope::read;
    if (row.method == "GET") EXPECT_EQ(*row.scope, least) << row.path;
    else EXPECT_TRUE(own || *row.scope != operators::Scope::read) << row.path;
  }
}

}  // namespace claw::admin
