#include "action/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "action/subject.h"
#include "base/json.h"
#include "base/text.h"
#include "cel/json.h"

namespace claw::action {
namespace {

using cel::Value;
using Values = std::vector<Value>;

constexpr std::size_t path_shown_bytes_max = 120;  // A summary is one line; the whole text stands beside it.

template <class Request>
struct Storage {
  explicit Storage(Request given) : request(std::move(given)) {}
  Request request;
  json::Value document;
  cel::Arena arena;
};

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
constexpr std::array<std::string_view, 3> http_reads{"get", "head", "options"};
constexpr std::array<std::string_view, 4> k8s_reads{"get", "list", "watch", "meta"};
constexpr std::array<std::string_view, 2> k8s_destroys{"delete", "deletecollection"};

Value multimap(Keeper& keep, const Multimap& map, bool any_spelling) {
  Values entries;
  for (const auto& [name, values] : map) {
    entries.insert(entries.end(), {Value::string(name), keep.texts(values)});
  }
  return keep.map(entries, any_spelling);
}

// `x-api-key` and `X-API-KEY` are one header: `X-Api-Key`, as the original's rules know it.
std::string canonical(std::string_view name) {
  std::string text = lower(name);
  bool starts = true;
  for (char& letter : text) {
    if (starts && letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    starts = letter == '-';
  }
  return text;
}

// Every name once, with all its values: a second header of that name must not hide from a rule.
Multimap merged(Multimap given, bool is_headers) {
  Multimap all;
  std::unordered_map<std::string, std::size_t> places;
  for (auto& [name, values] : given) {
    if (is_headers) name = canonical(name);
    const auto [place, is_new] = places.emplace(name, all.size());
    if (is_new) {
      all.emplace_back(std::move(name), std::move(values));
    } else {
      std::vector<std::string>& known = all[place->second].second;
      known.insert(known.end(), values.begin(), values.end());
    }
  }
  return all;
}

void fold(HttpRequest& request) {
  request.query = merged(std::move(request.query), false);
  request.headers = merged(std::move(request.headers), true);
  request.method = lower(request.method);
  request.host = lower(request.host);
}

// In the schema's order, as every list of facts below.
template <class Request>
void add_http(const HttpRequest& request, Storage<Request>& storage, Values& facts) {
  Keeper keep(storage.arena);
  storage.document = json::Object{};
  if (auto parsed = json::parse(request.body)) storage.document = std::move(parsed).value();
  facts.insert(facts.end(),
               {Value::string(request.method), Value::string(request.host), Value::string(request.path),
                multimap(keep, request.query, false), multimap(keep, request.headers, true),
                Value::string(request.body), cel::from_json(storage.document, storage.arena)});
}

std::string line_of(const HttpRequest& request) {
  return fmt::format("{} {}{}", upper(request.method), request.host,
                     printable(request.path, path_shown_bytes_max));
}

Values common(Value destructive, bool truncated) {
  return {destructive, Value::boolean(true), Value::boolean(truncated)};
}

// What all subjects of one part have in common; `part` is complete.
std::shared_ptr<const Subject> finish(Family family, Part part, std::string summary, bool truncated,
                                      std::shared_ptr<const void> storage) {
  auto subject = std::make_shared<Subject>();
  forget_unknown(family, truncated, true, part.facts);
  subject->family = family;
  subject->truncated = truncated;
  subject->text = part.text;
  subject->summary = std::move(summary);
  subject->destructive = part.destructive;
  subject->reads_only = part.reads_only;
  json::Writer out(subject->record_json);
  out.begin_object();
  out.member("family", name_of(family));
  out.member("summary", subject->summary);
  out.member("text", subject->text);
  out.member("verb", part.verb);
  if (truncated) out.member("truncated", true);
  if (part.destructive) out.member("destructive", true);
  out.end_object();
  subject->record_json = subject->record_json.substr(1, subject->record_json.size() - 2);
  subject->parts.push_back(std::move(part));
  subject->storage = std::move(storage);
  return subject;
}

}  // namespace

std::shared_ptr<const Subject> make_http_subject(HttpRequest given) {
  fold(given);
  auto storage = std::make_shared<Storage<HttpRequest>>(std::move(given));
  const HttpRequest& request = storage->request;
  Part part{request.method, fmt::format("{} {}{}", upper(request.method), request.host, request.path),
            request.method == "delete", is_one_of(request.method, http_reads), {}};
  part.facts = common(Value::boolean(part.destructive), request.truncated);
  add_http(request, *storage, part.facts);
  return finish(Family::http, std::move(part), line_of(request), request.truncated, storage);
}

std::shared_ptr<const Subject> make_k8s_subject(K8sCall given) {
  given.verb = lower(given.verb);
  fold(given.http);
  auto storage = std::make_shared<Storage<K8sCall>>(std::move(given));
  const K8sCall& call = storage->request;
  const std::string name = call.name.empty() ? call.resource : call.resource + "/" + call.name;
  std::string line = fmt::format("{} {}", call.verb, printable(name, path_shown_bytes_max));
  if (!call.space.empty()) line += " in " + printable(call.space, path_shown_bytes_max);
  Part part{call.verb, line, is_one_of(call.verb, k8s_destroys), is_one_of(call.verb, k8s_reads), {}};
  part.facts = common(Value::boolean(part.destructive), call.http.truncated);
  add_http(call.http, *storage, part.facts);
  if (call.verb.empty()) {
    part.facts.resize(part.facts.size() + 5, Value::absent());
  } else {
    Keeper keep(storage->arena);
    Values params;
    for (const auto& [key, value] : call.params) {
      params.insert(params.end(), {Value::string(key), Value::string(value)});
    }
    part.facts.insert(part.facts.end(),
                      {Value::string(call.verb), Value::string(call.resource), Value::string(call.space),
                       Value::string(call.name), keep.map(params)});
  }
  return finish(Family::k8s, std::move(part), std::move(line), call.http.truncated, storage);
}

std::shared_ptr<const Subject> make_ssh_subject(SshRequest given) {
  given.verb = lower(given.verb);
  auto storage = std::make_shared<Storage<SshRequest>>(std::move(given));
  const SshRequest& request = storage->request;
  const bool forwards = request.verb == "forward";
  const std::string what = forwards ? fmt::format("{}:{}", request.forward_host, request.forward_port)
                                    : request.command + request.subsystem;
  const std::string text = what.empty() ? request.verb : request.verb + " " + what;
  Part part{request.verb, text, false, false, {}};
  // What a command or a shell will do is not in the request, so whether it destroys is not known.
  part.facts =
      common(forwards ? Value::boolean(false) : Value::unknown(cel::Cause::unparsed), request.truncated);
  part.facts.insert(part.facts.end(), {Value::string(request.verb), Value::string(request.command),
                                       Value::string(request.subsystem), Value::string(request.forward_host),
                                       Value::int64(request.forward_port), Value::string(request.user),
                                       Value::string(request.input)});
  return finish(Family::ssh, std::move(part), printable(text, path_shown_bytes_max), request.truncated,
                storage);
}

}  // namespace claw::action
