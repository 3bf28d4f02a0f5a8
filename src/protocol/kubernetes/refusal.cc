#include "protocol/kubernetes/refusal.h"

#include <string>
#include <string_view>

#include "base/json.h"
#include "protocol/kubernetes/facts.h"
#include "protocol/kubernetes/streams/status.h"

namespace claw::kubernetes {
namespace {

void write_cause(json::Writer& out, std::string_view reason, std::string_view message) {
  if (message.empty()) return;
  out.begin_object();
  out.member("reason", reason);
  out.member("message", message);
  out.end_object();
}

// What was asked for, as far as it is a resource.
void write_details(json::Writer& out, const http::Request& request, const action::Verdict& why) {
  out.key("details");
  out.begin_object();
  if (const auto target = http::read_target(request.path)) {
    const Located located = locate(request, *target);
    if (located.path.why_not.empty() && located.path.is_resource) {
      out.member_unless_empty("name", located.path.name);
      out.member_unless_empty("group", located.path.api_group);
      out.member("kind", located.path.resource.substr(0, located.path.resource.find('/')));
    }
  }
  if (!why.rule.empty() || !why.hint.empty()) {
    out.key("causes");
    out.begin_array();
    write_cause(out, "Rule", why.rule);
    write_cause(out, "Hint", why.hint);
    out.end_array();
  }
  out.end_object();
}

}  // namespace

http::Refusal refuse_as_status(const http::Request& request, int status, const action::Verdict& why) {
  http::Refusal refusal = http::refuse(request, status, why);
  if (!refusal.response.has_body) return refusal;  // A HEAD, or gRPC.
  refusal.response.fields.set("Content-Type", "application/json");
  refusal.body.clear();
  json::Writer out(refusal.body);
  begin_failure(out, status, why);
  write_details(out, request, why);
  out.member("code", status);
  out.end_object();
  refusal.response.length = refusal.body.size();
  return refusal;
}

}  // namespace claw::kubernetes
