// Plays the original's own cases of conditions and of refused fixtures against ours. Prints
// `NAME: passed N of M` per collection; `-v` lists what failed; exits 1 if something did.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "action/k8s/k8s.h"
#include "action/sql.h"
#include "base/json.h"
#include "policy/fixture.h"
#include "policy/ruleset.h"

namespace {

using namespace claw;

bool verbose = false;

std::string folder() {
  const char* given = std::getenv("CLAWPATROL_CORPORA");
  std::string path = given != nullptr ? given : "../shared/corpora";
  for (int up = 0; up < 6; ++up) {
    if (std::ifstream(path + "/README.md")) return path;
    if (given != nullptr) break;
    path = "../" + path;
  }
  return {};
}

// What a case says of SQL is taken as it stands: no statement is read.
std::shared_ptr<const action::Subject> sql_subject(const json::Value& facts, bool truncated, bool unparsed) {
  auto made = std::make_shared<sql::Facts>();
  made->understood = !unparsed;
  made->top_level = 1;
  sql::Statement& statement = made->statements.emplace_back();
  statement.verb = facts.text_or("verb", "");
  statement.text = facts.text_or("statement", "");
  if (const json::Value* tables = facts.find("tables")) {
    for (const json::Value& table : *tables->array()) statement.tables.push_back({"", "", *table.string()});
  }
  if (const json::Value* functions = facts.find("functions")) {
    for (const json::Value& function : *functions->array()) statement.functions.push_back(*function.string());
  }
  return action::make_sql_subject(statement.text, made, truncated);
}

// A Kubernetes case may say something of the request below it too.
std::shared_ptr<const action::Subject> k8s_subject(const json::Value& own, const json::Value& http,
                                                   bool truncated) {
  action::K8sCall call;
  call.verb = own.text_or("verb", "");
  call.resource = own.text_or("resource", "");
  call.space = own.text_or("namespace", "");
  call.name = own.text_or("name", "");
  if (const json::Value* params = own.find("params")) {
    for (const auto& [key, value] : *params->object()) call.params.emplace_back(key, *value.string());
  }
  call.http.method = http.text_or("method", "");
  call.http.path = http.text_or("path", "");
  call.http.body = http.text_or("body", "");
  call.http.truncated = truncated;
  return action::make_k8s_subject(std::move(call));
}

Result<action::Action> action_of(action::Family family, const json::Value& line) {
  static const json::Value none{json::Object{}};
  const auto block = [&](std::string_view name) -> const json::Value& {
    const json::Value* facts = line.find("facts");
    const json::Value* found = facts == nullptr ? nullptr : facts->find(name);
    return found == nullptr || found->object() == nullptr ? none : *found;
  };
  const bool truncated = line.bool_or("truncated", false);
  const json::Value& own = block(action::name_of(family));
  action::Action made;
  if (family == action::Family::sql) {
    made.subject = sql_subject(own, truncated, line.bool_or("unparseable", false));
    made.context = action::make_sql_context({}, {"", own.text_or("database", ""), {}, {}});
    return made;
  }
  made.context = action::make_context(family, {});
  if (family == action::Family::k8s) {
    made.subject = k8s_subject(own, block("http"), truncated);
    return made;
  }
  const json::Object action{
      {"host", "h"}, {"truncated", truncated}, {std::string(action::name_of(family)), own}};
  const json::Object document{{"action", action}, {"match", json::Object{{"verdict", "allow"}}}};
  CLAW_TRY(const policy::Fixture fixture, policy::parse_fixture(json::format(document)));
  made.subject = fixture.subject;
  return made;
}

std::string outcome_of(const json::Value& line) {
  const action::Family family = action::family_named(line.text_or("family", "")).value();
  policy::RuleSource source;
  source.name = "rule";
  source.condition = line.text_or("condition", "");
  source.verdict = policy::Outcome::allow;
  const policy::Compiled compiled = policy::compile_rules(family, {source});
  if (compiled.rules == nullptr) return "compile_error";
  if (line.find("expect") == nullptr) return compiled.rules->inspects_truncatable() ? "true" : "false";
  const auto action = action_of(family, line);
  if (!action) return action.error().text();
  cel::Arena arena;
  const policy::Decision decision = compiled.rules->judge(*action, arena);
  if (decision.rule == policy::Decision::no_rule) return "nomatch";
  return decision.cause == policy::Cause::rule ? "match" : "unevaluable";
}

bool plays_match(const json::Value& line) {
  const bool asks_reads = line.find("expect") == nullptr;
  const std::string want = asks_reads ? (line.bool_or("expect_reads_truncatable", false) ? "true" : "false")
                                      : line.text_or("expect", "");
  const std::string got = outcome_of(line);
  if (verbose && got != want) {
    fmt::print("  {}: want {} got {}: {}\n", line.text_or("name", ""), want, got,
               line.text_or("condition", ""));
  }
  return got == want;
}

bool plays_reject(const json::Value& line) {
  const auto fixture = policy::parse_fixture(line.text_or("body", ""));
  const bool passed =
      !fixture && fixture.error().what.find(line.text_or("error_contains", "")) != std::string::npos;
  if (verbose && !passed) {
    fmt::print("  {}: {}\n", line.text_or("name", ""), fixture ? "accepted" : fixture.error().what);
  }
  return passed;
}

// Says whether all passed.
bool run(const std::string& path, const char* name, bool (*plays)(const json::Value&)) {
  std::ifstream file(path + "/" + name + ".jsonl");
  std::size_t passed = 0;
  std::size_t total = 0;
  for (std::string line; std::getline(file, line);) {
    ++total;
    const auto parsed = json::parse(line);
    passed += parsed && plays(*parsed) ? 1 : 0;
  }
  fmt::print("{}: passed {} of {}\n", name, passed, total);
  return passed == total;
}

}  // namespace

int main(int count, char** arguments) {
  verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  const std::string path = folder();
  if (path.empty()) {
    fmt::print("skipped: no corpora here (CLAWPATROL_CORPORA)\n");
    return 0;
  }
  const bool matched = run(path, "ref_match", plays_match);
  const bool rejected = run(path, "ref_fixture_rejects", plays_reject);
  return matched && rejected ? 0 : 1;
}
