#include "vault/vault.h"

#include <fmt/format.h>

#include "base/text.h"
#include "vault/kind.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

// NUL cannot be in a name that came from a config: no two slots share a key.
std::string key_of(const Slot& slot) { return slot.name + '\0' + slot.slot; }

// One credential's secrets by slot; the first slot may be given under the bare name.
class OfCredential final : public Secrets {
 public:
  OfCredential(Vault& vault, const Credential& credential) : vault_(vault), credential_(credential) {}

  Result<Secret> get(std::string_view slot) override {
    Result<Secret> found = vault_.secret(credential_.name, slot);
    const Kind* kind = kind_named(credential_.kind);
    const bool is_first = kind != nullptr && !kind->slots.empty() && kind->slots.front() == slot;
    if (found || found.error().code != Code::not_found || !is_first) return found;
    Result<Secret> bare = vault_.secret(credential_.name);
    return bare || bare.error().code != Code::not_found ? std::move(bare) : std::move(found);
  }

  Result<std::optional<Secret>> find(std::string_view slot) override {
    Result<Secret> found = get(slot);
    if (found) return std::optional<Secret>(std::move(*found));
    if (found.error().code == Code::not_found) return std::optional<Secret>();
    return std::move(found).error();
  }

 private:
  Vault& vault_;
  const Credential& credential_;
};

Error unsupported(std::string_view kind) {
  return {Code::unsupported, "credentials of kind " + quoted(kind) + " are not supported here", {}};
}

bool has_pem(const Secret& secret, std::string_view what) {
  const std::string_view text = secret.reveal();
  return text.find("-----BEGIN ") != std::string_view::npos && text.find(what) != std::string_view::npos;
}

}  // namespace

Vault::Vault(const Clock& clock, std::vector<std::unique_ptr<Source>> sources)
    : clock_(clock), sources_(std::move(sources)) {}

Vault::~Vault() = default;

Result<Secret> Vault::secret(std::string_view name, std::string_view slot_name) {
  const Slot slot{std::string(name), std::string(slot_name)};
  const std::lock_guard lock(mutex_);
  const std::uint64_t now_version = version();
  const std::int64_t now_us = clock_.monotonic_us();
  const std::string key = key_of(slot);
  const auto found = leases_.find(key);
  if (found != leases_.end() && found->second.version == now_version &&
      now_us - found->second.read_us < lease_us_max) {
    return found->second.secret.clone();
  }
  leases_.erase(key);  // Whatever happens next, the old secret is not used again.
  CLAW_TRY(Secret secret, read(slot));
  Secret given = secret.clone();
  leases_[key] = {std::move(secret), now_us, now_version};
  return given;
}

Result<std::shared_ptr<const action::Login>> Vault::login(const Credential& credential) {
  const Kind* kind = kind_named(credential.kind);
  if (kind == nullptr || maker_named(credential.kind) != nullptr) return unsupported(credential.kind);
  CLAW_TRY(Secret password, OfCredential(*this, credential).get(kind->slots.front()));
  auto login = std::make_shared<action::Login>();
  login->credential = credential.name;
  login->user = credential.user;
  login->database = credential.database;
  login->password = std::move(password);
  return std::shared_ptr<const action::Login>(std::move(login));
}

bool Vault::needs_body(const Credential& credential, const Request& request) {
  const Maker* maker = maker_named(credential.kind);
  return maker != nullptr && maker->needs_body != nullptr && maker->needs_body(credential, request);
}

Sight Vault::sight(const Credential& credential) {
  const Maker* maker = maker_named(credential.kind);
  return maker != nullptr && maker->sight != nullptr ? maker->sight(credential) : Sight::target;
}

Result<Injection> Vault::inject(const Credential& credential, const Request& request) {
  const Maker* maker = maker_named(credential.kind);
  if (maker == nullptr) return unsupported(credential.kind);
  OfCredential secrets(*this, credential);
  Result<Injection> made = maker->lend({credential, request, secrets, grants_, clock_});
  if (!made) return Error{made.error().code, quoted(credential.name) + ": " + made.error().what, {}};
  return made;
}

