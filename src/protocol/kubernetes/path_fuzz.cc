// Any target under any method: no crash; what is not understood has no verb that anybody sees; and nothing
// that is a way in, or changes something, ever counts as a read.
#include <string>
#include <string_view>

#include "action/k8s/k8s.h"
#include "action/schema.h"
#include "base/check.h"
#include "base/json.h"
#include "protocol/kubernetes/facts.h"

namespace {

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"};
constexpr std::string_view starts[] = {"", "/api/v1/", "/api/v1/namespaces/a/pods/b/", "/apis/apps/v1/"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  if (size < 1) return 0;
  http::Request request;
  request.method = methods[bytes[0] & 7];
  request.path = std::string(starts[bytes[0] >> 3 & 3]) + std::string(bytes + 1, bytes + size);
  if ((bytes[0] & 32) != 0) request.protocol = "websocket";
  const auto target = http::read_target(request.path);
  if (!target) return 0;
  const auto again = http::read_target(target->send);
  const kubernetes::Located located = kubernetes::locate(request, *target);
  const kubernetes::Path& path = located.path;
  const auto subject = kubernetes::read_subject({request, *target, "https", "h", {}}, {});
  CLAW_CHECK(json::parse("{" + subject->record_json + "}").ok());
  const auto fact = [&](std::string_view name) {
    return subject->parts.front().facts.at(*action::slot_of(action::Family::k8s, name));
  };
  if (!path.why_not.empty()) {
    CLAW_CHECK(!subject->understood && !subject->reads_only);
    CLAW_CHECK(fact("k8s.verb").is(cel::Kind::unknown) && fact("k8s.resource").is(cel::Kind::unknown));
    CLAW_CHECK(!kubernetes::may_upgrade(request, path));
    return 0;
  }
  // What goes upstream reads as what was judged.
  CLAW_CHECK(again.ok());
  const kubernetes::Located sent = kubernetes::locate(request, *again);
  CLAW_CHECK(sent.path.verb == path.verb && sent.path.resource == path.resource &&
             sent.path.name == path.name);
  if (subject->reads_only) {
    CLAW_CHECK(request.method == "GET" || request.method == "HEAD");
    CLAW_CHECK(!action::is_way_in(path.resource) && path.proxy_path.empty());
    CLAW_CHECK(request.protocol.empty() || path.verb == "watch");
  }
  return 0;
}
