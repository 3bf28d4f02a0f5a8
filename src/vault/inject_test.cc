// The vault as the gateway uses it for HTTP: inject(), exchanged(), client_certificate(), with real sources.
#include <gtest/gtest.h>

#include "vault/kinds/support_test.h"
#include "vault/vault.h"

namespace claw::vault {

namespace {

struct Variables {
  std::map<std::string, std::string> all;
  FakeClock clock;
  struct NoFiles final : SecretFiles {
    Result<std::optional<Secret>> read(const std::string&) override { return std::optional<Secret>(); }
  };

  std::unique_ptr<Vault> vault() {
    std::vector<std::unique_ptr<Source>> sources;
    sources.push_back(environment_source(
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = all.find(name);
          return found == all.end() ? std::nullopt : std::optional(found->second);
        },
        std::make_shared<NoFiles>()));
    return std::make_unique<Vault>(clock, std::move(sources));
  }
};

const Request& any_request() {
  static const Request request{"GET", "api.example.com", "/", {}, {}};
  return request;
}

Credential oauth() {
  return {"oauth2", "svc", "", "", {{"token_url", "https://id.example.com/t"}, {"client_id", "c"}}};
}

std::string said(Vault& vault, const Credential& credential) {
  const Result<Injection> made = vault.inject(credential, any_request());
  if (!made) return "error: " + made.error().text();
  if (const auto* exchange = std::get_if<Exchange>(&*made)) return text_of(*exchange);
  return text_of(*std::get<0>(*made));
}

Exchange asked(Vault& vault, const Credential& credential) {
  return std::move(std::get<Exchange>(vault.inject(credential, any_request()).value()));
}

}  // namespace

TEST(inject, the_first_slot_may_be_under_the_bare_name) {
  Variables variables;
  const auto vault = variables.vault();
  const Credential credential{"bearer_token", "api", "", ""};
  EXPECT_NE(said(*vault, credential).find("CLAWPATROL_SECRET_API"), std::string::npos);
  variables.all["CLAWPATROL_SECRET_API"] = "bare";
  EXPECT_EQ(said(*vault, credential), "header Authorization=Bearer bare");
  variables.all["CLAWPATROL_SECRET_API_TOKEN"] = "slot";
  vault->forget();
  EXPECT_EQ(said(*vault, credential), "header Authorization=Bearer slot");
  EXPECT_EQ(vault->login(credential).error().code, Code::unsupported);
  EXPECT_EQ(vault->inject({"postgres_credential", "api", "", ""}, any_request()).error().code,
            Code::unsupported);
}

TEST(inject, an_exchange_is_asked_answered_and_used) {
  Variables variables;
  variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = "r1";
  const auto vault = variables.vault();
  const Exchange exchange = asked(*vault, oauth());
  ASSERT_TRUE(vault->exchanged(exchange, 200, R"({"access_token":"a1"})").ok());
  EXPECT_EQ(said(*vault, oauth()), "header Authorization=Bearer a1");
  vault->forget();
  EXPECT_TRUE(said(*vault, oauth()).starts_with("POST "));
}

TEST(inject, a_refusal_refuses_and_is_not_asked_again_at_once) {
  Variables variables;
  variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = "r1";
  const auto vault = variables.vault();
  const Exchange exchange = asked(*vault, oauth());
  EXPECT_EQ(vault->exchanged(exchange, 400, R"({"error":"invalid_grant"})").error().code, Code::denied);
  EXPECT_EQ(said(*vault, oauth()), "error: `svc`: the token endpoint answered 400, invalid_grant");
  variables.clock.advance_us(refusal_us);
  EXPECT_TRUE(said(*vault, oauth()).starts_with("POST "));
  for (const char* body : {"", "PLANTED", "{}", R"({"access_token":"PLANTED","token_type":"mac"})"}) {
    const Status status = vault->exchanged(exchange, 200, body);
    EXPECT_EQ(status.error().code, Code::unavailable);
    EXPECT_EQ(status.error().text().find("PLANTED"), std::string::npos);
  }
  Exchange forged = asked(*vault, {"oauth2", "svc", "", "", {{"token_url", "https://id.example.com/u"}}});
  forged.state = "bearer_token a b";
  EXPECT_FALSE(vault->exchanged(forged, 200, R"({"access_token":"x"})").ok());
  forged.state = "nonsense";
  EXPECT_FALSE(vault->exchanged(forged, 200, R"({"access_token":"x"})").ok());
}

