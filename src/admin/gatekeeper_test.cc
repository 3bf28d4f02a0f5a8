#include "admin/gatekeeper.h"

#include <gtest/gtest.h>

#include "admin/routes/records.h"
#include "admin/routes/signing.h"
#include "audit/memory.h"

namespace claw::admin {

namespace {

using operators::Role;

class MemoryKeeper final : public operators::Keeper {
 public:
  Result<std::optional<Secret>> read() override {
    if (text_.empty()) return std::optional<Secret>();
    return std::optional<Secret>(text_.clone());
  }
  Status replace(const Secret& text) override {
    text_ = text.clone();
    return Done{};
  }

 private:
  Secret text_;
};

constexpr std::string_view password = "correct horse battery staple";
const operators::From here{"192.0.2.1"};

struct World {
  World()
      : people(operators::Directory::open(std::make_shared<MemoryKeeper>(), clock,
                                          {"https://gate.example:9443", operators::session_idle_us,
                                           operators::session_max_us, {1, std::size_t{8} << 20}},
                                          [](const operators::Event&) -> Status { return Done{}; })
                   .value()),
        sources{clock, registry, questions, sink, *people, records} {
    sources.public_url = "https://gate.example:9443";
    keeper = std::make_unique<Gatekeeper>(sources);
  }

  // Signed in, as a browser that sends what browsers send.
  http::Request signed_in(const std::string& name, Role role, std::string_view method = "GET") {
    if (!people->has_admin()) {
      const Secret link = std::move(*people->first_link());
      CLAW_CHECK(
          people->accept(link.reveal(), "root", Secret(std::string(password)), here).session.has_value());
    }
    if (!people->person(name)) {
      const Secret invite = people->invite("root", {name, role, {}}).value();
      CLAW_CHECK(
          people->accept(invite.reveal(), name, Secret(std::string(password)), here).session.has_value());
    }
    const auto in = people->password(name, Secret(std::string(password)), here);
    CLAW_CHECK(in.session.has_value());
    http::Request head;
    head.method = method;
    head.authority = "gate.example:9443";
    head.path = "/api/v1/status";
    head.fields.add("Cookie", "theme=dark; claw_session=" + std::string(in.cookie.reveal()));
    if (method != "GET") {
      head.fields.add("Origin", "https://gate.example:9443");
      head.fields.add("X-CSRF-Token", in.session->csrf);
    }
    return head;
  }

  std::string refused(const RouteRow& route, const http::Request& head) {
    const auto answer = keeper->refuse(route, head, caller, keeper->identify(head, caller));
    return answer ? json::parse(answer->body)->text_or("code", "") : "";
  }

  FakeClock clock;
  metrics::Registry registry;
  approval::Queue questions;
  audit::MemorySink sink;
  Records records{"/nonexistent/index", "/nonexistent", ""};
  std::unique_ptr<operators::Directory> people;
  Sources sources;
  std::unique_ptr<Gatekeeper> keeper;
  Caller caller{Way::network, false, {}, "192.0.2.1", true};
};

const RouteRow& route(std::string_view method, std::string_view path) {
  for (const RouteRow& row : route_table()) {
    if (row.method == method && row.path == path) return row;
  }
  CLAW_CHECK(false);
}

}  // namespace

TEST(gatekeeper, serves_nothing_before_there_is_an_admin_but_becoming_one) {
  World world;
  http::Request head;
  head.method = "GET";
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), head), "first_start");
  EXPECT_EQ(world.refused(route("GET", "/openapi.yaml"), head), "first_start");
  EXPECT_EQ(world.refused(route("GET", "/api/v1/session"), head), "");
  world.caller.way = Way::socket;
  world.caller.is_operator = true;
  world.caller.user = "root";
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), head), "");
}

TEST(gatekeeper, every_role_may_do_what_its_rank_is_and_no_more) {
  World world;
  const std::pair<std::string, Role> people[] = {
      {"v", Role::viewer}, {"a", Role::approver}, {"o", Role::operator_}};
  const std::pair<const RouteRow*, Role> needs[] = {
      {&route("GET", "/api/v1/actions"), Role::viewer},
      {&route("POST", "/api/v1/approvals/{id}/allow"), Role::approver},
      {&route("POST", "/api/v1/reload"), Role::operator_},
      {&route("PATCH", "/api/v1/people/{name}"), Role::admin}};
  for (const auto& [name, role] : people) {
    for (const auto& [row, least] : needs) {
      const http::Request head = world.signed_in(name, role, row->method);
      EXPECT_EQ(world.refused(*row, head), role >= least ? "" : "denied") << name << " " << row->path;
    }
  }
}

