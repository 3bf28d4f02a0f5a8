#include "action/body/form.h"

#include <optional>
#include <string>

#include "base/text.h"

namespace claw::action {
namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::size_t boundary_bytes_max = 70;  // RFC 2046 §5.1.1.

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

// Up to `mark` and past it.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == text.npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return taken;
}

struct Disposition {
  std::optional<std::string_view> name;
  bool is_file = false;
};

// `form-data; name="a"; filename="b"`: quoted, nothing escaped, each once.
Result<Disposition> read_disposition(std::string_view text) {
  Disposition made;
  if (!take(text, "form-data")) return invalid("a part that is not form-data");
  while (!text.empty()) {
    if (!take(text, ";")) return invalid("a Content-Disposition that makes no sense");
    text = trim(text);
    const auto key = take_until(text, "=\"");
    const auto value = key ? take_until(text, "\"") : std::nullopt;
    if (!value || value->find_first_of("\\%") != value->npos) {
      return invalid("a Content-Disposition that two readers could read differently");
    }
    text = trim(text);
    if (*key == "name" && !made.name) {
      made.name = value;
    } else if (*key == "filename" && !made.is_file) {
      made.is_file = true;
    } else {
      return invalid("a Content-Disposition with an unknown or doubled parameter");
    }
  }
  return made;
}

// The head of one part, its empty line included.
Result<Disposition> read_head(std::string_view& body) {
  std::optional<Disposition> found;
  while (!take(body, crlf)) {
    const auto line = take_until(body, crlf);
    if (!line || line->find_first_of(std::string_view("\r\n\0", 3)) != line->npos) {
      return invalid("a part whose head does not end");
    }
    const std::size_t colon = line->find(':');
    if (colon == line->npos || colon == 0) return invalid("a part with a line that is no header");
    const std::string_view name = line->substr(0, colon);
    const std::string_view value = trim(line->substr(colon + 1));
    if (equals_ignoring_case(name, "content-disposition")) {
      if (found) return invalid("a part with two Content-Disposition headers");
      CLAW_TRY(found, read_disposition(value));
    } else if (equals_ignoring_case(name, "content-type")) {
      const std::string type = lower(value);
      if (type.find("charset") != type.npos && !type.ends_with("charset=utf-8")) {
        return invalid("a part in a charset that is not read");
      }
    } else if (!equals_ignoring_case(name, "content-length")) {
      return invalid("a part with an unexpected header");  // Content-Transfer-Encoding, folded lines.
    }
  }
  if (!found || !found->name) return invalid("a part without a name");
  return *found;
}

bool is_boundary(std::string_view text) {
  constexpr std::string_view others = "'()+_,-./:=?";  // RFC 2046 §5.1.1, without the space nobody sends.
  if (text.empty() || text.size() > boundary_bytes_max) return false;
  for (const char letter : text) {
    const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= 'a' && letter <= 'z');
    if (!plain && others.find(letter) == others.npos) return false;
  }
  return true;
}

}  // namespace

Status read_multipart(std::string_view body, std::string_view boundary, std::vector<Named>& fields) {
  if (!is_boundary(boundary)) return invalid("a multipart boundary that makes no sense");
  const std::string open = "--" + std::string(boundary);
  const std::string next = "\r\n" + open;
  if (!take(body, open)) return invalid("a multipart body that does not begin with its boundary");
  std::size_t parts = 0;
  while (take(body, crlf)) {
    if (++parts > fields_of_form_max) return Error{Code::limit, "more than 1000 fields", {}};
    CLAW_TRY(const Disposition disposition, read_head(body));
    const auto content = take_until(body, next);
    if (!content) return invalid("a multipart body without an end");
    // A reader that knows bare line feeds would see a boundary here.
    if (content->find("\n" + open) != content->npos || content->starts_with(open)) {
      return invalid("a boundary inside a part");
    }
    if (!is_utf8(*disposition.name)) return invalid("a field that is not UTF-8");
    if (disposition.is_file) continue;
    if (!is_utf8(*content)) return invalid("a field that is not UTF-8");
    fields.push_back({*disposition.name, *content});
  }
  if (!take(body, "--") || !(body.empty() || body == crlf)) return invalid("something after a multipart end");
  return Done{};
}

}  // namespace claw::action
