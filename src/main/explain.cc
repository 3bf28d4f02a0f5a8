// explain: what each rule says of a statement, and so what the gateway would do, without a gateway.
#include <fmt/format.h>

#include <algorithm>

#include "action/sql.h"
#include "base/text.h"
#include "main/shown_facts.h"
#include "main/speak.h"
#include "main/table.h"
#include "main/verbs.h"
#include "policy/fixture.h"
#include "policy/ruleset.h"
#include "sql/postgres.h"

namespace claw::verbs {

namespace {

using policy::Answer;

constexpr std::string_view session = "explain";  // Stands where the record has the connection's name.

const std::vector<std::string> question_members = {"sql",  "endpoint",   "profile", "database",
                                                   "user", "parameters", "agent",   "session"};

struct Question {
  std::string sql;
  std::string endpoint;
  std::string profile;
  std::string agent;
  std::string user;
  std::string database;
  std::vector<action::Parameter> parameters;
  action::Standing standing = {};
};

struct Explained {
  const config::Endpoint* endpoint = nullptr;
  action::Action action;
  policy::Explanation explanation;
};

Result<const config::Endpoint*> endpoint_for(const config::Snapshot& policy, const std::string& wanted) {
  std::vector<std::string> names;
  const config::Endpoint* found = nullptr;
  for (const config::Endpoint& endpoint : policy.endpoints) {
    if (endpoint.family != action::Family::sql) continue;
    names.push_back(endpoint.typed);
    if (wanted == endpoint.typed || wanted == endpoint.name || wanted.empty()) found = &endpoint;
  }
  if (found == nullptr && wanted.empty()) return invalid("this policy has no endpoint that takes SQL");
  if (found == nullptr) {
    return invalid(fmt::format("no SQL endpoint {}; {}", quoted(wanted), suggestion(wanted, names)));
  }
  if (wanted.empty() && names.size() > 1) return invalid("which endpoint? there is: " + join(names, ", "));
  return found;
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

Result<Explained> explain_one(const config::Snapshot& policy, const Question& question) {
  Explained made;
  CLAW_TRY(made.endpoint, endpoint_for(policy, question.endpoint));
  if (!question.agent.empty() && policy.agent(question.agent) == nullptr) {
    return invalid(fmt::format("no agent {}; {}", quoted(question.agent),
                               suggestion(question.agent, names_of(policy.agents))));
  }
  const std::string profile = profile_for(policy, *made.endpoint, question);
  CLAW_TRY(const config::Credential* credential, credential_for(policy, *made.endpoint, profile, question));
  auto facts = std::make_shared<const sql::Facts>(sql::read_postgres(question.sql));
  made.action.subject = action::make_sql_subject(question.sql, std::move(facts));
  const std::string agent = question.agent.empty() ? "anonymous" : question.agent;
  made.action.context = action::make_sql_context(
      {{agent, profile, {}}, made.endpoint->typed, credential->name, std::string(session)},
      session_for(*credential, question));
  made.action.parameters = question.parameters;
  action::Standing standing = question.standing;
  const config::Agent* known = policy.agent(question.agent);
  if (standing.owner.empty() && known != nullptr) standing.owner = known->owner;
  made.explanation = made.endpoint->ruleset->explain(made.action, standing);
  return made;
}

const policy::RuleSource& rule_of(const Explained& made, const Answer& answer) {
  return made.endpoint->ruleset->rules()[answer.rule].source;
}

std::string_view says_of(const policy::RuleSource& rule) {
  return rule.marks ? "mark" : policy::name_of(rule.verdict);
}

// For people.

void print_answers(const Explained& made) {
  const bool many = made.action.subject->parts.size() > 1;
  Table table(many ? std::vector<std::string>{"PART", "RULE", "SAYS", "CONDITION"}
                   : std::vector<std::string>{"RULE", "SAYS", "CONDITION"});
  for (const Answer& answer : made.explanation.answers) {
    const policy::RuleSource& rule = rule_of(made, answer);
    std::string verdict(says_of(rule));
    if (rule.shadow) verdict += " (shadow)";
    std::string says(policy::name_of(answer.kind));
    if (!answer.detail.empty()) says += ": " + printable(answer.detail, 200);
    std::vector<std::string> row{rule.name, std::move(verdict), std::move(says)};
    if (many) row.insert(row.begin(), std::to_string(answer.part + 1));
    table.add(std::move(row));
  }
  if (!made.explanation.answers.empty()) table.print();
}

void print_verdict(const policy::Decision& decision) {
  std::vector<std::string> approvers(decision.approvers.begin(), decision.approvers.end());
  print("\nverdict   {}", policy::name_of(decision.outcome));
  if (!approvers.empty()) print(", by {}", join(approvers, ", "));
  if (decision.rule_name.empty()) print(": no rule decided ({})\n", policy::name_of(decision.cause));
  else print(": rule `{}`\n", decision.rule_name);
  const std::pair<std::string_view, std::string_view> lines[] = {
      {"reason", decision.reason}, {"hint", decision.hint}, {"detail", decision.detail}};
  for (const auto& [name, text] : lines) {
    if (!text.empty()) print("{:<8}  {}\n", name, printable(text, 1000));
  }
  if (decision.outcome != policy::Outcome::deny && !decision.labels.empty()) {
    print("label     {}\n",
          join(std::vector<std::string>(decision.labels.begin(), decision.labels.end()), ", "));
  }
  for (const policy::Shadow& shadow : decision.shadows) {
    print("shadow    rule `{}` would {}\n", shadow.rule, policy::name_of(shadow.would));
  }
}

void print_text(const Explained& made) {
  const action::Subject& subject = *made.action.subject;
  const action::Context& context = *made.action.context;
  print("{}\n", printable(subject.summary, 200));
  if (!subject.understood) print("not understood: {}\n", printable(subject.why_not, 400));
  print("on {} with credential {} as profile {}\n\n", context.endpoint, context.credential,
        context.principal.profile);
  for (std::size_t i = 0; i < subject.parts.size(); ++i) {
    if (subject.parts.size() > 1) print("part {}\n", i + 1);
    print("{}\n", facts_text(subject.family, subject.parts[i].facts));
  }
  print_answers(made);
  print_verdict(made.explanation.decision);
}

// For programs.

void append_parts(json::Writer& out, const action::Subject& subject) {
  out.key("parts");
  out.begin_array();
  for (const action::Part& part : subject.parts) append_facts(out, subject.family, part.facts);
  out.end_array();
}

void append_answers(json::Writer& out, const Explained& made) {
  out.key("rules");
  out.begin_array();
  for (const Answer& answer : made.explanation.answers) {
    const policy::RuleSource& rule = rule_of(made, answer);
    out.begin_object();
    out.member("rule", rule.name);
    out.member("part", std::int64_t{answer.part} + 1);
    out.member("says", says_of(rule));
    out.member("condition", policy::name_of(answer.kind));
    out.member_unless_empty("detail", answer.detail);
    if (rule.shadow) out.member("shadow", true);
    out.end_object();
  }
  out.end_array();
}

void append_verdict(json::Writer& out, const policy::Decision& decision) {
  out.member("verdict", policy::name_of(decision.outcome));
  out.member("cause", policy::name_of(decision.cause));
  out.member("rule", decision.rule_name);
  out.member("part", std::int64_t{decision.part} + 1);
  out.member("approvers", std::vector<std::string>(decision.approvers.begin(), decision.approvers.end()));
  out.member_unless_empty("reason", decision.reason);
  out.member_unless_empty("hint", decision.hint);
  out.member_unless_empty("detail", decision.detail);
  out.member("labels", std::vector<std::string>(decision.labels.begin(), decision.labels.end()));
  out.key("shadows");
  out.begin_array();
  for (const policy::Shadow& shadow : decision.shadows) {
    out.begin_object();
    out.member("rule", shadow.rule);
    out.member("would", policy::name_of(shadow.would));
    out.member("part", std::int64_t{shadow.part} + 1);
    out.end_object();
  }
  out.end_array();
}

std::string json_of(const Explained& made) {
  const action::Subject& subject = *made.action.subject;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  append_verdict(out, made.explanation.decision);
  out.member("endpoint", made.endpoint->typed);
  out.member("profile", made.action.context->principal.profile);
  out.member("credential", made.action.context->credential);
  out.member("sql", subject.text);
  out.member("summary", subject.summary);
  out.member("understood", subject.understood);
  out.member_unless_empty("why_not", subject.why_not);
  append_parts(out, subject);
  append_answers(out, made);
  out.end_object();
  return text;
}

// Numbers and truth values are bound as the text a driver would send.
Result<std::vector<action::Parameter>> parameters_of(const json::Value* list) {
  std::vector<action::Parameter> parameters;
  if (list == nullptr) return parameters;
  if (list->array() == nullptr) return invalid("`parameters` is not a list");
  for (const json::Value& each : *list->array()) {
    if (each.is_null()) parameters.emplace_back();
    else parameters.emplace_back(each.string() != nullptr ? *each.string() : json::format(each));
  }
  return parameters;
}

Result<std::string> answer(const config::Snapshot& policy, const Question& otherwise,
                           const json::Value& line) {
  CLAW_TRY_DONE(check_members(line, question_members));
  Question question;
  question.sql = line.text_or("sql", "");
  question.endpoint = line.text_or("endpoint", otherwise.endpoint);
  question.profile = line.text_or("profile", otherwise.profile);
  question.agent = line.text_or("agent", "");
  question.user = line.text_or("user", otherwise.user);
  question.database = line.text_or("database", otherwise.database);
  if (line.find("sql") == nullptr || line.find("sql")->string() == nullptr) {
    return invalid("`sql` is missing");
  }
  CLAW_TRY(question.parameters, parameters_of(line.find("parameters")));
  if (const json::Value* given = line.find("session")) {
    CLAW_TRY(question.standing, policy::parse_session(*given, "session"));
  }
  CLAW_TRY(const Explained made, explain_one(policy, question));
  return json_of(made);
}

}  // namespace

int explain(const Explain& options) {
  const Opened opened = open_policy(options.config);
  if (opened.policy == nullptr) return opened.exit_code;
  const config::Snapshot& policy = *opened.policy;
  Question question{{}, options.endpoint, options.profile, {}, options.user, options.database, {}, {}};
  question.standing.labels = options.labels;
  std::ranges::sort(question.standing.labels);
  return on_deep_stack([&] {
    if (options.statements.empty()) {
      return answer_lines([&](const json::Value& line) { return answer(policy, question, line); });
    }
    for (std::size_t i = 0; i < options.statements.size(); ++i) {
      question.sql = options.statements[i];
      const Result<Explained> made = explain_one(policy, question);
      if (!made) return misuse(made.error().text());
      if (i > 0 && !options.json) print("\n");
      if (options.json) print("{}\n", json_of(*made));
      else print_text(*made);
    }
    return close_output(ok);
  });
}

}  // namespace claw::verbs
