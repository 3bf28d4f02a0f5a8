#include "action/body/form.h"

#include "action/body/escape.h"
#include "base/text.h"

namespace claw::action {

Status read_urlencoded(std::string_view text, cel::Arena& arena, std::vector<Named>& fields) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (piece.empty()) continue;
    if (fields.size() == fields_of_form_max) return Error{Code::limit, "more than 1000 fields", {}};
    const std::size_t equals = std::min(piece.find('='), piece.size());
    const auto name = unescape(piece.substr(0, equals), Plus::space, arena);
    const auto value = unescape(piece.substr(std::min(equals + 1, piece.size())), Plus::space, arena);
    if (!name || !value) return invalid("a `%` without two hexadecimal digits");
    if (!is_utf8(*name) || !is_utf8(*value)) return invalid("a field that is not UTF-8");
    fields.push_back({*name, *value});
  }
  return Done{};
}

}  // namespace claw::action
