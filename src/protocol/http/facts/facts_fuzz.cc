// A whole request of any bytes, with any body and encoding: never null, as many facts as the schema has, a
// record that is JSON and holds no header, and no path with dots left in it when the path is known.
#include <string>
#include <string_view>

#include "action/schema.h"
#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "protocol/http/facts/facts.h"

namespace {

using namespace claw;

// The next line of the input, and past it.
std::string_view line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

void check(const action::Subject& subject) {
  CLAW_CHECK(subject.understood == subject.why_not.empty());
  CLAW_CHECK(json::parse("{" + subject.record_json + "}").ok());
  for (const action::Part& part : subject.parts) {
    CLAW_CHECK(part.facts.size() == action::runs(action::Family::http).own);
    const cel::Value path = part.facts[*action::slot_of(action::Family::http, "http.path")];
    if (!path.is(cel::Kind::string)) continue;
    for (const std::string_view piece : split(path.as_text(), '/')) CLAW_CHECK(piece != "." && piece != "..");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  const std::string text(bytes, bytes + size);
  std::string_view rest = text;
  http::Request request;
  request.method = line(rest);
  const auto target = http::read_target(line(rest));
  if (!target) return 0;
  for (int i = 0; i < 4; ++i) {
    const std::string_view field = line(rest);
    const std::size_t colon = std::min(field.find(':'), field.size());
    request.fields.add(field.substr(0, colon), trim(field.substr(std::min(colon + 1, field.size()))));
  }
  request.has_body = !rest.empty();
  http::Asked asked{request, *target, "https", "h", std::nullopt, 64 * 1024, size % 2 == 1};
  if (request.has_body) asked.body = http::Body{rest, size % 5 != 0};
  check(*http::read_request(asked, {true, true, true, true}));
  check(*http::read_request(asked, {}));
  return 0;
}
