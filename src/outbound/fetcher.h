// Questions of the vault to token endpoints, for credentials that are lent a while and renewed: on a loop,
// where all that need the same token wait for one answer; or at once, for the command line.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "outbound/client.h"
#include "vault/vault.h"

namespace claw::outbound {

class Fetcher {
 public:
  Fetcher(io::Loop& loop, vault::Vault& vault);
  ~Fetcher();

  // `done` comes later, on the loop's thread: the vault has been told what came back.
  void fetch(vault::Exchange exchange, std::function<void(Status)> done);

 private:
  void finished(const std::string& entry, const Result<Answer>& answer);

  struct Flight;
  vault::Vault& vault_;
  Client client_;
  std::map<std::string, std::unique_ptr<Flight>> flights_;  // By the entry they are for.
};

// Blocks. Not for a loop's thread.
Result<Answer> fetch_now(const vault::Exchange& exchange, std::uint32_t timeout_ms);

}  // namespace claw::outbound
