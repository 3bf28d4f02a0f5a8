// Recorded actions judged once more, by a policy that need not be the one that decided then: the ordinary
// rules over facts made anew from the record. What the record does not have whole is said and never guessed.
// One owner and one thread each; on a thread with the stack that the SQL grammar needs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/snapshot.h"
#include "policy/fixture.h"
#include "policy/recorded.h"

namespace claw::trial {

struct Said {
  policy::Outcome outcome = policy::Outcome::deny;
  std::string_view rule;  // Empty: the default. A view into the policy.
  std::string not_judged; // Not empty: why it cannot be told; then the others mean nothing.
};

class Judge {
 public:
  explicit Judge(std::shared_ptr<const config::Snapshot> policy);

  // `record`: the members of a `judged` record.
  Said judge(const json::Value& record);

  const config::Snapshot& policy() const { return *policy_; }

 private:
  struct Endpoint {
    policy::Target target;
    policy::Kept kept;
    bool is_postgres = false;
  };
  Result<action::Action> action_of(const json::Value& record, const Endpoint& endpoint);
  std::shared_ptr<const action::Context> context_of(const json::Value& record, const Endpoint& endpoint);

  std::shared_ptr<const config::Snapshot> policy_;
  std::map<std::string, Endpoint, std::less<>> endpoints_;
  std::map<std::string, std::shared_ptr<const action::Context>, std::less<>> contexts_;  // By what they say.
  std::string key_;  // Kept for its room.
  cel::Arena arena_;
};

// What was decided then: `allow`, `deny`, or `approve` where a person was asked.
policy::Outcome decided_then(const json::Value& record);

// Why a record says nothing of rules alone: a budget, broken glass, the gateway's own look. Empty: it does.
std::string not_by_rules(const json::Value& record);

}  // namespace claw::trial
