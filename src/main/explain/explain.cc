// explain: what each rule says of a statement or a request, and so what the gateway would do, without a
// gateway.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "main/explain/question.h"
#include "main/shown_facts.h"
#include "main/speak.h"
#include "main/table.h"
#include "main/verbs.h"
#include "policy/fixture.h"
#include "store/file.h"

namespace claw::verbs {

namespace {

using policy::Answer;

constexpr std::size_t body_bytes_max = std::size_t{16} << 20;  // As long as a line of input.

const std::vector<std::string> question_members = {"sql",   "request",  "headers", "body", "parameters",
                                                   "agent", "endpoint", "profile", "user", "database",
                                                   "session"};

const policy::RuleSource& rule_of(const Explained& made, const Answer& answer) {
  return made.endpoint->ruleset->rules()[answer.rule].source;
}

std::string_view says_of(const policy::RuleSource& rule) {
  return rule.marks ? "mark" : policy::name_of(rule.verdict);
}

// What no rule reads is not looked at, and so is nothing to tell.
std::vector<cel::Value> told_facts(const Explained& made, const action::Part& part) {
  std::vector<cel::Value> facts = part.facts;
  for (std::uint32_t slot = 0; slot < facts.size(); ++slot) {
    const bool is_read = made.endpoint->ruleset->reads(slot);
    if (!is_read && facts[slot].is(cel::Kind::unknown)) facts[slot] = cel::Value::absent();
  }
  return facts;
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
  if (decision.rows_max > 0) {
    print(", up to {} rows: more are rolled back, and judged again", decision.rows_max);
  }
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
    print("{}\n", facts_text(subject.family, told_facts(made, subject.parts[i])));
  }
  print_answers(made);
  print_verdict(made.explanation.decision);
}

// For programs.

void append_parts(json::Writer& out, const Explained& made) {
  const action::Subject& subject = *made.action.subject;
  out.key("parts");
  out.begin_array();
  for (const action::Part& part : subject.parts) append_facts(out, subject.family, told_facts(made, part));
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
  if (decision.rows_max > 0) out.member("rows_max", static_cast<std::int64_t>(decision.rows_max));
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
  out.member(subject.family == action::Family::sql ? "sql" : "request", subject.text);
  out.member("summary", subject.summary);
  out.member("understood", subject.understood);
  out.member_unless_empty("why_not", subject.why_not);
  append_parts(out, made);
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

// `{"Content-Type": "application/json"}`
Result<std::vector<std::string>> headers_of(const json::Value* list) {
  std::vector<std::string> headers;
  if (list == nullptr) return headers;
  if (list->object() == nullptr) return invalid("`headers` is no object");
  for (const auto& [name, value] : *list->object()) {
    if (value.string() == nullptr) return invalid("a header that is no text");
    headers.push_back(name + ": " + *value.string());
  }
  return headers;
}

Result<std::string> answer(const config::Snapshot& policy, const Question& otherwise,
                           const json::Value& line) {
  CLAW_TRY_DONE(check_members(line, question_members));
  Question question;
  const json::Value* sql = line.find("sql");
  const json::Value* text = sql == nullptr ? line.find("request") : sql;
  if (text == nullptr || text->string() == nullptr) return invalid("`sql` or `request` is missing");
  question.text = *text->string();
  if (is_request(question.text) != (sql == nullptr)) {
    return invalid(sql == nullptr ? "`request` is no `GET /path`" : "`sql` is a request");
  }
  question.body = line.text_or("body", "");
  question.endpoint = line.text_or("endpoint", otherwise.endpoint);
  question.profile = line.text_or("profile", otherwise.profile);
  question.agent = line.text_or("agent", "");
  question.user = line.text_or("user", otherwise.user);
  question.database = line.text_or("database", otherwise.database);
  CLAW_TRY(question.headers, headers_of(line.find("headers")));
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
  Question question;
  question.endpoint = options.endpoint;
  question.profile = options.profile;
  question.user = options.user;
  question.database = options.database;
  question.headers = options.headers;
  if (options.body.starts_with('@')) {
    const auto text = store::read_file(options.body.substr(1), body_bytes_max);
    if (!text) return misuse(text.error().text());
    if (!*text) return misuse(no_such_path(options.body.substr(1)));
    question.body = **text;
  } else {
    question.body = options.body;
  }
  question.standing.labels = options.labels;
  std::ranges::sort(question.standing.labels);
  question.standing.anomalies = options.anomalies;
  std::ranges::sort(question.standing.anomalies);
  return on_deep_stack([&] {
    if (options.statements.empty()) {
      return answer_lines([&](const json::Value& line) { return answer(policy, question, line); });
    }
    for (std::size_t i = 0; i < options.statements.size(); ++i) {
      question.text = options.statements[i];
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
