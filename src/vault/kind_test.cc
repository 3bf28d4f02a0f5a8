#include "vault/kind.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "vault/kinds/support_test.h"

namespace claw::vault {

// Whatever the kind: no secret, no request; and a secret with a line end in it is not sent, nor told.
TEST(kind, without_a_sound_secret_every_kind_refuses) {
  for (const Kind& kind : kinds()) {
    const Maker* maker = maker_named(kind.name);
    if (maker == nullptr || kind.slots.empty() || kind.name == "mtls_credential") continue;
    Bench bench(std::string(kind.name), {{"header", "X-T"}, {"cookie_name", "sid"}, {"region", "eu-west-1"},
                                         {"service", "ec2"}, {"app_id", "1"}, {"installation_id", "2"}});
    bench.path = "/botPH/getMe";
    bench.body = "";
    EXPECT_TRUE(bench.said().starts_with("error: ")) << kind.name;
    for (const std::string evil : {"PLANTED\r\nHost: evil", "PLANTED\nx", "PLANTED\x01"}) {
      bench.secrets.slots.clear();
      for (const std::string_view slot : kind.slots) {
        if (slot != "refresh_token" && slot != "client_secret") bench.secrets.slots[std::string(slot)] = evil;
      }
      const std::string said = bench.said();
      EXPECT_TRUE(said.starts_with("error: ")) << kind.name << ": " << said;
      EXPECT_EQ(said.find("PLANTED"), std::string::npos) << kind.name << ": " << said;
    }
  }
}

// But for what goes into no agent's request: a login, and what the gateway itself tells people with.
TEST(kind, both_tables_name_the_same_kinds) {
  constexpr std::string_view not_for_requests[] = {"postgres_credential", "pagerduty_routing_key",
                                                   "smtp_login", "teams_webhook", "webhook_secret"};
  for (const Kind& kind : kinds()) {
    const bool is_not = std::ranges::find(not_for_requests, kind.name) != std::end(not_for_requests);
    EXPECT_EQ(maker_named(kind.name) == nullptr, is_not) << kind.name;
  }
  EXPECT_EQ(maker_named("oracle"), nullptr);
}

}  // namespace claw::vault
