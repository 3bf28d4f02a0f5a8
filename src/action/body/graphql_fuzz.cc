// Any text as a GraphQL document: no crash, and what is understood holds together.
#include <algorithm>
#include <string>
#include <string_view>

#include "action/body/graphql.h"
#include "base/check.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  const std::string text(bytes, bytes + size);
  const auto made = action::read_graphql(text, std::nullopt);
  if (!made) return 0;
  CLAW_CHECK(is_utf8(text) && text.find('{') != std::string::npos);
  CLAW_CHECK(made->kind == "query" || made->kind == "mutation" || made->kind == "subscription");
  CLAW_CHECK(made->fields.size() <= action::graphql_fields_max);
  for (const std::string_view field : made->fields) {
    CLAW_CHECK(!field.empty() && std::count(made->fields.begin(), made->fields.end(), field) == 1);
  }
  // Ignored between all words, so a comment at either end changes nothing.
  const std::string around = "#x\n" + text + "\n#y";
  if (text.starts_with("\xEF\xBB\xBF")) return 0;
  const auto again = action::read_graphql(around, std::nullopt);
  CLAW_CHECK(again.ok() && again->kind == made->kind && again->fields.size() == made->fields.size());
  return 0;
}
