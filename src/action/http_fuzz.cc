// Any body under any type, at a GraphQL endpoint or not: no crash, as many facts as the schema has, a record
// that is JSON, and unknown facts whenever the action is not understood.
#include <string>
#include <string_view>

#include "action/requests.h"
#include "base/check.h"
#include "base/json.h"

namespace {

constexpr std::string_view types[] = {"application/json",
                                      "application/x-www-form-urlencoded",
                                      "multipart/form-data; boundary=b",
                                      "application/graphql",
                                      "text/plain",
                                      "",
                                      "application/grpc",
                                      "application/json; charset=utf-16"};
constexpr std::string_view methods[] = {"GET", "POST", "DELETE", "PATCH"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  if (size < 2) return 0;
  const std::string text(bytes, bytes + size);
  action::HttpRequest request;
  request.method = methods[bytes[0] % 4];
  request.path = (bytes[0] & 4) != 0 ? "/graphql" : "/a/b";
  request.headers = {{"Content-Type", {std::string(types[bytes[1] % 8])}}};
  const std::size_t middle = text.find('\n', 2);
  if ((bytes[0] & 8) != 0) request.query = {{"query", {text.substr(2, middle - 2)}}};
  request.body = text.substr(middle == text.npos ? 2 : middle + 1);
  const auto subject = action::make_http_subject(request);
  CLAW_CHECK(!subject->parts.empty() && subject->parts.size() <= 100);
  CLAW_CHECK(subject->understood == subject->why_not.empty());
  CLAW_CHECK(json::parse("{" + subject->record_json + "}").ok());
  const auto slot = *action::slot_of(action::Family::http, "http.graphql.operation");
  for (const action::Part& part : subject->parts) {
    CLAW_CHECK(part.facts.size() == action::runs(action::Family::http).own);
    const cel::Value operation = part.facts[slot];
    if (operation.is(cel::Kind::unknown)) CLAW_CHECK(!subject->understood && !part.reads_only);
    if (part.reads_only) CLAW_CHECK(subject->understood);
  }
  return 0;
}
