#include "guard/calls.h"

#include <algorithm>

#include "action/tool/tool.h"

namespace claw::guard {

void Calls::open(const Id& call, Told told, std::string reasoning) {
  const std::lock_guard lock(mutex_);
  open_.insert_or_assign(std::string(call.view()), Open{std::make_shared<const Told>(std::move(told)),
                                                        std::move(reasoning), std::nullopt});
}

std::string Calls::reasoning_of(const action::Action& action) const {
  const std::string& call = action.context->principal.call;
  if (call.empty()) return {};
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(call);
  return found == open_.end() ? std::string() : found->second.reasoning;
}

void Calls::close(const Id& call) {
  const std::lock_guard lock(mutex_);
  open_.erase(std::string(call.view()));
}

void Calls::allowed(const Id& call, const std::string& covers, const policy::Decision& decision,
                    std::string_view people) {
  if (covers.empty()) return;
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(call.view());
  if (found == open_.end()) return;
  found->second.leave = Leave{covers,
                              {decision.approvers.begin(), decision.approvers.end()},
                              decision.needs_passkey,
                              decision.models_may_allow,
                              std::string(people)};
}

std::optional<std::string> Calls::take(const action::Action& action, const policy::Decision& decision) {
  const std::string& call = action.context->principal.call;
  if (call.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(call);
  if (found == open_.end() || !found->second.leave) return std::nullopt;
  const Leave& leave = *found->second.leave;
  // A budget, an emergency, counted rows or what a preview shows: nobody was told when they allowed the call.
  if (!decision.budget.empty() || decision.behind_glass || decision.preview) return std::nullopt;
  if (action.rows_counted >= 0) return std::nullopt;
  if (decision.needs_passkey && !leave.by_passkey) return std::nullopt;
  if (leave.by_model && !decision.models_may_allow) return std::nullopt;
  const bool all_were_asked = std::ranges::all_of(decision.approvers, [&](std::string_view each) {
    return std::ranges::find(leave.approvers, each) != leave.approvers.end();
  });
  if (!all_were_asked || action::covered(action) != leave.covers) return std::nullopt;
  std::string people = leave.people;
  found->second.leave.reset();
  return people;
}

void Calls::tell(const action::Action& action, bool held, const action::Verdict& verdict) const {
  const std::string& call = action.context->principal.call;
  if (call.empty()) return;
  std::shared_ptr<const Told> told;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = open_.find(call); found != open_.end()) told = found->second.told;
  }
  if (told == nullptr) return;
  (*told)({action.id, action.context->endpoint, action.subject->summary, held, verdict});
}

}  // namespace claw::guard
