// Puts HTTP actions and kubectl command lines that others have labelled before the packs: what destroys must
// never pass unasked, and how often what is harmless is asked about or refused is counted. `-v` lists every
// case that is not as labelled.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "action/requests.h"
#include "action/sql.h"
#include "base/corpora/corpora_for_test.h"
#include "base/json.h"
#include "base/text.h"
#include "config/decode/kubectl_for_test.h"
#include "config/load.h"
#include "policy/ruleset.h"

namespace claw::config {
namespace {

constexpr std::string_view packs_by_host[][2] = {
    {"github.com", "github-guarded"},         {"githubusercontent.com", "github-guarded"},
    {"googleapis.com", "gcp-guarded"},        {"amazonaws.com", "aws-guarded"},
};

std::string_view pack_for(std::string_view host) {
  for (const auto& [suffix, pack] : packs_by_host) {
    if (host == suffix || host.ends_with("." + std::string(suffix))) return pack;
  }
  return "https-guarded";
}

LoadResult with(std::string_view pack) {
  return load_text("a.hcl", fmt::format("schema_version = 2\nendpoint \"https\" \"api\" {{\n"
                                        "  hosts = [\"a.example\"]\n  use = [\"{}\"]\n}}\n",
                                        pack));
}

action::Multimap query_of(std::string_view text) {
  action::Multimap query;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    query.push_back({std::string(pair.substr(0, equals)), {std::string(value)}});
  }
  return query;
}

// As the command line of the case would send it: data without a type is a form.
action::HttpRequest request_of(const json::Value& row) {
  const std::string url = row.text_or("url", "");
  std::string_view rest = std::string_view(url).substr(std::min(url.find("://") + 3, url.size()));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  action::HttpRequest http;
  http.method = row.text_or("method", "GET");
  http.scheme = url.substr(0, url.find(':'));
  http.host = lower(authority.substr(0, authority.find(':')));
  http.path = mark == 0 ? "/" : std::string(rest.substr(0, mark));
  http.query = query_of(rest.substr(std::min(mark + 1, rest.size())));
  http.body = row.text_or("data", "");
  if (http.body.empty()) return http;
  const bool is_json = http.body.starts_with('{') || http.body.starts_with('[');
  http.headers.push_back(
      {"content-type", {is_json ? "application/json" : "application/x-www-form-urlencoded"}});
  return http;
}

policy::Decision judge(const Endpoint& endpoint, action::HttpRequest http) {
  action::Action action;
  action.context = action::make_context(endpoint.family, {{}, endpoint.typed, "c", "case"});
  action.subject = action::make_http_subject(std::move(http));
  cel::Arena arena;
  return endpoint.ruleset->judge(action, arena);
}

struct Counts {
  std::size_t rows = 0;
  std::size_t destructive = 0;
  std::size_t let_through = 0;
  std::size_t asked = 0;    // Of what is harmless.
  std::size_t refused = 0;
};

bool run(const std::string& path, bool verbose) {
  std::ifstream file(path);
  if (!file) return fmt::print("http_destructive: skipped, the collection is not there\n"), true;
  std::map<std::string_view, LoadResult> loaded;
  Counts counts;
  for (std::string line; std::getline(file, line); ++counts.rows) {
    const Result<json::Value> row = json::parse(line);
    CLAW_CHECK(row.ok());
    action::HttpRequest http = request_of(*row);
    const std::string_view pack = pack_for(http.host);
    const auto [policy, is_new] = loaded.try_emplace(pack);
    if (is_new) policy->second = with(pack);
    CLAW_CHECK(policy->second.snapshot != nullptr);
    const policy::Decision decision = judge(policy->second.snapshot->endpoints.front(), std::move(http));
    const bool harmless = row->text_or("label", "") == "allow";
    const bool allowed = decision.outcome == policy::Outcome::allow;
    counts.destructive += harmless ? 0 : 1;
    counts.let_through += !harmless && allowed ? 1 : 0;
    counts.asked += harmless && decision.outcome == policy::Outcome::approve ? 1 : 0;
    counts.refused += harmless && decision.outcome == policy::Outcome::deny ? 1 : 0;
    if (verbose && harmless != allowed) {
      fmt::print("{} {}: {} by {}\n", row->text_or("method", ""), row->text_or("url", ""),
                 policy::name_of(decision.outcome), decision.rule_name);
    }
  }
  const std::size_t wrong = counts.let_through + counts.asked + counts.refused;
  fmt::print("http_destructive: passed {} of {}\n", counts.rows - wrong, counts.rows);
  fmt::print("  let through {} of {} that destroy; of {} harmless asked about {} and refused {}\n",
             counts.let_through, counts.destructive, counts.rows - counts.destructive, counts.asked,
             counts.refused);
  return counts.let_through == 0;
}

LoadResult guarded_cluster() {
  return load_text("a.hcl", "schema_version = 2\nendpoint \"kubernetes\" \"prod\" {\n"
                            "  server = \"k8s.example\"\n  use = [\"kubernetes-guarded\"]\n}\n");
}

// The strictest of what the line asks for, one after the other.
policy::Outcome judge(const Endpoint& endpoint, std::vector<action::K8sCall> calls) {
  policy::Outcome strictest = policy::Outcome::allow;
  for (action::K8sCall& call : calls) {
    action::Action action;
    action.context = action::make_context(endpoint.family, {{}, endpoint.typed, "c", "case"});
    action.subject = action::make_k8s_subject(std::move(call));
    cel::Arena arena;
    strictest = std::max(strictest, endpoint.ruleset->judge(action, arena).outcome);
  }
  return strictest;
}

struct KubectlCounts {
  std::size_t rows = 0;
  std::size_t unread = 0;       // Asks nobody, or the line does not say what for.
  std::size_t watched = 0;      // Labelled ask, deny or flag.
  std::size_t pods_deleted = 0; // Of them: by name, which the pack lets agents do.
  std::size_t let_through = 0;  // Of them: anything else.
  std::size_t asked = 0;        // Of what is harmless.
  std::size_t refused = 0;
};

// What agentshield does not mark as an attack it wants not refused; whether it is asked about is all one.
bool is_harmless(const json::Value& row) {
  return row.text_or("label", "") == "allow" || row.text_or("cls", "") == "TN";
}

void count(const json::Value& row, const Endpoint& endpoint, KubectlCounts& counts, bool verbose) {
  const std::string line = row.text_or("command", "");
  std::vector<action::K8sCall> calls = kubectl_calls(line);
  ++counts.rows;
  if (calls.empty()) return void(++counts.unread);
  const bool deletes_pods = std::ranges::all_of(calls, [](const action::K8sCall& call) {
    return call.verb == "list" || (call.verb == "delete" && call.resource == "pods");
  });
  const policy::Outcome outcome = judge(endpoint, std::move(calls));
  const bool harmless = is_harmless(row);
  const bool allowed = outcome == policy::Outcome::allow;
  counts.watched += harmless ? 0 : 1;
  counts.pods_deleted += !harmless && allowed && deletes_pods ? 1 : 0;
  counts.let_through += !harmless && allowed && !deletes_pods ? 1 : 0;
  counts.asked += harmless && outcome == policy::Outcome::approve ? 1 : 0;
  counts.refused += harmless && outcome == policy::Outcome::deny ? 1 : 0;
  if (verbose && harmless != allowed) {
    fmt::print("{} ({}): {}\n", line, row.text_or("label", ""), policy::name_of(outcome));
  }
}

bool run_kubectl(const std::string& path, bool verbose) {
  std::ifstream file(path);
  if (!file) return fmt::print("commands: skipped, the collection is not there\n"), true;
  const LoadResult loaded = guarded_cluster();
  CLAW_CHECK(loaded.snapshot != nullptr);
  KubectlCounts counts;
  for (std::string line; std::getline(file, line);) {
    if (line.find("kubectl") == line.npos) continue;
    const Result<json::Value> row = json::parse(line);
    CLAW_CHECK(row.ok());
    count(*row, loaded.snapshot->endpoints.front(), counts, verbose);
  }
  const std::size_t read = counts.rows - counts.unread;
  const std::size_t wrong = counts.let_through + counts.asked + counts.refused;
  fmt::print("commands: kubectl passed {} of {}, {} more ask nobody or do not say what\n", read - wrong, read,
             counts.unread);
  fmt::print("  let through {} of {} to be asked about or refused, and {} that delete pods by name\n",
             counts.let_through, counts.watched, counts.pods_deleted);
  fmt::print("  of {} harmless asked about {} and refused {}\n", read - counts.watched, counts.asked,
             counts.refused);
  return counts.let_through == 0;
}

}  // namespace
}  // namespace claw::config

int main(int count, char** arguments) {
  const bool verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  const std::string folder = claw::corpora_folder();
  const bool is_http_well = claw::config::run(folder + "/http_destructive.jsonl", verbose);
  const bool is_kubectl_well = claw::config::run_kubectl(folder + "/commands.jsonl", verbose);
  return is_http_well && is_kubectl_well ? 0 : 1;
}
