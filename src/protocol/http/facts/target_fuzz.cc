// Any bytes as a target: what is sent reads as itself, and no dots are left in a path that was understood.
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "protocol/http/facts/facts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  const std::string text(bytes, bytes + size);
  const auto target = http::read_target(text);
  if (!target) return 0;
  const auto again = http::read_target(target->send);
  CLAW_CHECK(again.ok());
  CLAW_CHECK(again->send == target->send && again->path == target->path && again->query == target->query);
  for (const char c : target->send) CLAW_CHECK(c > ' ' && c < '\x7f' && c != '#');
  if (!target->why_not.empty() || target->path == "*") return 0;
  CLAW_CHECK(again->why_not.empty());
  CLAW_CHECK(is_utf8(target->path) && target->path.starts_with('/'));
  CLAW_CHECK(target->path.find("//") == std::string::npos && target->path.find('\\') == std::string::npos);
  for (const std::string_view piece : split(target->path, '/')) CLAW_CHECK(piece != "." && piece != "..");
  return 0;
}
