#include "protocol/http/refusal.h"

#include <fmt/format.h>

#include "base/json.h"

namespace claw::http {

namespace {

struct Named {
  int status;
  std::string_view title;
  std::string_view google;  // google.rpc.Code
  int grpc;                 // The same as gRPC's number.
};
constexpr Named names[] = {
    {400, "Not understood", "INVALID_ARGUMENT", 3},
    {401, "Who are you?", "UNAUTHENTICATED", 16},
    {403, "Refused by policy", "PERMISSION_DENIED", 7},
    {407, "Who are you?", "UNAUTHENTICATED", 16},
    {404, "No such operation", "NOT_FOUND", 5},
    {408, "Took too long", "DEADLINE_EXCEEDED", 4},
    {409, "Not what was allowed", "FAILED_PRECONDITION", 9},
    {413, "Too large to judge", "RESOURCE_EXHAUSTED", 8},
    {421, "Asked for another host", "INVALID_ARGUMENT", 3},
    {429, "Too many connections", "RESOURCE_EXHAUSTED", 8},
    {501, "Not supported", "UNIMPLEMENTED", 12},
    {503, "No room", "RESOURCE_EXHAUSTED", 8},
    {502, "Upstream not reached", "UNAVAILABLE", 14},
};

const Named& named(int status) {
  for (const Named& each : names) {
    if (each.status == status) return each;
  }
  return names[2];
}

std::string percent_encoded(std::string_view text) {  // As grpc-message wants it: printable ASCII but %.
  std::string out;
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7F && c != '%') out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string sentence(const action::Verdict& why) {
  std::string text = why.rule.empty() ? why.reason : fmt::format("{} (rule {})", why.reason, why.rule);
  if (!why.hint.empty()) text += fmt::format("; {}", why.hint);
  return text;
}

// Some clients read no JSON but what they asked for (octokit); who takes anything is told what it is.
bool wants_plain_json(const Request& request) {
  const auto accept = request.fields.find("accept");
  return accept && accept->find("json") != accept->npos && accept->find("*/*") == accept->npos &&
         accept->find("problem+json") == accept->npos;
}

constexpr std::int64_t retry_after_s = 5;  // People take longer, and agents should not hammer.

void finish(Refusal& refusal, const Request& request) {
  refusal.response.fields.add("Cache-Control", "no-store");
  refusal.response.length = refusal.body.size();
  refusal.response.has_body = request.method != "HEAD";
  if (!refusal.response.has_body) refusal.body.clear();
}

// What an agent does next, for those who read English and those who read members.
void write_retry(json::Writer& out, const std::string& operation) {
  out.key("retry");
  out.begin_object();
  out.member("after_seconds", retry_after_s);
  out.member("header", "Clawpatrol-HITL-Operation");
  out.member("value", operation);
  out.member("how",
             "once it is approved_waiting_for_retry, send exactly the same request again with this header; "
             "it runs once");
  out.end_object();
}

}  // namespace

bool is_grpc(const Request& request) {
  const auto type = request.fields.find("content-type");
  return type && type->starts_with("application/grpc") && request.version == 20;
}

Refusal accept_for_later(const Request& request, const action::Verdict& why, std::string_view public_url) {
  const action::Operation& operation = *why.operation;
  Refusal refusal;
  json::Writer out(refusal.body);
  out.begin_object();
  out.member("operation_id", operation.id);
  out.member("state", "pending_approval");
  if (!public_url.empty()) {
    out.member("status_url", fmt::format("{}/api/v1/operations/{}/status?token={}", public_url, operation.id,
                                         operation.token));
  }
  out.member("detail", why.reason);
  if (!why.rule.empty()) out.member("rule", why.rule);
  out.member("message", sentence(why));
  write_retry(out, operation.id);
  out.end_object();
  refusal.response.status = 202;
  refusal.response.fields.add("Content-Type", "application/json");
  refusal.response.fields.add("Retry-After", fmt::format("{}", retry_after_s));
  finish(refusal, request);
  return refusal;
}

Refusal refuse(const Request& request, int status, const action::Verdict& why) {
  const Named& name = named(status);
  Refusal refusal;
  if (is_grpc(request)) {
    refusal.response.fields.add("content-type", "application/grpc");
    refusal.response.fields.add("grpc-status", fmt::format("{}", name.grpc));
    refusal.response.fields.add("grpc-message", percent_encoded(sentence(why)));
    refusal.response.has_body = false;
    return refusal;
  }
  const std::string message = sentence(why);
  json::Writer out(refusal.body);
  out.begin_object();
  out.member("type", "about:blank");
  out.member("title", name.title);
  out.member("status", std::int64_t{status});
  out.member("detail", why.reason);
  if (!why.rule.empty()) out.member("rule", why.rule);
  if (!why.hint.empty()) out.member("hint", why.hint);
  out.member("message", message);
  out.key("error");
  out.begin_object();
  out.member("type", status == 403 ? "permission_error" : "gateway_error");
  out.member("code", std::int64_t{status});
  out.member("status", name.google);
  out.member("message", message);
  out.end_object();
  out.end_object();
  refusal.response.status = status;
  refusal.response.fields.add("Content-Type",
                              wants_plain_json(request) ? "application/json" : "application/problem+json");
  if (status == 429) refusal.response.fields.add("Retry-After", "5");
  if (status == 503) refusal.response.fields.add("Retry-After", "1");
  if (status == 407) refusal.response.fields.add("Proxy-Authenticate", "Basic realm=\"Claw Patrol\"");
  if (status == 401) refusal.response.fields.add("WWW-Authenticate", "Bearer realm=\"Claw Patrol\"");
  finish(refusal, request);
  return refusal;
}

}  // namespace claw::http
