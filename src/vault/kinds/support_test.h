// For the kinds' tests: a request that owns its parts, secrets by slot, and edits as text. Not a test itself.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

class FakeSecrets final : public Secrets {
 public:
  std::map<std::string, std::string, std::less<>> slots;
  Result<Secret> get(std::string_view slot) override {
    const auto found = slots.find(slot);
    if (found == slots.end()) return Error{Code::not_found, "no secret", {}};
    return Secret(found->second);
  }
  Result<std::optional<Secret>> find(std::string_view slot) override {
    const auto found = slots.find(slot);
    if (found == slots.end()) return std::optional<Secret>();
    return std::optional(Secret(found->second));
  }
};

// One credential in front of one kind's function.
struct Bench {
  Credential credential;
  FakeSecrets secrets;
  std::shared_ptr<Grants> shared_grants = std::make_shared<Grants>();
  Grants& grants = *shared_grants;
  FakeClock clock;
  std::string method = "POST";
  std::string host = "api.example.com";
  std::string path = "/v1/things";
  std::vector<std::pair<std::string, std::string>> fields;
  std::optional<std::string> body;
  std::optional<Cluster> cluster;
  bool may_write = false;

  explicit Bench(std::string kind, std::map<std::string, std::string> settings = {}) {
    credential.kind = std::move(kind);
    credential.name = "cred";
    credential.settings = std::move(settings);
  }

  Request request() const {
    Request out{method, host, path, fields, {}};
    out.cluster = cluster;
    out.may_write = may_write;
    if (body) out.body = *body;
    return out;
  }
  Result<Injection> lend() {
    const Request asked = request();
    return maker_named(credential.kind)->lend({credential, asked, secrets, grants, clock});
  }
  // `header Authorization=Bearer x|drop x-api-key`, or `error: …`, or `POST https://host/path body`.
  std::string said();
  std::string hidden();
  // What the token endpoint says comes back.
  Status answer(const Exchange& exchange, std::string_view text);
};

inline std::string text_of(const action::Edits& edits) {
  std::string out;
  for (const action::Edit& edit : edits.list) {
    using Kind = action::Edit::Kind;
    const char* word = "";
    switch (edit.kind) {
      case Kind::set_header: word = "header "; break;
      case Kind::drop_header: word = "drop "; break;
      case Kind::set_cookie: word = "cookie "; break;
      case Kind::set_query: word = "query "; break;
      case Kind::drop_query: word = "drop-query "; break;
      case Kind::drop_form_field: word = "drop-form "; break;
      case Kind::set_path: word = "path "; break;
      case Kind::set_text: word = "text "; break;
    }
    out.append(out.empty() ? "" : "|").append(word).append(edit.name);
    if (!edit.value.empty()) out.append("=").append(edit.value.reveal());
  }
  if (edits.unwrap_aws_chunked) out.append("|unwrap");
  return out;
}

inline std::string text_of(const Exchange& exchange) {
  std::string out = exchange.method + " https://" + exchange.host + exchange.path;
  if (!exchange.authorization.empty()) out.append(" [").append(exchange.authorization.reveal()).append("]");
  return out.append(" ").append(exchange.body.reveal());
}

inline std::string Bench::said() {
  const Result<Injection> made = lend();
  if (!made) return "error: " + made.error().what;
  if (const auto* exchange = std::get_if<Exchange>(&*made)) return text_of(*exchange);
  return text_of(*std::get<0>(*made));
}

inline std::string Bench::hidden() {
  const Result<Injection> made = lend();
  std::string out;
  if (!made || made->index() != 0) return out;
  for (const Secret& secret : std::get<0>(*made)->hidden) out.append(secret.reveal()).append("|");
  return out;
}

inline Status Bench::answer(const Exchange& exchange, std::string_view text) {
  CLAW_TRY(const State state, parse_state(exchange.state));
  CLAW_TRY(Grant grant, maker_named(state.kind)->read(text, clock.wall_us()));
  grants.keep(exchange.entry, state.origin, std::move(grant), clock.monotonic_us());
  return Done{};
}

}  // namespace claw::vault
