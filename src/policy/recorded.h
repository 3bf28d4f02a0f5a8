// An action of the record as a fixture: for a download, and to judge it once more. The record does not keep
// everything a rule may read (bodies and headers of requests, objects of Kubernetes), so what it yields may
// know less than the gateway did; is_whole() says whether rules could tell.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "policy/ruleset.h"

namespace claw::policy {

// `members` of a `judged` or `held` record. Code::unsupported for a family that cannot be told again.
Result<std::string> fixture_of(const json::Value& members);

// Whether the record has every fact that these rules read of an action of this family.
bool is_whole(const json::Value& members, const Ruleset& rules);

// The same for many records of one endpoint: what its rules read is found once.
class Kept {
 public:
  explicit Kept(const Ruleset& rules);
  // Why a record cannot be judged again by these rules, in words for people; empty: it can.
  std::string why_not(const json::Value& members) const;

 private:
  action::Family family_;
  std::vector<std::string> wanted_;  // Facts that some rule reads and not every record has.
  bool reads_parameters_ = false;
};

// What the fixture of an action of HTTP or Kubernetes describes, without the way through its text. Null for
// other families.
std::shared_ptr<const action::Subject> subject_of(const json::Value& members);

// Texts as they stand in a rule: of HCL, where `${` would begin a template, and of CEL or YAML.
std::string hcl_text(std::string_view text);
std::string literal(std::string_view text);

// A rule that would decide the recorded action, for an operator to begin with.
struct Draft {
  std::string hcl;
  std::string yaml;
};
Result<Draft> draft_rule(const json::Value& members, std::string_view verdict);

}  // namespace claw::policy
