// The kinds that put one secret in one place: bearer_token, basic_auth, header_token, cookie_token; and the
// two that put nothing into a request.
#include "base/crypto.h"
#include "base/text.h"
#include "base/writer.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/kinds.h"

namespace claw::vault {

namespace {

constexpr std::string_view idempotency_header = "Idempotency-Key";

// RFC 9110 §9.2.1: these ask for nothing that could happen twice.
bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

bool wants_idempotency_key(const Credential& credential, const Request& request) {
  return credential.setting("idempotency_key") == "true" && !is_safe(request.method) &&
         !header_of(request, idempotency_header);
}

// The same for the same request, different as soon as anything in it differs.
std::string idempotency_key_of(const Request& request) {
  std::string text;
  Writer w(text);
  for (const std::string_view piece : {request.method, request.host, request.path}) {
    w.u32(static_cast<std::uint32_t>(piece.size()));
    w.bytes(piece);
  }
  w.bytes(crypto::view(crypto::sha256(*request.body)));
  return "clawpatrol-" + to_hex(crypto::view(crypto::sha256(text)).substr(0, 16));
}

}  // namespace

Sight bearer_sight(const Credential& credential) {
  return credential.setting("idempotency_key") == "true" ? Sight::fields : Sight::nothing;
}

bool bearer_needs_body(const Credential& credential, const Request& request) {
  return wants_idempotency_key(credential, request);
}

Result<Injection> lend_bearer(const Job& job) {
  CLAW_TRY(const Secret token, job.secrets.get("token"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", token));
  if (wants_idempotency_key(job.credential, job.request)) {
    if (!job.request.body) return invalid("an idempotency key needs the body");
    draft.plain_header(idempotency_header, idempotency_key_of(job.request));
  }
  return std::move(draft).finish();
}

Result<Injection> lend_basic(const Job& job) {
  CLAW_TRY(const Secret password, job.secrets.get("password"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.basic(job.credential.setting("username", job.credential.user), password));
  return std::move(draft).finish();
}

Result<Injection> lend_header(const Job& job) {
  const std::string_view name = job.credential.setting("header");
  if (!is_header_name(name)) return invalid("no header for a secret: " + quoted(name));
  CLAW_TRY(const Secret token, job.secrets.get("token"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.header(name, job.credential.setting("prefix"), token));
  return std::move(draft).finish();
}

Result<Injection> lend_cookie(const Job& job) {
  const std::string_view name = job.credential.setting("cookie_name", "session");
  if (!is_header_name(name)) return invalid("no name for a cookie: " + quoted(name));
  CLAW_TRY(const Secret token, job.secrets.get("token"));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.cookie(name, token));
  return std::move(draft).finish();
}

// A cluster that is shown a certificate is shown nothing else: what an agent says it is does not count.
Result<Injection> lend_nothing(const Job& job) {
  Draft draft(job.credential);
  if (job.credential.kind == "mtls_credential" && job.request.cluster) draft.drop_header("Authorization");
  return std::move(draft).finish();
}

}  // namespace claw::vault
