#include "action/body/media_type.h"

#include <algorithm>

#include "action/body/escape.h"
#include "base/text.h"

namespace claw::action {
namespace {

bool is_token(std::string_view text) {  // RFC 9110 §5.6.2.
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= 'a' && letter <= 'z') || others.find(letter) != others.npos;
  });
}

// The value of a parameter, and past it. Quoted pairs are refused: no type we read needs them.
Result<std::string_view> take_value(std::string_view& text) {
  if (text.starts_with('"')) {
    const std::size_t end = text.find('"', 1);
    const std::string_view value = text.substr(1, end == text.npos ? end : end - 1);
    if (end == text.npos || value.find('\\') != value.npos) return invalid("a Content-Type with a bad quote");
    text.remove_prefix(end + 1);
    return value;
  }
  const std::size_t end = std::min(text.find_first_of("; \t"), text.size());
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(end);
  if (!is_token(value)) return invalid("a Content-Type with a parameter that is no token");
  return value;
}

Status read_parameter(std::string_view& text, MediaType& made, cel::Arena& arena) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || !is_token(text.substr(0, equals))) {
    return invalid("a Content-Type with something that is no parameter");
  }
  const std::string_view name = text.substr(0, equals);
  text.remove_prefix(equals + 1);
  CLAW_TRY(const std::string_view value, take_value(text));
  if (equals_ignoring_case(name, "charset")) {
    if (!made.charset.empty()) return invalid("a Content-Type with two charsets");
    made.charset = lower_in(value, arena);
  } else if (equals_ignoring_case(name, "boundary")) {
    if (!made.boundary.empty()) return invalid("a Content-Type with two boundaries");
    made.boundary = value;
  }
  return Done{};
}

}  // namespace

bool MediaType::is_json() const {
  return name == "application/json" || name == "text/json" || name.ends_with("+json");
}

bool MediaType::is_text_we_read() const {
  return charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii";
}

Result<MediaType> read_media_type(std::string_view text, cel::Arena& arena) {
  MediaType made;
  text = trim(text);
  if (text.empty()) return made;
  const std::size_t end = std::min(text.find_first_of("; \t"), text.size());
  const std::string_view name = text.substr(0, end);
  const std::size_t slash = name.find('/');
  if (slash == name.npos || !is_token(name.substr(0, slash)) || !is_token(name.substr(slash + 1))) {
    return invalid("a Content-Type that is no media type");
  }
  made.name = lower_in(name, arena);
  text.remove_prefix(end);
  for (text = trim(text); !text.empty(); text = trim(text)) {
    if (!text.starts_with(';')) return invalid("a Content-Type with something after its type");
    text = trim(text.substr(1));
    if (!text.empty()) CLAW_TRY_DONE(read_parameter(text, made, arena));
  }
  return made;
}

}  // namespace claw::action
