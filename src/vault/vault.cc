#include "vault/vault.h"

#include <fmt/format.h>

#include "base/text.h"
#include "vault/kind.h"

namespace claw::vault {

namespace {

// NUL cannot be in a name that came from a config: no two slots share a key.
std::string key_of(const Slot& slot) { return slot.name + '\0' + slot.slot; }

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
  if (kind == nullptr) {
    return Error{
        Code::unsupported, "credentials of kind " + quoted(credential.kind) + " are not supported yet", {}};
  }
  Result<Secret> password = secret(credential.name, kind->slots.front());
  if (!password && password.error().code == Code::not_found) password = secret(credential.name);
  if (!password) return std::move(password).error();
  auto login = std::make_shared<action::Login>();
  login->credential = credential.name;
  login->user = credential.user;
  login->database = credential.database;
  login->password = std::move(*password);
  return std::shared_ptr<const action::Login>(std::move(login));
}

void Vault::forget() {
  const std::lock_guard lock(mutex_);
  leases_.clear();
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
