#include "admin/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace claw::admin {

namespace {

http::WholeResponse json_answer(int status, std::string body) {
  http::WholeResponse response{status, {}, std::move(body)};
  response.fields.add("Content-Type", "application/json");
  response.fields.add("Cache-Control", "no-store");
  return response;
}

http::WholeResponse text_answer(int status, std::string body) {
  http::WholeResponse response{status, {}, std::move(body)};
  response.fields.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

// What is not known is null: the person weighs that, as rules do.
void append_session(json::Writer& writer, const std::vector<action::Stated>& session) {
  writer.key("session");
  writer.begin_object();
  for (const action::Stated& each : session) {
    if (each.is_known && each.is_list) {
      writer.member(each.name, each.values);
      continue;
    }
    writer.key(each.name);
    if (each.is_known) writer.string(each.values.front());
    else writer.null();
  }
  writer.end_object();
}

void append_entry(json::Writer& writer, const approval::Entry& entry) {
  const approval::Question& question = entry.question;
  writer.begin_object();
  writer.member("id", question.id);
  writer.member("state", approval::name_of(entry.state));
  writer.member("asked", format_time(question.asked_us));
  writer.member("agent", question.agent);
  writer.member("profile", question.profile);
  writer.member("endpoint", question.endpoint);
  writer.member("rule", question.rule);
  writer.member_unless_empty("reason", question.reason);
  writer.member("summary", question.summary);
  writer.member("text", question.text);
  writer.member("destructive", question.destructive);
  writer.key("parameters");
  writer.begin_array();
  for (const action::Parameter& parameter : question.parameters) {
    if (parameter) writer.string(*parameter);
    else writer.null();
  }
  writer.end_array();
  if (!question.session.empty()) append_session(writer, question.session);
  writer.member_unless_empty("agent_says", question.reasoning);
  writer.member("fingerprint", question.fingerprint);
  writer.member("waits", question.waits_for_retry ? "retry" : "connection");
  writer.key("evidence");
  writer.begin_array();
  for (const approval::Evidence& evidence : question.evidence) {
    writer.begin_object();
    writer.member("title", evidence.title);
    writer.member("kind", approval::name_of(evidence.kind));
    writer.member("text", evidence.text);
    writer.member("failed", evidence.failed);
    writer.end_object();
  }
  writer.end_array();
  writer.key("approvers");
  writer.begin_array();
  for (const approval::Approver& approver : question.approvers) {
    writer.begin_object();
    writer.member("name", approver.name);
    writer.member("required", std::int64_t{approver.required});
    writer.end_object();
  }
  writer.end_array();
  writer.key("replies");
  writer.begin_array();
  for (const approval::Reply& reply : entry.replies) {
    writer.begin_object();
    writer.member("person", reply.person);
    writer.member("choice", reply.choice == approval::Choice::allow ? "allow" : "deny");
    writer.member_unless_empty("comment", reply.comment);
    writer.end_object();
  }
  writer.end_array();
  if (entry.ended_us != 0) writer.member("ended", format_time(entry.ended_us));
  writer.end_object();
}

std::string_view without_query(std::string_view path) { return path.substr(0, path.find('?')); }

// What the command line does to the sealed store itself; only these, so that a note cannot pass for a record
// of the gateway's own.
constexpr std::array<std::string_view, 5> notable = {"secret_set", "secret_removed", "vault_rotated",
                                                     "token_made", "credential_connected"};
constexpr std::size_t subject_bytes_max = 300;  // A name and a slot.

}  // namespace

std::string format_entry(const approval::Entry& entry) {
  std::string out;
  json::Writer writer(out);
  append_entry(writer, entry);
  return out;
}

http::WholeResponse Api::handle(const http::Request& request, std::string_view body, const Caller& caller) {
  const std::string_view path = without_query(request.path);
  const bool get = request.method == "GET";
  if (get && path == "/healthz") return text_answer(200, "ok\n");
  if (get && path == "/readyz") {
    return sources_.is_ready() ? text_answer(200, "ready\n") : text_answer(503, "not ready\n");
  }
  if (get && path == "/metrics") return text_answer(200, sources_.registry.text());

  constexpr std::string_view api = "/api/v1/";
  if (!path.starts_with(api)) return problem(404, "no such path");
  // A gateway's metrics address may be open to a whole cluster; what decides things is not.
  if (!caller.is_operator) return problem(403, "only operators, through the gateway's own socket");
  const std::string_view rest = path.substr(api.size());
  if (get && rest == "status") return json_answer(200, sources_.status_json());
  if (request.method == "POST" && rest == "reload") {
    sources_.reload();
    return json_answer(200, "{\"reload\":\"started\"}");
  }
  if (request.method == "POST" && rest == "notes") return note(body, caller);
  if (rest == "approvals" || rest.starts_with("approvals/")) return approvals(request, rest, body, caller);
  return problem(404, "no such path");
}

http::WholeResponse Api::approvals(const http::Request& request, std::string_view rest, std::string_view body,
                              const Caller& caller) {
  const auto parts = split(rest, '/');
  if (request.method == "GET" && parts.size() == 1) {
    std::string out;
    json::Writer writer(out);
    writer.begin_array();
    for (const approval::Entry& entry : sources_.questions.list()) append_entry(writer, entry);
    writer.end_array();
    return json_answer(200, std::move(out));
  }
  if (request.method == "GET" && parts.size() == 2) {
    const auto entry = sources_.questions.show(parts[1]);
    return entry ? json_answer(200, format_entry(*entry)) : problem(404, "no such approval");
  }
  if (request.method == "POST" && parts.size() == 3) {
    if (parts[2] == "allow") return decide(parts[1], approval::Choice::allow, body, caller);
    if (parts[2] == "deny") return decide(parts[1], approval::Choice::deny, body, caller);
  }
  return problem(405, "GET approvals, GET approvals/ID, POST approvals/ID/allow or approvals/ID/deny");
}

http::WholeResponse Api::decide(std::string_view id, approval::Choice choice, std::string_view body,
                           const Caller& caller) {
  approval::Reply reply;
  reply.person = caller.user;
  reply.choice = choice;
  if (!body.empty()) {
    const auto parsed = json::parse(body);
    if (!parsed) return problem(400, parsed.error().what);
    reply.comment = parsed->text_or("comment", "");
    reply.approver = parsed->text_or("approver", "");
    reply.person = parsed->text_or("person", caller.user);
  }
  const bool allow = choice == approval::Choice::allow;
  // Written down before it takes effect, under the name the operating system vouches for as well.
  const std::string detail =
      fmt::format("{} by {} (user {})", allow ? "allow" : "deny", reply.person, caller.user);
  const auto written = sources_.sink.append(audit::Admin{reply.person, "approval_answered", id, detail});
  if (!written) return problem(503, "the answer could not be recorded, so it does not count");
  const auto state = sources_.questions.answer(id, std::move(reply), sources_.clock.wall_us());
  if (!state) return problem(state.error().code == Code::not_found ? 404 : 409, state.error().what);
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("id", id);
  writer.member("state", approval::name_of(*state));
  writer.end_object();
  return json_answer(200, std::move(out));
}

// Answered only once it is written: the command line changes nothing before.
http::WholeResponse Api::note(std::string_view body, const Caller& caller) {
  const auto parsed = json::parse(body);
  if (!parsed) return problem(400, parsed.error().what);
  const std::string event = parsed->text_or("event", "");
  const std::string subject = parsed->text_or("subject", "");
  if (std::ranges::find(notable, event) == notable.end()) return problem(400, "no event to note");
  if (subject.empty() || subject.size() > subject_bytes_max) return problem(400, "a note has a subject");
  const std::string_view detail = parsed->bool_or("failed", false) ? "it failed" : "";
  const auto written = sources_.sink.append(audit::Admin{caller.user, event, subject, detail});
  if (!written) return problem(503, "it could not be recorded");
  if (!sources_.sink.wait_durable(*written)) return problem(503, "it could not be recorded");
  return json_answer(200, "{\"noted\":true}");
}

}  // namespace claw::admin
