// Gives out secrets: the only way from a credential's name to its bytes. gateway/ asks for a login when a
// protocol leases one; the config asks nothing but the kinds (kind.h). It keeps what it read for a short
// lease, so that a busy endpoint does not read a file per connection and a changed secret is soon seen.
// It does not know which credential an agent may use: that is the config's and the guard's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "action/lease.h"
#include "base/clock.h"
#include "base/result.h"
#include "vault/credential.h"
#include "vault/kinds/grants.h"
#include "vault/request.h"
#include "vault/source.h"

namespace claw::vault {

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

  // What changes this request so that it carries the credential, or the question to a token endpoint that has
  // to be answered first. Code::not_found as secret(); Code::invalid when this credential cannot serve this
  // request (a host it is not for, a signature that cannot be made). Any thread.
  static bool needs_body(const Credential& credential, const Request& request);
  static Sight sight(const Credential& credential);
  Result<Injection> inject(const Credential& credential, const Request& request);
  // What the token endpoint answered: keeps the token until shortly before it expires. Then inject() again.
  // Code::denied or Code::unavailable when it gave none; inject() then says the same for a while.
  Status exchanged(const Exchange& exchange, int status, std::string_view body);
  // What was put in was refused, with 401: true where inject() will now have another to try. Any thread.
  bool distrust(const Credential& credential);
  // Where a refresh token that took the place of another is kept, so that it outlives this process. Set
  // before the first inject(). Without one, or when it fails, the token is kept in memory, see warnings().
  using Keep = std::function<Status(const Slot& slot, const Secret& secret)>;
  void keep_with(Keep keep) { keep_ = std::move(keep); }
  // For the operator's log, each once; never a secret.
  std::vector<std::string> take_warnings();

  // The certificate and key an mtls_credential shows, PEM; nothing for other kinds.
  struct ClientCertificate {
    std::string certificate;
    Secret key;
    std::string roots;  // Its own authorities, PEM; may be empty.
  };
  Result<std::optional<ClientCertificate>> client_certificate(const Credential& credential);

  void forget();  // Drops every cached secret and token.

 private:
  struct Lease {
    Secret secret;
    std::int64_t read_us = 0;
    std::uint64_t version = 0;
  };
  Result<Secret> read(const Slot& slot);
  std::uint64_t version() const;
  void forget(const Slot& slot);
  void keep_renewed(const std::string& credential, const Origin& origin, const Secret& renewed);

  const Clock& clock_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::mutex mutex_;
  std::map<std::string, Lease, std::less<>> leases_;
  Grants grants_;
  Keep keep_;
  std::vector<std::string> warnings_;  // Under the mutex too.
  std::set<std::string> warned_;       // Credentials that were warned of.
};

}  // namespace claw::vault
