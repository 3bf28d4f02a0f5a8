// Which endpoint, profile and credential a question is about.
#include "main/explain/question.h"

#include <fmt/format.h>

#include <algorithm>

#include "action/sql.h"
#include "action/mcp/mcp.h"
#include "action/tool/tool.h"
#include "base/text.h"
#include "main/speak.h"
#include "sql/postgres.h"

namespace claw::verbs {

namespace {

constexpr std::string_view session = "explain";  // Stands where the record has the connection's name.

enum class What : std::uint8_t { sql, request, call };

What what_of(const std::string& text) {
  if (is_request(text)) return What::request;
  return text.find(" {") != text.npos && text.find(" {") == text.find(' ') ? What::call : What::sql;
}

std::string_view words_of(What what) {
  switch (what) {
    case What::sql: return "SQL";
    case What::request: return "requests of HTTP";
    case What::call: return "tool calls";
  }
  return "";
}

bool takes(const config::Endpoint& endpoint, What what) {
  if (endpoint.family == action::Family::tool || endpoint.family == action::Family::mcp) {
    return what == What::call;
  }
  return what == (endpoint.family == action::Family::sql ? What::sql : What::request);
}

// `NAME {"argument": …}`.
Result<std::shared_ptr<const action::Subject>> subject_of_call(const config::Endpoint& endpoint,
                                                               const std::string& text) {
  const std::size_t space = text.find(' ');
  action::ToolCall call;
  call.name = text.substr(0, space);
  CLAW_TRY(call.arguments, json::parse(text.substr(space + 1)));
  if (call.arguments.object() == nullptr) return invalid("the arguments of a tool are a JSON object");
  if (endpoint.family != action::Family::mcp) return action::make_tool_subject(std::move(call));
  action::McpCall asked;
  asked.server = endpoint.name;
  asked.method = "tools/call";
  const std::string prefix = endpoint.mcp.prefix + ".";
  asked.tool = call.name.starts_with(prefix) ? call.name.substr(prefix.size()) : call.name;
  asked.arguments = std::move(call.arguments);
  return action::make_mcp_subject(std::move(asked));
}

Result<const config::Endpoint*> endpoint_at(const config::Snapshot& policy, const Question& question,
                                            const config::HostPort& place) {
  const config::Profile* otherwise = policy.default_profile();
  const std::string profile = question.profile.empty() && otherwise ? otherwise->name : question.profile;
  const auto port = place.port == 0 ? std::nullopt : std::optional(place.port);
  const config::Endpoint* found = policy.find_endpoint(profile, place.host, port);
  if (found != nullptr && takes(*found, What::request)) return found;
  return invalid(fmt::format("no endpoint has the host {} for profile `{}`", quoted(place.host), profile));
}

// A tool of an MCP server says by its prefix whose it is; others are called at a tool endpoint.
Result<const config::Endpoint*> endpoint_of_call(const config::Snapshot& policy, std::string_view text,
                                                 const std::vector<std::string>& names) {
  const config::Endpoint* found = nullptr;
  std::size_t count = 0;
  for (const config::Endpoint& endpoint : policy.endpoints) {
    const bool is_mcp = endpoint.family == action::Family::mcp;
    if (is_mcp && text.starts_with(endpoint.mcp.prefix + ".")) return &endpoint;
    if (endpoint.family != action::Family::tool) continue;
    found = &endpoint;
    ++count;
  }
  if (count == 1) return found;
  return invalid("which endpoint? there is: " + join(names, ", "));
}

Result<const config::Endpoint*> endpoint_for(const config::Snapshot& policy, const Question& question) {
  const What kind = what_of(question.text);
  const std::string_view what = words_of(kind);
  const std::string& wanted = question.endpoint;
  std::vector<std::string> names;
  const config::Endpoint* found = nullptr;
  for (const config::Endpoint& endpoint : policy.endpoints) {
    if (!takes(endpoint, kind)) continue;
    names.push_back(endpoint.typed);
    if (wanted == endpoint.typed || wanted == endpoint.name || wanted.empty()) found = &endpoint;
  }
  if (found == nullptr && wanted.empty()) {
    return invalid(fmt::format("this policy has no endpoint that takes {}", what));
  }
  if (found == nullptr) {
    return invalid(
        fmt::format("no endpoint {} that takes {}; {}", quoted(wanted), what, suggestion(wanted, names)));
  }
  if (!wanted.empty() || names.size() == 1) return found;
  if (kind == What::call) return endpoint_of_call(policy, question.text, names);
  CLAW_TRY(const auto place, place_of(question.text));
  if (!place) return invalid("which endpoint? there is: " + join(names, ", "));
  return endpoint_at(policy, question, *place);
}

// The profile of an agent that says nothing, as the gateway finds it.
std::string profile_for(const config::Snapshot& policy, const config::Endpoint& endpoint,
                        const Question& question) {
  if (!question.profile.empty()) return question.profile;
  if (const config::Agent* agent = policy.agent(question.agent)) return agent->profile;
  if (!endpoint.entrance.profile.empty()) return endpoint.entrance.profile;
  const config::Profile* otherwise = policy.default_profile();
  return otherwise == nullptr ? "" : otherwise->name;
}

Result<const config::Credential*> credential_for(const config::Snapshot& policy,
                                                 const config::Endpoint& endpoint, const std::string& profile,
                                                 const Question& question) {
  if (policy.profile(profile) == nullptr) {
    return invalid(
        fmt::format("no profile {}; {}", quoted(profile), suggestion(profile, names_of(policy.profiles))));
  }
  config::Presented presented{{}, {}, {question.user}};
  presented.carriers.insert(presented.carriers.end(), question.headers.begin(), question.headers.end());
  if (!question.user.empty()) presented.user = question.user;
  if (!question.database.empty()) presented.database = question.database;
  CLAW_TRY(const config::Credential* found, policy.resolve_credential(profile, endpoint, presented));
  if (found != nullptr) return found;
  return Error{Code::denied,
               fmt::format("profile `{}` has no credential for {}: its agents cannot connect there", profile,
                           endpoint.typed),
               {}};
}

// What the upstream will know the connection as.
action::SqlSession session_for(const config::Credential& credential, const Question& question) {
  action::SqlSession sql;
  sql.user = credential.user.empty() ? question.user : credential.user;
  sql.database = credential.database.empty() ? question.database : credential.database;
  if (sql.database.empty()) sql.database = question.user;  // Postgres's own default.
  sql.role = sql.user;
  return sql;
}

}  // namespace

Result<Explained> explain_one(const config::Snapshot& policy, const Question& question) {
  Explained made;
  CLAW_TRY(made.endpoint, endpoint_for(policy, question));
  if (!question.agent.empty() && policy.agent(question.agent) == nullptr) {
    return invalid(fmt::format("no agent {}; {}", quoted(question.agent),
                               suggestion(question.agent, names_of(policy.agents))));
  }
  const std::string profile = profile_for(policy, *made.endpoint, question);
  const bool is_call = takes(*made.endpoint, What::call);  // It needs no credential itself.
  const config::Credential* credential = nullptr;
  if (!is_call) {
    CLAW_TRY(credential, credential_for(policy, *made.endpoint, profile, question));
  }
  const std::string agent = question.agent.empty() ? "anonymous" : question.agent;
  action::Place place{{agent, profile, {}}, made.endpoint->typed,
                      credential != nullptr ? credential->name : std::string(), std::string(session)};
  if (made.endpoint->family == action::Family::sql) {
    auto facts = std::make_shared<const sql::Facts>(sql::read_postgres(question.text));
    made.action.subject = action::make_sql_subject(question.text, std::move(facts));
    made.action.context = action::make_sql_context(std::move(place), session_for(*credential, question));
  } else if (is_call) {
    CLAW_TRY(made.action.subject, subject_of_call(*made.endpoint, question.text));
    made.action.context = action::make_context(made.endpoint->family, std::move(place));
  } else {
    CLAW_TRY(made.action.subject, subject_of_request(policy, *made.endpoint, question));
    made.action.context = action::make_context(made.endpoint->family, std::move(place));
  }
  made.action.parameters = question.parameters;
  action::Standing standing = question.standing;
  const config::Agent* known = policy.agent(question.agent);
  if (standing.owner.empty() && known != nullptr) standing.owner = known->owner;
  made.explanation = made.endpoint->ruleset->explain(made.action, standing);
  return made;
}

}  // namespace claw::verbs
