// Tool calls that are running: who is told of the actions under them, and which one action a person has
// already seen. A call says beforehand what the one action is that it consists of (Action::covers); where
// people allowed the call, that action does not ask again, once, if everybody it would ask has been asked.
// Thread-safe. It judges nothing: guard asks it where it would otherwise ask a person.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "action/verdict.h"
#include "policy/ruleset.h"

namespace claw::guard {

// One action under a call, as far as it has come.
struct Under {
  Id action;
  std::string endpoint;
  std::string summary;
  bool held = false;        // A person is being asked; otherwise there is a
  action::Verdict verdict;
};

class Calls {
 public:
  using Told = std::function<void(const Under&)>;  // On whatever thread judges.

  // Before the call itself is judged. `reasoning`: why the agent wants it, and so all that is under it.
  void open(const Id& call, Told told, std::string reasoning = {});
  void close(const Id& call);            // Nothing more is told, and no leave of it is good any more.

  // People allowed that call: `covers` is what they saw, `people` who they are.
  void allowed(const Id& call, const std::string& covers, const policy::Decision& decision,
               std::string_view people);
  // Who allowed this very action by allowing its call; said once. Nothing: a person is to be asked.
  std::optional<std::string> take(const action::Action& action, const policy::Decision& decision);

  std::string reasoning_of(const action::Action& action) const;  // Of the call that it is under; or empty.
  void tell(const action::Action& action, bool held, const action::Verdict& verdict) const;

 private:
  struct Leave {
    std::string covers;
    std::vector<std::string> approvers;
    bool by_passkey;
    bool by_model;
    std::string people;
  };
  struct Open {
    std::shared_ptr<const Told> told;
    std::string reasoning;
    std::optional<Leave> leave;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Open, std::less<>> open_;
};

}  // namespace claw::guard
