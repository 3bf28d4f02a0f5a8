// Any bytes as a form and as a multipart body: no crash, and only text comes out.
#include <string>
#include <string_view>

#include "action/body/form.h"
#include "action/body/media_type.h"
#include "base/check.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  const std::string text(bytes, bytes + size);
  cel::Arena arena;
  std::vector<action::Named> fields;
  if (action::read_urlencoded(text, arena, fields)) {
    for (const action::Named& field : fields) CLAW_CHECK(is_utf8(field.name) && is_utf8(field.value));
  }
  std::vector<action::Named> parts;
  if (action::read_multipart(text, "b", parts)) {
    for (const action::Named& part : parts) {
      CLAW_CHECK(is_utf8(part.name) && part.value.find("\r\n--b") == std::string_view::npos);
    }
  }
  if (const auto type = action::read_media_type(text, arena)) {
    CLAW_CHECK(type->name.empty() || type->name.find('/') != std::string_view::npos);
  }
  return 0;
}
