// Runs collections from outside over the facts: JSON texts (json_suite), URLs (url_whatwg), attacks
// (crs_http) and calls that destroy (http_destructive). Prints `NAME: passed N of M`; with -v every failure.
// Exits 1 if a case fails. Collections that are not there are skipped.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "protocol/http/facts/facts.h"

namespace claw::http {
namespace {

using Failure = std::optional<std::string>;

// Which of two equal keys counts is what two readers disagree about: refused, though the grammar allows it.
constexpr std::array<std::string_view, 2> differences{"y_object_duplicated_key",
                                                      "y_object_duplicated_key_and_value"};

struct Sent {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string body = {};
};

std::shared_ptr<const action::Subject> subject_of(const Sent& sent, const Target& target) {
  Request request;
  request.method = sent.method;
  request.path = sent.target;
  for (const auto& [name, value] : sent.fields) request.fields.add(name, value);
  request.has_body = !sent.body.empty();
  Asked asked{request, target, "https", "example.com", std::nullopt};
  if (request.has_body) asked.body = Body{sent.body, true};
  return read_request(asked, {true, true, true, true});
}

cel::Value fact(const action::Subject& subject, std::string_view name) {
  return subject.parts.front().facts.at(*action::slot_of(action::Family::http, name));
}

Failure run_json(const json::Value& row) {
  const auto body = from_base64(row.text_or("raw_b64", ""));
  if (!body) return "the case is not base64";
  const std::string expected = row.text_or("expect", "");
  const Sent sent{"POST", "/", {{"Content-Type", "application/json"}}, *body};
  const auto subject = subject_of(sent, read_target("/").value());
  const bool is_read = !fact(*subject, "http.body_json").is(cel::Kind::unknown);
  if (is_read != subject->understood) return "known and not understood, or the other way";
  // An empty body is no document; what the collection calls refused is an empty object here, as documented.
  if (expected == "either" || body->empty()) return std::nullopt;
  const bool differs = std::find(differences.begin(), differences.end(), row.text_or("name", "")) !=
                       differences.end();
  const bool wanted = expected == "accept" && !differs;
  return is_read == wanted ? Failure() : Failure(is_read ? "is read" : subject->why_not);
}

// Only http and https, absolute: others are not for us. What WHATWG does to a path that two servers could
// read differently is repairing; here it is not understood.
Failure run_url(const json::Value& row) {
  const std::string input = row.text_or("input", "");
  const std::string path = row.text_or("pathname", "");
  const std::string protocol = row.text_or("protocol", "");
  const std::string start = protocol + "//";
  if (path.empty() || (protocol != "http:" && protocol != "https:") || !input.starts_with(start)) {
    return "skip";
  }
  const std::string_view rest = std::string_view(input).substr(start.size());
  const std::size_t from = rest.find_first_of("/?#");
  std::string target(from == rest.npos ? "/" : rest.substr(from));
  if (!target.starts_with('/')) target.insert(0, "/");
  const auto ours = read_target(target);
  if (!ours || !ours->why_not.empty()) return std::nullopt;
  const auto theirs =
      read_target(path);  // WHATWG leaves escapes of unreserved characters and doubled slashes.
  if (theirs && theirs->path == ours->path && theirs->send == ours->send.substr(0, ours->send.find('?'))) {
    return std::nullopt;
  }
  return fmt::format("`{}` is sent as `{}`, not `{}`", target, ours->send, path);
}

Failure run_attack(const json::Value& row) {
  Sent sent{row.text_or("method", "GET"), row.text_or("uri", row.text_or("url", "/")), {},
            row.text_or("data", row.text_or("body", ""))};
  if (const json::Value* headers = row.find("headers"); headers != nullptr && headers->object() != nullptr) {
    for (const auto& [name, value] : *headers->object()) {
      if (value.string() != nullptr) sent.fields.emplace_back(name, *value.string());
    }
  }
  const auto target = read_target(sent.target);
  if (!target) return std::nullopt;
  const auto subject = subject_of(sent, *target);
  const cel::Value path = fact(*subject, "http.path");
  if (!path.is(cel::Kind::string)) return std::nullopt;
  for (const std::string_view piece : split(path.as_text(), '/')) {
    if (piece == "." || piece == "..") return "dots are left in " + quoted(path.as_text());
  }
  return std::nullopt;
}

Failure run_destructive(const json::Value& row) {
  const std::string url = row.text_or("url", "");
  const std::size_t host = url.find("://");
  if (host == url.npos) return "skip";
  const std::size_t from = url.find('/', host + 3);
  const std::string target = from == url.npos ? "/" : url.substr(from);
  const auto read = read_target(target);
  if (!read) return read.error().what;
  const std::string method = row.text_or("method", "");
  const auto subject = subject_of({method, target, {}, row.text_or("data", "")}, *read);
  const cel::Value is = fact(*subject, "http.method");
  if (!is.is(cel::Kind::string) || is.as_text() != lower(method)) return "another method";
  const cel::Value path = fact(*subject, "http.path");
  if (!path.is(cel::Kind::string) || path.as_text() != target.substr(0, target.find('?'))) {
    return "another path";
  }
  // A mutation may destroy by POST; what the collection allows does not.
  if (method == "DELETE" && !subject->destructive) return "does not destroy";
  if (method != "DELETE" && subject->destructive && row.text_or("label", "") == "allow") return "destroys";
  return std::nullopt;
}

struct Collection {
  std::string_view name;
  Failure (*run)(const json::Value&);
};
constexpr Collection collections[] = {{"json_suite", run_json},
                                      {"url_whatwg", run_url},
                                      {"crs_http", run_attack},
                                      {"http_destructive", run_destructive}};

// Beside the project, from wherever in it this is run.
std::string corpora() {
  if (const char* set = std::getenv("CLAWPATROL_CORPORA")) return set;
  for (std::string up; up.size() < 30; up += "../") {
    if (std::ifstream(up + "shared/corpora/README.md")) return up + "shared/corpora";
  }
  return "../shared/corpora";
}

bool run(const Collection& collection, const std::string& folder, bool verbose) {
  std::ifstream file(folder + "/" + std::string(collection.name) + ".jsonl");
  if (!file) return fmt::print("{}: skipped, the collection is not there\n", collection.name), true;
  std::size_t all = 0;
  std::size_t passed = 0;
  for (std::string line; std::getline(file, line);) {
    const auto row = json::parse(line);
    const Failure failure = row ? collection.run(*row) : Failure("not JSON: " + row.error().what);
    if (failure == "skip") continue;
    ++all;
    passed += failure ? 0 : 1;
    if (failure && verbose) fmt::print("{}: {}\n  {}\n", collection.name, printable(line, 200), *failure);
  }
  fmt::print("{}: passed {} of {}\n", collection.name, passed, all);
  return passed == all;
}

}  // namespace
}  // namespace claw::http

int main(int count, char** arguments) {
  const bool verbose = count > 1 && std::string_view(arguments[1]) == "-v";
  const std::string folder = claw::http::corpora();
  bool good = true;
  for (const auto& collection : claw::http::collections) {
    good = claw::http::run(collection, folder, verbose) && good;
  }
  return good ? 0 : 1;
}
