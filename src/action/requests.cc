#include "action/requests.h"

#include <fmt/format.h>

#include <string_view>

#include "action/body/escape.h"
#include "action/http.h"
#include "action/subject.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::action {
namespace {

using cel::Value;

constexpr std::size_t text_shown_bytes_max = 120;  // A summary is one line; the whole text stands beside it.

// Decoded values as views, everything kept in one storage.
class Gathered {
 public:
  explicit Gathered(HttpRequest request) {
    storage->body = std::move(request.body);
    parts.method = keep(request.method);
    parts.scheme = keep(lower(request.scheme));
    parts.host = keep(lower(request.host));
    parts.path = keep(request.path);
    parts.body = storage->body;
    parts.has_body = !storage->body.empty() || request.truncated;
    parts.is_gathered = true;
    parts.is_truncated = request.truncated;
    parts.allows_override = request.allows_override;
    std::string_view path = parts.path;
    if (path.starts_with('/')) path.remove_prefix(1);
    segments_ = split(path, '/');
    parts.segments = segments_;
    parts.query = keep(request.query, query_);
    parts.headers = keep(request.headers, headers_);
  }

  std::shared_ptr<HttpStorage> storage = std::make_shared<HttpStorage>();
  HttpParts parts;

 private:
  std::string_view keep(std::string_view text) { return storage->arena.copy(text); }
  std::span<const Named> keep(const Multimap& map, std::vector<Named>& into) {
    for (const auto& [name, values] : map) {
      for (const std::string& value : values) into.push_back({keep(name), keep(value)});
    }
    return into;
  }

  std::vector<std::string_view> segments_;
  std::vector<Named> query_;
  std::vector<Named> headers_;
};

}  // namespace

std::shared_ptr<const Subject> make_http_subject(HttpRequest request) {
  Gathered gathered(std::move(request));
  return make_http_subject(gathered.parts, gathered.storage, {});
}

std::shared_ptr<const Subject> make_k8s_subject(K8sCall call) {
  Gathered gathered(std::move(call.http));
  return make_k8s_subject(std::move(call), gathered.parts, gathered.storage, {});
}

std::shared_ptr<const Subject> make_ssh_subject(SshRequest given) {
  given.verb = lower(given.verb);
  auto storage = std::make_shared<SshRequest>(std::move(given));
  const SshRequest& request = *storage;
  const bool forwards = request.verb == "forward";
  const std::string what = forwards ? fmt::format("{}:{}", request.forward_host, request.forward_port)
                                    : request.command + request.subsystem;
  const std::string text = what.empty() ? request.verb : request.verb + " " + what;
  auto subject = std::make_shared<Subject>();
  subject->family = Family::ssh;
  subject->truncated = request.truncated;
  subject->text = text;
  subject->summary = printable(text, text_shown_bytes_max);
  // What a command or a shell will do is not in the request, so whether it destroys is not known.
  Part part{request.verb, text, false, false, {}};
  part.facts = {forwards ? Value::boolean(false) : Value::unknown(cel::Cause::unparsed), Value::boolean(true),
                Value::boolean(request.truncated), Value::string(request.verb),
                Value::string(request.command), Value::string(request.subsystem),
                Value::string(request.forward_host), Value::int64(request.forward_port),
                Value::string(request.user), Value::string(request.input)};
  forget_unknown(Family::ssh, request.truncated, true, part.facts);
  json::Writer out(subject->record_json);
  out.begin_object();
  out.member("family", name_of(Family::ssh));
  out.member("summary", subject->summary);
  out.member("text", subject->text);
  out.member("verb", part.verb);
  if (subject->truncated) out.member("truncated", true);
  out.end_object();
  subject->record_json = subject->record_json.substr(1, subject->record_json.size() - 2);
  subject->parts.push_back(std::move(part));
  subject->storage = std::move(storage);
  return subject;
}

}  // namespace claw::action
