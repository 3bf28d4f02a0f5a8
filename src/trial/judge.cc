#include "trial/judge.h"

#include <fmt/format.h>

#include "config/targets.h"
#include "protocol/postgres/facts.h"

namespace claw::trial {

namespace {

// Sessions come one after another; this many agents, roles and databases are told apart at a time.
constexpr std::size_t contexts_max = 1024;

std::string_view view_of(const json::Value& record, std::string_view name) {
  const json::Value* found = record.find(name);
  return found != nullptr && found->string() != nullptr ? std::string_view(*found->string())
                                                        : std::string_view();
}

std::string why_unevaluated(const policy::Decision& decision) {
  switch (decision.cause) {
    case policy::Cause::rule:
    case policy::Cause::default_allow:
    case policy::Cause::default_deny:
    case policy::Cause::observed: return {};
    case policy::Cause::truncated_and_unparsed:
    case policy::Cause::truncated:
    case policy::Cause::backstop_truncated: return "it was cut";
    case policy::Cause::unparsed:
    case policy::Cause::backstop_unparsed: return "it was not understood";
    case policy::Cause::evaluation_error: break;
    case policy::Cause::budget: return "a budget decided";
  }
  return fmt::format("the rule {} cannot be evaluated without what is not on record", decision.rule_name);
}

void append_part(std::string& key, std::string_view text) {
  key += text;
  key += '\0';
}

std::vector<action::Parameter> parameters_of(const json::Value& record) {
  std::vector<action::Parameter> parameters;
  const json::Value* list = record.find("parameters");
  if (list == nullptr || list->array() == nullptr) return parameters;
  for (const json::Value& each : *list->array()) {
    if (each.string() != nullptr) parameters.emplace_back(*each.string());
    else if (each.is_null()) parameters.emplace_back(std::nullopt);
    else return {};  // Hidden or cut: no rule that reads them gets here.
  }
  return parameters;
}

std::vector<std::string> search_path_of(const json::Value& record) {
  std::vector<std::string> names;
  const json::Value* list = record.find("search_path");
  if (list == nullptr || list->array() == nullptr) return names;
  for (const json::Value& each : *list->array()) {
    if (each.string() != nullptr) names.push_back(*each.string());
  }
  return names;
}

}  // namespace

Judge::Judge(std::shared_ptr<const config::Snapshot> policy) : policy_(std::move(policy)) {
  std::vector<policy::Target> targets = config::targets_of(*policy_);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    policy::Kept kept(*targets[i].rules);
    const std::string name = targets[i].endpoint;
    endpoints_.emplace(name, Endpoint{std::move(targets[i]), std::move(kept),
                                      policy_->endpoints[i].kind == "postgres"});
  }
}

Said Judge::judge(const json::Value& record) {
  Said said;
  said.not_judged = not_by_rules(record);
  if (!said.not_judged.empty()) return said;
  const auto found = endpoints_.find(view_of(record, "endpoint"));
  if (found == endpoints_.end()) {
    said.not_judged = fmt::format("the policy has no endpoint {}", record.text_or("endpoint", ""));
    return said;
  }
  const Endpoint& endpoint = found->second;
  said.not_judged = endpoint.kept.why_not(record);
  if (!said.not_judged.empty()) return said;
  const Result<action::Action> action = action_of(record, endpoint);
  if (!action) {
    said.not_judged = action.error().text();
    return said;
  }
  const policy::Decision decision = endpoint.target.rules->judge(*action, arena_);
  said.not_judged = why_unevaluated(decision);
  said.outcome = decision.outcome;
  said.rule = decision.rule_name;
  return said;
}

Result<action::Action> Judge::action_of(const json::Value& record, const Endpoint& endpoint) {
  action::Action action;
  if (endpoint.target.family != action::Family::sql) {
    action.subject = policy::subject_of(record);
  } else if (endpoint.is_postgres) {
    action.subject = postgres::read(view_of(record, "text"))->subject;
  }
  if (action.subject == nullptr) {  // Another dialect: as its fixture would be.
    CLAW_TRY(const std::string text, policy::fixture_of(record));
    CLAW_TRY(const policy::Fixture fixture, policy::parse_fixture(text));
    CLAW_TRY(policy::Staged staged, policy::stage(fixture, std::span(&endpoint.target, 1)));
    return std::move(staged.action);
  }
  action.context = context_of(record, endpoint);
  if (endpoint.target.family == action::Family::sql) action.parameters = parameters_of(record);
  return action;
}

std::shared_ptr<const action::Context> Judge::context_of(const json::Value& record,
                                                         const Endpoint& endpoint) {
  key_.clear();
  for (const std::string_view name : {"endpoint", "agent", "profile", "address", "credential", "database",
                                      "user", "role"}) {
    append_part(key_, view_of(record, name));
  }
  const std::vector<std::string> path = search_path_of(record);
  for (const std::string& name : path) append_part(key_, name);
  const auto found = contexts_.find(key_);
  if (found != contexts_.end()) return found->second;
  action::Place place;
  place.principal.agent = view_of(record, "agent");
  place.principal.profile = view_of(record, "profile");
  place.principal.address = view_of(record, "address");
  place.endpoint = endpoint.target.endpoint;
  place.credential = view_of(record, "credential");
  place.session = "trial";
  std::shared_ptr<const action::Context> made;
  if (endpoint.target.family == action::Family::sql) {
    action::SqlSession session;
    session.user = view_of(record, "user");
    session.database = view_of(record, "database");
    session.role = record.find("role") != nullptr ? view_of(record, "role") : view_of(record, "user");
    session.search_path = path;
    made = action::make_sql_context(std::move(place), std::move(session));
  } else {
    made = action::make_context(endpoint.target.family, std::move(place));
  }
  if (contexts_.size() >= contexts_max) contexts_.clear();
  contexts_.emplace(key_, made);
  return made;
}

policy::Outcome decided_then(const json::Value& record) {
  if (record.find("asked") != nullptr || record.find("operation") != nullptr) return policy::Outcome::approve;
  return view_of(record, "verdict") == "allow" ? policy::Outcome::allow : policy::Outcome::deny;
}

std::string not_by_rules(const json::Value& record) {
  if (record.find("budget") != nullptr) return "a budget decided";
  if (record.find("break_glass") != nullptr) return "the glass was broken for its profile";
  if (record.find("preview_of") != nullptr) {
    return "it was the gateway's own look at what an action would change";
  }
  return {};
}

}  // namespace claw::trial
