// What a provider, or somebody in its place, may answer: discovery documents, keys, ID tokens, answers of the
// token endpoint. Nothing that was not signed by the key in this file is ever believed.
#include <cstdint>

#include "base/clock.h"
#include "operators/oidc/claims.h"
#include "operators/oidc/client.h"

using namespace claw;

namespace {

oidc::Settings settings() {
  oidc::Settings settings;
  settings.issuer = "https://login.example";
  settings.client_id = "clawpatrol";
  settings.redirect_uri = "https://gate.example/cb";
  settings.roles = {{operators::Role::admin, {"admins"}}};
  return settings;
}

constexpr std::string_view discovery =
    R"({"issuer":"https://login.example","authorization_endpoint":"https://login.example/a",)"
    R"("token_endpoint":"https://login.example/t","jwks_uri":"https://login.example/k"})";
constexpr std::string_view keys =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(bytes), size);
  const std::string text(all.substr(1));
  static const FakeClock clock;
  oidc::Client client(settings(), clock);
  CLAW_CHECK(client.take(oidc::Document::discovery, {200, std::string(discovery)}).ok());
  CLAW_CHECK(client.take(oidc::Document::keys, {200, std::string(keys)}).ok());
  switch (bytes[0] % 5) {
    case 0: {
      const bool is_taken = client.take(oidc::Document::discovery, {200, text}).ok();
      CLAW_CHECK(!is_taken || text.find("login.example") != std::string::npos);
      break;
    }
    case 1: {
      const auto parsed = oidc::Keys::parse(text);
      CLAW_CHECK(!parsed || parsed->size() <= oidc::keys_max);
      break;
    }
    case 2: CLAW_CHECK(!client.finish({}, {200, text}).ok()); break;
    case 3: CLAW_CHECK(!oidc::Keys::parse(keys)->verify(text).ok()); break;
    case 4: {
      const auto claims = json::parse(text);
      if (!claims) break;
      const oidc::Expected expected{"https://login.example", "clawpatrol", "nonce", 1'800'000'000};
      if (oidc::check_claims(*claims, expected).ok()) CLAW_CHECK(claims->text_or("nonce", "") == "nonce");
      const std::string name = oidc::name_in(*claims);
      CLAW_CHECK(name.empty() || operators::is_name(name));
      break;
    }
    default: break;
  }
  return 0;
}