TEST(inject, a_renewed_refresh_token_is_kept_where_the_gateway_says) {
  Variables variables;
  variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = "r1";
  const auto vault = variables.vault();
  std::vector<std::string> kept;
  vault->keep_with([&](const Slot& slot, const Secret& secret) {
    kept.push_back(slot.name + "." + slot.slot + "=" + std::string(secret.reveal()));
    variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = std::string(secret.reveal());
    return Status(Done{});
  });
  ASSERT_TRUE(
      vault->exchanged(asked(*vault, oauth()), 200, R"({"access_token":"a1","refresh_token":"r2"})").ok());
  EXPECT_EQ(kept, std::vector<std::string>{"svc.refresh_token=r2"});
  EXPECT_EQ(said(*vault, oauth()), "header Authorization=Bearer a1");
  EXPECT_TRUE(vault->take_warnings().empty());
}

TEST(inject, a_refresh_token_a_person_changed_meanwhile_is_not_overwritten) {
  Variables variables;
  variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = "r1";
  const auto vault = variables.vault();
  int kept = 0;
  vault->keep_with([&](const Slot&, const Secret&) { return ++kept, Status(Done{}); });
  const Exchange exchange = asked(*vault, oauth());
  variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = "by-hand";
  ASSERT_TRUE(vault->exchanged(exchange, 200, R"({"access_token":"a1","refresh_token":"r2"})").ok());
  EXPECT_EQ(kept, 0);
  EXPECT_NE(said(*vault, oauth()).find("refresh_token=by-hand"), std::string::npos);
}

TEST(inject, without_a_place_to_keep_it_a_renewed_token_lives_in_memory_and_this_is_said_once) {
  Variables variables;
  variables.all["CLAWPATROL_SECRET_SVC_REFRESH_TOKEN"] = "r1";
  const auto vault = variables.vault();
  for (const char* next : {"r2", "r3"}) {
    const std::string body = R"({"access_token":"a","refresh_token":")" + std::string(next) + "\"}";
    ASSERT_TRUE(vault->exchanged(asked(*vault, oauth()), 200, body).ok());
    vault->forget();
    EXPECT_NE(said(*vault, oauth()).find(std::string("refresh_token=") + next), std::string::npos);
  }
  const std::vector<std::string> warnings = vault->take_warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].find("r2"), std::string::npos);
  EXPECT_TRUE(vault->take_warnings().empty());
}

TEST(inject, a_body_is_needed_only_by_kinds_that_hash_it) {
  EXPECT_FALSE(Vault::needs_body({"bearer_token", "x", "", ""}, any_request()));
  EXPECT_FALSE(Vault::needs_body({"unknown", "x", "", ""}, any_request()));
  EXPECT_TRUE(
      Vault::needs_body({"aws_credential", "x", "", "", {{"region", "a"}, {"service", "b"}}}, any_request()));
}

TEST(inject, a_client_certificate_is_pem_or_nothing) {
  Variables variables;
  const auto vault = variables.vault();
  const Credential credential{"mtls_credential", "m", "", ""};
  EXPECT_FALSE(vault->client_certificate({"bearer_token", "m", "", ""}).value().has_value());
  EXPECT_EQ(vault->client_certificate(credential).error().code, Code::not_found);
  variables.all["CLAWPATROL_SECRET_M_CERT"] = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----";
  variables.all["CLAWPATROL_SECRET_M"] = "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----";
  const auto certificate = vault->client_certificate(credential);
  ASSERT_TRUE(certificate.ok());
  EXPECT_TRUE((*certificate)->roots.empty());
  variables.all["CLAWPATROL_SECRET_M_CA"] = "PLANTED";
  vault->forget();
  EXPECT_EQ(vault->client_certificate(credential).error().text().find("PLANTED"), std::string::npos);
  std::swap(variables.all["CLAWPATROL_SECRET_M_CERT"], variables.all["CLAWPATROL_SECRET_M"]);
  variables.all.erase("CLAWPATROL_SECRET_M_CA");
  vault->forget();
  EXPECT_FALSE(vault->client_certificate(credential).ok());
}

}  // namespace claw::vault
