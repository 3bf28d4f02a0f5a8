// Runs the collections that came from the original's own tests of its configuration: what it accepts, which
// rule decides, which endpoint owns a host, its fixtures. `-v` lists every case that is not as expected.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "action/requests.h"
#include "action/sql.h"
#include "base/corpora/corpora_for_test.h"
#include "base/json.h"
#include "base/text.h"
#include "config/hosts.h"
#include "config/load.h"
#include "config/targets.h"

namespace claw::config {
namespace {

using Failure = std::optional<std::string>;  // Nothing: as expected.

struct Difference {
  std::string_view name;
  std::string_view reason;
};

// Where we deliberately do something else.
constexpr Difference differences[] = {
    {"dispatch_test.go:TestMatchRequestFailClosedBackstop truncated",
     "what was cut and no rule allows is denied, also where there are no rules at all"},
};

// A certificate that the original's test data has beside the configuration.
Result<std::string> any_file(const std::string&) { return std::string("-----BEGIN CERTIFICATE-----\n"); }

LoadResult load_case(const json::Value& row, std::string_view name, std::string_view key) {
  return load_text(std::string(name), row.text_or(key, ""), any_file);
}

std::string first_error(const LoadResult& loaded) {
  for (const Diagnostic& diagnostic : loaded.diagnostics.sorted()) {
    if (diagnostic.severity == Severity::error) {
      return fmt::format("{}: {}", loaded.sources.where(diagnostic.range), diagnostic.text);
    }
  }
  return "no error";
}

// The original's dump of the compiled policy, as far as it is about the same things.
Failure compare_dump(const Snapshot& snapshot, const json::Value& policy) {
  const auto objects = [&](std::string_view name) {
    const json::Value* found = policy.find(name);
    return found && found->object() ? *found->object() : json::Object{};
  };
  const json::Object endpoints = objects("endpoints");
  if (endpoints.size() != snapshot.endpoints.size()) return "not the same endpoints";
  for (const Endpoint& endpoint : snapshot.endpoints) {
    const json::Value* wanted = policy.find("endpoints")->find(endpoint.name);
    if (!wanted) return "endpoint " + endpoint.typed + " is not in the dump";
    if (wanted->text_or("type", "") != endpoint.kind) return "kind of " + endpoint.typed;
    if (wanted->text_or("family", "") != action::name_of(endpoint.family))
      return "family of " + endpoint.typed;
  }
  if (objects("credentials").size() != snapshot.credentials.size()) return "not the same credentials";
  for (const auto& [name, wanted] : objects("profiles")) {
    const Profile* profile = snapshot.profile(name);
    if (!profile) return "profile " + name + " is missing";
    if (const json::Value* list = wanted.find("credentials"); list && list->array()) {
      if (list->array()->size() != profile->credentials.size()) return "credentials of profile " + name;
    }
  }
  return std::nullopt;
}

Failure run_config(const json::Value& row) {
  const bool valid = row.bool_or("valid", false);
  const LoadResult loaded = load_case(row, "policy.hcl", "hcl");
  if (valid != (loaded.snapshot != nullptr)) return valid ? first_error(loaded) : "is accepted";
  const json::Value* want = row.find("want");
  const json::Value* policy = want ? want->find("policy") : nullptr;
  return valid && policy ? compare_dump(*loaded.snapshot, *policy) : std::nullopt;
}

std::vector<std::string> texts_of(const json::Value& row, std::string_view key) {
  std::vector<std::string> texts;
  const json::Value* found = row.find(key);
  if (!found || !found->array()) return texts;
  for (const json::Value& item : *found->array()) texts.push_back(*item.string());
  return texts;
}

std::shared_ptr<const action::Subject> sql_subject(const json::Value& request) {
  sql::Facts facts;
  facts.understood = !request.bool_or("unparseable", false);
  sql::Statement& statement = facts.statements.emplace_back();
  const json::Value* given = request.find("sql");
  const json::Value empty;
  const json::Value& sql = given ? *given : empty;
  statement.verb = sql.text_or("verb", "");
  statement.text = sql.text_or("statement", "");
  for (const std::string& table : texts_of(sql, "tables")) statement.tables.push_back({"", "", table});
  statement.functions = texts_of(sql, "functions");
  facts.top_level = 1;
  return action::make_sql_subject(statement.text, std::make_shared<const sql::Facts>(facts),
                                  request.bool_or("truncated", false));
}

action::Action action_of(const json::Value& request, const Endpoint& endpoint) {
  action::Action action;
  action::Place place{{}, endpoint.typed, request.text_or("credential", ""), "case"};
  if (endpoint.family == action::Family::sql) {
    action.subject = sql_subject(request);
    action.context =
        action::make_sql_context(std::move(place), {"", request.text_or("database", ""), "", {}});
  } else {
    action::HttpRequest http;
    http.method = request.text_or("method", "");
    http.path = request.text_or("path", "/");
    http.body = request.text_or("body", "");
    http.truncated = request.bool_or("truncated", false);
    action.subject = action::make_http_subject(std::move(http));
    action.context = action::make_context(endpoint.family, std::move(place));
  }
  return action;
}

Failure run_dispatch(const json::Value& row) {
  const LoadResult loaded = load_case(row, "policy.hcl", "config");
  if (!loaded.snapshot) return first_error(loaded);
  const json::Value* request = row.find("request");
  for (const Endpoint& endpoint : loaded.snapshot->endpoints) {
    if (endpoint.name != request->text_or("endpoint", "")) continue;
    cel::Arena arena;
    const policy::Decision decision = endpoint.ruleset->judge(action_of(*request, endpoint), arena);
    const std::string rule = row.text_or("rule", "");
    const std::string verdict = row.text_or("verdict", "allow");  // No rule: the original allows.
    if (decision.rule_name == rule && policy::name_of(decision.outcome) == verdict) return std::nullopt;
    return fmt::format("{} by `{}`, not {} by `{}`", policy::name_of(decision.outcome), decision.rule_name,
                       verdict, rule);
  }
  return "no such endpoint";
}

Failure run_host_function(const json::Value& row, std::string_view function) {
  const std::string entry = row.text_or("entry", "");
  if (function == "is_wildcard") {
    return is_wildcard(entry) == row.bool_or("want", false) ? Failure() : "the other way round";
  }
  if (function == "match_wildcard") {
    const bool covers = wildcard_covers(row.text_or("pattern", ""), row.text_or("host", ""));
    return covers == row.bool_or("want", false) ? Failure() : "the other way round";
  }
  if (function == "validate_host") {
    return parse_host(entry).ok() == row.bool_or("valid", false) ? Failure() : "the other way round";
  }
  const Result<SplitHost> split = split_host_port(entry);
  if (split.ok() == row.bool_or("error", false)) return "error or not";
  const bool same =
      !split || (split->host == row.text_or("host", "") && split->port == row.text_or("port", ""));
  return same ? Failure() : fmt::format("{} and {}", split->host, split->port);
}

Failure run_hosts(const json::Value& row) {
  if (const std::string function = row.text_or("fn", ""); !function.empty())
    return run_host_function(row, function);
  const LoadResult loaded = load_case(row, "policy.hcl", "config");
  if (!loaded.snapshot) return first_error(loaded);
  const std::string host = row.text_or("host", "");
  const Result<SplitHost> asked = split_host_port(host);
  std::optional<std::uint16_t> port;
  if (!asked->port.empty()) port = parse_host("h:" + std::string(asked->port))->port;
  const Endpoint* found = loaded.snapshot->find_endpoint(row.text_or("profile", ""), asked->host, port);
  const std::string got = found ? found->name : "";
  return got == row.text_or("endpoint", "") ? Failure() : fmt::format("belongs to `{}`", got);
}

Failure run_misc(const json::Value& row) {
  const Result<std::uint64_t> size = parse_size(row.text_or("in", ""));
  if (size.ok() == row.bool_or("error", false)) return "error or not";
  return !size || static_cast<std::int64_t>(*size) == row.int_or("want", 0) ? Failure() : "another size";
}

std::optional<std::vector<json::Value>> rows_of(std::string_view name) {
  std::ifstream file(fmt::format("{}/{}.jsonl", corpora_folder(), name));
  if (!file) return std::nullopt;
  std::vector<json::Value> rows;
  for (std::string line; std::getline(file, line);) {
    Result<json::Value> row = json::parse(line);
    CLAW_CHECK(row.ok());
    rows.push_back(std::move(*row));
  }
  return rows;
}

// Fixtures name a configuration of ref_config, which may be in the half that is not here.
Failure run_fixture(const json::Value& row) {
  static const std::optional<std::vector<json::Value>> configs = rows_of("ref_config");
  for (const json::Value& config : configs.value_or(std::vector<json::Value>{})) {
    if (config.text_or("file", "") != row.text_or("config_file", "")) continue;
    const LoadResult loaded = load_case(config, "policy.hcl", "hcl");
    if (!loaded.snapshot) return first_error(loaded);
    const std::vector<policy::Target> targets = targets_of(*loaded.snapshot);
    const policy::Played played =
        policy::play(row.text_or("file", ""), json::format(*row.find("fixture")), targets);
    return played.passed ? Failure() : fmt::format("{}{} not {}", played.error, played.got, played.want);
  }
  return "its configuration is not here";
}

struct Collection {
  std::string_view name;
  Failure (*run)(const json::Value& row);
};

std::string name_of(const json::Value& row) {
  std::string name = row.text_or("src", row.text_or("file", row.text_or("in", "?")));
  const json::Value* request = row.find("request");
  if (request && request->bool_or("truncated", false)) name += " truncated";
  return name;
}

bool run(const Collection& collection, bool verbose) {
  const std::optional<std::vector<json::Value>> rows = rows_of(collection.name);
  if (!rows) return fmt::print("{}: skipped, the collection is not there\n", collection.name), true;
  std::size_t passed = 0;
  std::size_t known = 0;
  for (const json::Value& row : *rows) {
    const std::string name = name_of(row);
    const Failure failure = collection.run(row);
    if (!failure) {
      ++passed;
      continue;
    }
    const bool deliberate =
        *failure == "its configuration is not here" ||
        std::any_of(std::begin(differences), std::end(differences),
                    [&](const Difference& difference) { return difference.name == name; });
    known += deliberate ? 1 : 0;
    if (verbose) fmt::print("{}: {}{}: {}\n", collection.name, name, deliberate ? " (known)" : "", *failure);
  }
  fmt::print("{}: passed {} of {}\n", collection.name, passed, rows->size());
  return passed + known == rows->size();
}

}  // namespace
}  // namespace claw::config

int main(int count, char** arguments) {
  const bool verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  bool good = true;
  const claw::config::Collection collections[] = {
      {"ref_config", claw::config::run_config}, {"ref_dispatch", claw::config::run_dispatch},
      {"ref_hosts", claw::config::run_hosts},   {"ref_fixtures", claw::config::run_fixture},
      {"ref_misc", claw::config::run_misc},
  };
  for (const auto& collection : collections) good = claw::config::run(collection, verbose) && good;
  return good ? 0 : 1;
}
