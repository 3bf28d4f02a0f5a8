// The kinds of credential that go into an HTTP request, one function each, and the table of them. A function
// is given a Job: the credential, the request, its secrets by slot and the tokens had so far. It answers with
// edits, or with the Exchange it needs first; it keeps nothing and asks nobody itself. Only vault.cc calls
// the table.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "vault/credential.h"
#include "vault/kinds/grants.h"
#include "vault/request.h"

namespace claw::vault {

class Secrets {  // Of one credential.
 public:
  virtual ~Secrets() = default;
  virtual Result<Secret> get(std::string_view slot) = 0;                  // Code::not_found: nobody has it.
  virtual Result<std::optional<Secret>> find(std::string_view slot) = 0;  // Nothing: nobody has it.
};

struct Job {
  const Credential& credential;
  const Request& request;
  Secrets& secrets;
  Grants& grants;
  const Clock& clock;

  Result<std::optional<Grant>> grant(const Origin& origin) const {
    return grants.find(credential.name, origin, clock.monotonic_us());
  }
};

using Lend = Result<Injection> (*)(const Job& job);
using ReadGrant = Result<Grant> (*)(std::string_view answer, std::int64_t now_us);
using NeedsBody = bool (*)(const Credential& credential, const Request& request);
using SightOf = Sight (*)(const Credential& credential);

struct Maker {
  std::string_view kind;
  Lend lend;
  ReadGrant read = nullptr;        // Of a token endpoint's answer; null: this kind asks none.
  NeedsBody needs_body = nullptr;  // Null: never.
  SightOf sight = nullptr;         // Null: the target.
};
const Maker* maker_named(std::string_view kind);  // Null: not a kind for HTTP.

// plain.cc
Result<Injection> lend_bearer(const Job& job);
bool bearer_needs_body(const Credential& credential, const Request& request);
Sight bearer_sight(const Credential& credential);
Result<Injection> lend_basic(const Job& job);
Result<Injection> lend_header(const Job& job);
Result<Injection> lend_cookie(const Job& job);
Result<Injection> lend_nothing(const Job& job);  // passthrough; mtls_credential, which acts below HTTP.
// models.cc
Result<Injection> lend_anthropic_key(const Job& job);
Result<Injection> lend_anthropic_subscription(const Job& job);
Result<Injection> lend_codex(const Job& job);
Result<Injection> lend_gemini(const Job& job);
// github.cc
Result<Injection> lend_github(const Job& job);
Result<Injection> lend_github_app(const Job& job);
Result<Grant> read_github_app(std::string_view answer, std::int64_t now_us);
// chat.cc
Result<Injection> lend_notion(const Job& job);
Result<Injection> lend_discord(const Job& job);
Result<Injection> lend_telegram(const Job& job);
Result<Injection> lend_slack(const Job& job);
// oauth.cc
Result<Injection> lend_oauth(const Job& job);
// google.cc
Result<Injection> lend_google(const Job& job);
// aws.cc
Result<Injection> lend_aws(const Job& job);
bool aws_needs_body(const Credential& credential, const Request& request);
Result<Grant> read_aws_role(std::string_view answer, std::int64_t now_us);

}  // namespace claw::vault
