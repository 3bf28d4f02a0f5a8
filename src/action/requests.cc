#include "action/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "action/http.h"
#include "action/subject.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::action {
namespace {

using cel::Value;

constexpr std::size_t text_shown_bytes_max = 120;  // A summary is one line; the whole text stands beside it.

std::span<const Named> kept(const Multimap& map, cel::Arena& arena) {
  std::size_t count = 0;
  for (const auto& [name, values] : map) count += values.size();
  const std::span<Named> fields = arena.array<Named>(count);
  std::size_t at = 0;
  for (const auto& [name, values] : map) {
    for (const std::string& value : values) fields[at++] = {arena.copy(name), arena.copy(value)};
  }
  return fields;
}

std::span<const std::string_view> divided(std::string_view path, cel::Arena& arena) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::vector<std::string_view> pieces = split(path, '/');
  const std::span<std::string_view> segments = arena.array<std::string_view>(pieces.size());
  std::copy(pieces.begin(), pieces.end(), segments.begin());
  return segments;
}

}  // namespace

Gathered gather(HttpRequest request) {
  Gathered gathered{std::make_shared<HttpStorage>(), {}};
  cel::Arena& arena = gathered.storage->arena;
  HttpParts& parts = gathered.parts;
  gathered.storage->body = std::move(request.body);
  parts.method = arena.copy(request.method);
  parts.scheme = arena.copy(lower(request.scheme));
  parts.host = arena.copy(lower(request.host));
  parts.path = arena.copy(request.path);
  parts.body = gathered.storage->body;
  parts.has_body = !parts.body.empty() || request.truncated;
  parts.is_gathered = true;
  parts.is_truncated = request.truncated;
  parts.allows_override = request.allows_override;
  parts.segments = divided(parts.path, arena);
  parts.query = kept(request.query, arena);
  parts.headers = kept(request.headers, arena);
  return gathered;
}

std::shared_ptr<const Subject> make_http_subject(HttpRequest request) {
  Gathered gathered = gather(std::move(request));
  return make_http_subject(gathered.parts, std::move(gathered.storage), {});
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
