// The searches for secrets that an endpoint's exchanges run with. Building one costs more than most answers
// it reads, and a credential's secrets seldom change; so the last one of each credential is kept, for all
// connections, as long as the policy that the endpoint is of.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "action/edits.h"
#include "protocol/http/edit/redact.h"

namespace claw::http {

class KnownPatterns {
 public:
  std::shared_ptr<const Patterns> of(const action::Edits& edits);  // From any thread.

 private:
  struct Known {
    std::vector<Secret> secrets;
    std::shared_ptr<const Patterns> patterns;
  };
  std::mutex mutex_;
  std::map<std::string, Known> known_;  // By credential: as many as the policy has.
};

}  // namespace claw::http
