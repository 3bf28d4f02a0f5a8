// Gives out secrets: the only way from a credential's name to its bytes. gateway/ asks for a login when a
// protocol leases one; the config asks nothing but the kinds (kind.h). It keeps what it read for a short
// lease, so that a busy endpoint does not read a file per connection and a changed secret is soon seen.
// It does not know which credential an agent may use: that is the config's and the guard's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "action/lease.h"
#include "base/clock.h"
#include "base/result.h"
#include "vault/source.h"

namespace claw::vault {

// A credential as the config declares it.
struct Credential {
  std::string kind;      // `postgres_credential`
  std::string name;      // Bare: `prod_db`
  std::string user;      // Empty: as the agent said.
  std::string database;  // Empty: as the agent said.
};

// Read again after this long even if no source reported a change: a mounted file can change unseen.
constexpr std::int64_t lease_us_max = 10'000'000;

class Vault {
 public:
  Vault(const Clock& clock, std::vector<std::unique_ptr<Source>> sources);
  ~Vault();

  // May be called from any thread. Errors: Code::not_found names where it was looked for, Code::unavailable
  // when a source failed; never with a secret in it.
  Result<Secret> secret(std::string_view name, std::string_view slot = {});
  Result<std::shared_ptr<const action::Login>> login(const Credential& credential);

  void forget();  // Drops every cached secret.

 private:
  struct Lease {
    Secret secret;
    std::int64_t read_us = 0;
    std::uint64_t version = 0;
  };
  Result<Secret> read(const Slot& slot);
  std::uint64_t version() const;

  const Clock& clock_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::mutex mutex_;
  std::map<std::string, Lease, std::less<>> leases_;
};

}  // namespace claw::vault