Status Vault::exchanged(const Exchange& exchange, int status, std::string_view body) {
  CLAW_TRY(const State state, parse_state(exchange.state));
  const Maker* maker = maker_named(state.kind);
  if (maker == nullptr || maker->read == nullptr) return unsupported(state.kind);
  const std::int64_t now_us = clock_.monotonic_us();
  Result<Grant> grant = status >= 200 && status < 300 ? maker->read(body, clock_.wall_us())
                                                      : Result<Grant>(refusal_of(status, body));
  if (!grant) {
    Error why{grant.error().code == Code::invalid ? Code::unavailable : grant.error().code,
              grant.error().what,
              {}};
    // RFC 6749 §5.2: the refresh token has expired, or somebody took it back.
    const bool is_over = state.kind == "mcp_oauth" && why.what.ends_with("invalid_grant");
    if (is_over) why.what += "; somebody has to log in again: `clawpatrol credentials connect`";
    grants_.refuse(exchange.entry, state.origin, why, now_us);
    return why;
  }
  const Secret renewed = grant->renewed.clone();
  grants_.keep(exchange.entry, state.origin, std::move(*grant), now_us);
  if (!renewed.empty()) keep_renewed(exchange.credential, state.origin, renewed);
  return Done{};
}

bool Vault::distrust(const Credential& credential) {
  return grants_.distrust(credential.name, clock_.monotonic_us());
}

// A person may have put another in meanwhile: theirs stays.
void Vault::keep_renewed(const std::string& credential, const Origin& origin, const Secret& renewed) {
  const Slot slot{credential, "refresh_token"};
  forget(slot);
  const Result<Secret> source = secret(slot.name, slot.slot);
  const bool is_ours = source && seed_of(source->reveal()) == origin.seed;
  if (!is_ours || renewed.equals(source->reveal())) return;
  const Status kept = keep_ ? keep_(slot, renewed) : Status(invalid("there is no sealed store"));
  forget(slot);
  const std::lock_guard lock(mutex_);
  if (kept || !warned_.insert(credential).second) return;
  warnings_.push_back(fmt::format(
      "{}: the renewed refresh token is only in memory ({}); after a restart, connect this credential again",
      quoted(credential), kept.error().what));
}

std::vector<std::string> Vault::take_warnings() {
  const std::lock_guard lock(mutex_);
  return std::exchange(warnings_, {});
}

Result<std::optional<Vault::ClientCertificate>> Vault::client_certificate(const Credential& credential) {
  if (credential.kind != "mtls_credential") return std::optional<ClientCertificate>();
  OfCredential secrets(*this, credential);
  CLAW_TRY(const Secret certificate, secrets.get("cert"));
  CLAW_TRY(Secret key, secrets.get("key"));
  CLAW_TRY(const std::optional<Secret> roots, secrets.find("ca"));
  if (!has_pem(certificate, "CERTIFICATE-----") || !has_pem(key, "PRIVATE KEY-----") ||
      (roots && !has_pem(*roots, "CERTIFICATE-----"))) {
    return invalid(quoted(credential.name) +
                   ": `cert` and `ca` are certificates and `key` a private key, in PEM");
  }
  ClientCertificate out;
  out.certificate = std::string(certificate.reveal());
  out.key = std::move(key);
  if (roots) out.roots = std::string(roots->reveal());
  return std::optional(std::move(out));
}

void Vault::forget() {
  grants_.forget();
  const std::lock_guard lock(mutex_);
  leases_.clear();
}

void Vault::forget(const Slot& slot) {
  const std::lock_guard lock(mutex_);
  leases_.erase(key_of(slot));
}

Result<Secret> Vault::read(const Slot& slot) {
  for (const std::unique_ptr<Source>& source : sources_) {
    Result<std::optional<Secret>> found = source->find(slot);
    if (!found) {
      return Error{
          Code::unavailable,
          fmt::format("secret {} from the {}: {}", quoted(slot.name), source->name(), found.error().text()),
          {}};
    }
    if (*found && !(*found)->empty()) return std::move(**found);
  }
  return Error{Code::not_found,
               fmt::format("no secret for {}: set {} or `clawpatrol credentials set CONFIG {}`",
                           quoted(slot.name), environment_name(slot), printable(slot.name, 100)),
               {}};
}

std::uint64_t Vault::version() const {
  std::uint64_t sum = 0;
  for (const std::unique_ptr<Source>& source : sources_) sum += source->version();
  return sum;
}

}  // namespace claw::vault
