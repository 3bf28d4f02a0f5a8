// What `explain` is asked, and what it finds: a statement or a request before one endpoint of a policy, read
// as the gateway would read it and judged by every rule. Nothing is connected to, and nothing recorded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "config/snapshot.h"
#include "policy/ruleset.h"

namespace claw::verbs {

struct Question {
  std::string text;  // SQL, or the line of a request: `DELETE /api/v1/namespaces/shop/pods/web`.
  std::string endpoint;              // Empty: the only one that takes it.
  std::string profile;
  std::string agent;
  std::string user;
  std::string database;
  std::vector<action::Parameter> parameters;
  std::vector<std::string> headers;  // `Name: value`
  action::Standing standing = {};    // What the agent did before, as far as rules remember it.
  std::string body;                  // Of a request; of one for an upgrade, what is piped in afterwards.
};

struct Explained {
  const config::Endpoint* endpoint = nullptr;
  action::Action action;
  policy::Explanation explanation;
};

// An error: the question makes no sense for this policy, or what is asked is refused before any rule.
Result<Explained> explain_one(const config::Snapshot& policy, const Question& question);

// `GET /path` or `GET https://host/path`, which no SQL is.
bool is_request(std::string_view text);

// Where `GET https://host/path` goes; nothing for a target without a host.
Result<std::optional<config::HostPort>> place_of(std::string_view text);

// The request as the endpoint's rules see it, its body only where the gateway would take it in.
Result<std::shared_ptr<const action::Subject>> subject_of_request(const config::Snapshot& policy,
                                                                  const config::Endpoint& endpoint,
                                                                  const Question& question);

}  // namespace claw::verbs
