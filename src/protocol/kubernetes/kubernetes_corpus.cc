// Runs collections from outside over the paths: the API server's own tests (k8s_requestinfo), every path of
// the API's description (k8s_paths), the original's tests (ref_k8s). Prints `NAME: passed N of M`; with -v
// every failure. Exits 1 if a case fails. Collections that are not there are skipped.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "action/k8s/k8s.h"
#include "base/json.h"
#include "protocol/kubernetes/facts.h"

namespace claw::kubernetes {
namespace {

using Failure = std::optional<std::string>;

// The root is written as nothing in one case.
Located located_of(const json::Value& row) {
  http::Request request;
  request.method = row.text_or("method", "");
  request.path = row.text_or("url", "");
  if (request.path.empty()) request.path = "/";
  return locate(request, http::read_target(request.path).value());
}

Failure differs(std::string_view what, std::string_view ours, const json::Value& row, std::string_view key) {
  const json::Value* wanted = row.find(key);
  if (wanted == nullptr || wanted->string() == nullptr || *wanted->string() == ours) return std::nullopt;
  return fmt::format("{}: `{}` for `{}`", what, ours, *wanted->string());
}

Failure run_path(const json::Value& row) {
  const Located located = located_of(row);
  const Path& path = located.path;
  if (!path.why_not.empty()) return path.why_not;
  if (path.is_resource != row.bool_or("resource_request", false)) return "a resource, or none";
  if (!path.is_resource) return std::nullopt;
  struct Member {
    std::string_view key;
    std::string_view ours;
  };
  const Member members[] = {{"verb", path.verb},           {"api_group", path.api_group},
                            {"api_version", path.api_version}, {"namespace", path.space},
                            {"resource_path", path.resource},  {"subresource", path.subresource},
                            {"name", path.name}};
  for (const auto& [key, ours] : members) {
    if (auto failure = differs(key, ours, row, key)) return failure;
  }
  return std::nullopt;
}

// The original calls discovery and health `meta`; here, as at the API server, the verb is the method.
Failure run_original(const json::Value& row) {
  const Located located = located_of(row);
  const Path& path = located.path;
  if (!path.why_not.empty()) return path.why_not;
  if (!row.bool_or("parsed", false) || row.text_or("verb", "") == "meta") {
    const bool is_other = !path.is_resource && path.verb == "get" && !path.non_resource_path.empty();
    return is_other ? Failure() : Failure("a resource");
  }
  for (const auto& [key, ours] : {std::pair<std::string_view, std::string_view>{"verb", path.verb},
                                  {"resource", path.resource},
                                  {"namespace", path.space},
                                  {"res_name", path.name}}) {
    if (auto failure = differs(key, ours, row, key)) return failure;
  }
  const json::Value* params = row.find("params");
  const auto& query = located.reading.parts.query;
  if (params == nullptr) return std::nullopt;
  if (params->object()->size() != query.size()) return "another number of parameters";
  for (const auto& [name, value] : query) {
    if (auto failure = differs(name, value, *params, name)) return failure;
  }
  return std::nullopt;
}

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

bool run(const std::string& path, std::string_view name, Failure (*play)(const json::Value&), bool verbose) {
  std::ifstream file(fmt::format("{}/{}.jsonl", path, name));
  std::size_t passed = 0;
  std::size_t total = 0;
  for (std::string line; std::getline(file, line); ++total) {
    const auto row = json::parse(line);
    const Failure failure = row ? play(*row) : Failure("the case is not JSON");
    passed += failure ? 0 : 1;
    if (failure && verbose) fmt::print("  {}: {}\n", *failure, line.substr(0, 200));
  }
  fmt::print("{}: passed {} of {}\n", name, passed, total);
  return passed == total;
}

}  // namespace
}  // namespace claw::kubernetes

int main(int count, char** arguments) {
  using namespace claw::kubernetes;
  const bool verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  const std::string path = folder();
  if (path.empty()) {
    fmt::print("skipped: no corpora here (CLAWPATROL_CORPORA)\n");
    return 0;
  }
  bool all = run(path, "k8s_requestinfo", run_path, verbose);
  all = run(path, "k8s_paths", run_path, verbose) && all;
  all = run(path, "ref_k8s", run_original, verbose) && all;
  return all ? 0 : 1;
}
