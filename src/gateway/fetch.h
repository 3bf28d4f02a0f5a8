// One HTTPS request of the gateway's own, to a token endpoint: for credentials that are lent a while and
// renewed. On a worker's loop, where all that need the same token wait for one answer; or at once, for the
// command line.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/tls.h"
#include "vault/vault.h"

namespace claw::gateway {

struct FetchAnswer {
  int status = 0;
  std::string body;
};

constexpr std::uint32_t fetch_ms_max = 30'000;  // Slower token endpoints are down.

class Fetch;

class Fetcher {
 public:
  Fetcher(io::Loop& loop, vault::Vault& vault);
  ~Fetcher();

  // `done` comes later, on the loop's thread: the vault has been told what came back.
  void fetch(vault::Exchange exchange, std::function<void(Status)> done);

 private:
  void finished(const std::string& entry, const Result<FetchAnswer>& answer);

  struct Flight;
  io::Loop& loop_;
  vault::Vault& vault_;
  std::map<std::string, std::unique_ptr<Flight>> flights_;  // By the entry they are for.
};

// Blocks. Not for a loop's thread.
Result<FetchAnswer> fetch_now(const vault::Exchange& exchange, std::uint32_t timeout_ms);

}  // namespace claw::gateway
