#include "protocol/kubernetes/streams/status.h"

#include <string>
#include <string_view>

namespace claw::kubernetes {
namespace {

// metav1.StatusReason, by which clients tell errors apart.
std::string_view reason_of(int status) {
  switch (status) {
    case 401:
    case 407: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 408: return "Timeout";
    case 413: return "RequestEntityTooLarge";
    case 429: return "TooManyRequests";
    case 501: return "MethodNotAllowed";
    case 502:
    case 503:
    case 504: return "ServiceUnavailable";
    default: return status >= 500 ? "InternalError" : "BadRequest";
  }
}

std::string sentence(const action::Verdict& why) {
  std::string text = why.reason;
  if (!why.rule.empty()) text.append(" (rule ").append(why.rule).append(")");
  if (!why.hint.empty()) text.append("; ").append(why.hint);
  return text;
}

}  // namespace

void begin_failure(json::Writer& out, int status, const action::Verdict& why) {
  out.begin_object();
  out.member("kind", "Status");
  out.member("apiVersion", "v1");
  out.key("metadata");
  out.begin_object();
  out.end_object();
  out.member("status", "Failure");
  out.member("message", sentence(why));
  out.member("reason", reason_of(status));
}

}  // namespace claw::kubernetes