TEST(gatekeeper, an_unsafe_request_must_be_our_own_pages) {
  World world;
  const RouteRow& reload = route("POST", "/api/v1/reload");
  const http::Request good = world.signed_in("o", Role::operator_, "POST");
  EXPECT_EQ(world.refused(reload, good), "");
  const auto changed = [&](std::string_view name, std::string_view value) {
    http::Request head = good;
    head.fields.remove(name);
    if (!value.empty()) head.fields.add(name, value);
    return world.refused(reload, head);
  };
  EXPECT_EQ(changed("Origin", ""), "csrf");
  EXPECT_EQ(changed("Origin", "https://evil.example"), "csrf");
  EXPECT_EQ(changed("Origin", "http://gate.example:9443"), "csrf");
  EXPECT_EQ(changed("Origin", "https://gate.example:9443.evil.example"), "csrf");
  EXPECT_EQ(changed("Origin", "null"), "csrf");
  EXPECT_EQ(changed("X-CSRF-Token", ""), "csrf");
  EXPECT_EQ(changed("X-CSRF-Token", "0000"), "csrf");
  EXPECT_EQ(changed("Sec-Fetch-Site", "cross-site"), "csrf");
  EXPECT_EQ(changed("Sec-Fetch-Site", "same-site"), "csrf") << "a neighbour under the same domain is not us";
  EXPECT_EQ(changed("Sec-Fetch-Site", "same-origin"), "");
  http::Request twice = good;
  twice.fields.add("Origin", "https://gate.example:9443");
  EXPECT_EQ(world.refused(reload, twice), "csrf");
}

TEST(gatekeeper, another_cookie_of_the_same_name_is_no_session) {
  World world;
  http::Request head = world.signed_in("v", Role::viewer);
  head.fields.add("Cookie", "claw_session=planted");
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), head), "anonymous");
}

TEST(gatekeeper, a_token_is_worth_its_scopes_and_no_persons_things) {
  World world;
  (void)world.signed_in("o", Role::operator_);
  const auto made =
      world.people->token_make("o", {"ci", {operators::Scope::read, operators::Scope::operate}, 0});
  ASSERT_TRUE(made.ok()) << made.error().text();
  const auto with = [&](std::string_view method, const std::string& token) {
    http::Request head;
    head.method = method;
    head.authority = "gate.example:9443";
    head.fields.add("Authorization", "Bearer " + token);
    return head;
  };
  const std::string token(made->token.reveal());
  EXPECT_EQ(world.refused(route("POST", "/api/v1/reload"), with("POST", token)), "");
  EXPECT_EQ(world.refused(route("POST", "/api/v1/approvals/{id}/allow"), with("POST", token)), "denied");
  EXPECT_EQ(world.refused(route("POST", "/api/v1/breakglass"), with("POST", token)), "denied");
  EXPECT_EQ(world.refused(route("POST", "/api/v1/me/totp"), with("POST", token)), "denied");
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), with("GET", token + "x")), "anonymous");
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), with("GET", "clawp_agent")), "anonymous");
}

TEST(gatekeeper, breaking_glass_wants_a_fresh_second_factor) {
  World world;
  const http::Request head = world.signed_in("o", Role::operator_, "POST");
  EXPECT_EQ(world.refused(route("POST", "/api/v1/breakglass"), head), "second_factor");
}

TEST(gatekeeper, the_metrics_address_decides_nothing) {
  World world;
  world.caller.way = Way::metrics;
  http::Request head;
  head.method = "GET";
  EXPECT_EQ(world.refused(route("GET", "/metrics"), head), "");
  EXPECT_EQ(world.refused(route("GET", "/api/v1/approvals"), head), "denied");
  EXPECT_EQ(world.refused(route("GET", "/api/v1/session"), head), "denied");
}

TEST(gatekeeper, a_stranger_at_the_socket_is_nobody) {
  World world;
  world.caller.way = Way::socket;
  world.caller.user = "mallory";
  http::Request head;
  head.method = "GET";
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), head), "denied");
}

TEST(gatekeeper, knows_its_own_names) {
  World world;
  for (const std::string_view ours : {"gate.example:9443", "GATE.example", "localhost:9443", "127.0.0.1:9443",
                                      "[::1]:9443"}) {
    EXPECT_TRUE(world.keeper->knows_host(world.caller, ours)) << ours;
  }
  for (const std::string_view other :
       {"evil.example:9443", "gate.example.evil.example", "", "localhost.evil"}) {
    EXPECT_FALSE(world.keeper->knows_host(world.caller, other)) << other;
  }
}

TEST(gatekeeper, a_flood_is_told_to_wait_and_the_others_are_not) {
  World world;
  const http::Request head = world.signed_in("v", Role::viewer);
  http::Request stranger;
  stranger.method = "GET";
  int limited = 0;
  for (int i = 0; i < 500; ++i) limited += world.refused(route("GET", "/api/v1/status"), stranger) == "limit";
  EXPECT_GT(limited, 200);
  EXPECT_EQ(world.refused(route("GET", "/api/v1/status"), head), "");
}

TEST(signing, a_cookie_is_for_us_alone) {
  World world;
  const http::Request head;
  const Call call{head, {}, {}, {}, {}, world.caller, {}};
  Answer answer;
  set_cookie(answer, call, world.sources, session_cookie, "abc");
  EXPECT_EQ(answer.fields.find("Set-Cookie"), "claw_session=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
}

}  // namespace claw::admin
