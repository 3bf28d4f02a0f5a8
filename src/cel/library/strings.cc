// The strings extension.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cel/functions.h"
#include "cel/library/characters.h"

namespace claw::cel {

Value format_text(const Call& call);  // format.cc

namespace {

Value out_of_range(const Call& call, std::int64_t index) {
  return call.error(fmt::format("index out of range: {}", index));
}

bool pays(const Call& call) { return call.budget.spend_bytes(call.text(0).size()); }

Value char_at(const Call& call) {
  if (!pays(call)) return too_costly();
  const auto bounds = boundaries(call.text(0));
  const auto last = static_cast<std::int64_t>(bounds.size() - 1);
  const std::int64_t index = call.integer(1);
  if (index < 0 || index > last) return out_of_range(call, index);
  if (index == last) return Value::string({});
  const auto at = static_cast<std::size_t>(index);
  return Value::string(call.text(0).substr(bounds[at], bounds[at + 1] - bounds[at]));
}

Value index_of(const Call& call) {
  const std::string_view text = call.text(0);
  if (!call.budget.spend_bytes(2 * text.size())) return too_costly();
  const std::int64_t from = call.arguments.size() == 3 ? call.integer(2) : 0;
  const auto bounds = boundaries(text);
  if (from < 0) return out_of_range(call, from);
  if (call.text(1).empty()) return Value::int64(from);
  if (from >= static_cast<std::int64_t>(bounds.size())) return out_of_range(call, from);
  const std::size_t found = text.find(call.text(1), bounds[static_cast<std::size_t>(from)]);
  if (found == std::string_view::npos) return Value::int64(-1);
  return Value::int64(std::ranges::lower_bound(bounds, found) - bounds.begin());
}

Value last_index_of(const Call& call) {
  const std::string_view text = call.text(0);
  if (!call.budget.spend_bytes(2 * text.size())) return too_costly();
  const auto bounds = boundaries(text);
  const auto last = static_cast<std::int64_t>(bounds.size() - 1);
  const std::int64_t from = call.arguments.size() == 3 ? call.integer(2) : last;
  if (from < 0) return out_of_range(call, from);
  if (call.text(1).empty()) return Value::int64(from);
  if (from > last) return out_of_range(call, from);
  const std::size_t found = text.rfind(call.text(1), bounds[static_cast<std::size_t>(from)]);
  if (found == std::string_view::npos) return Value::int64(-1);
  return Value::int64(std::ranges::lower_bound(bounds, found) - bounds.begin());
}

Value substring(const Call& call) {
  if (!pays(call)) return too_costly();
  const auto bounds = boundaries(call.text(0));
  const auto last = static_cast<std::int64_t>(bounds.size() - 1);
  const std::int64_t from = call.integer(1);
  const std::int64_t to = call.arguments.size() == 3 ? call.integer(2) : last;
  if (from < 0 || from > last) return out_of_range(call, from);
  if (to < from || to > last) return out_of_range(call, to);
  const std::size_t start = bounds[static_cast<std::size_t>(from)];
  return Value::string(call.text(0).substr(start, bounds[static_cast<std::size_t>(to)] - start));
}

// Cuts `text` at `separator` into at most `count` parts (all if negative); an empty separator cuts into
// characters.
std::vector<std::string_view> cut(std::string_view text, std::string_view separator, std::int64_t count) {
  std::vector<std::string_view> parts;
  const auto wants_more = [&] { return count < 0 || static_cast<std::int64_t>(parts.size()) + 1 < count; };
  if (count == 0 || (separator.empty() && text.empty())) return parts;
  while (wants_more()) {
    const std::size_t at = separator.empty() ? character_bytes(text, 0) : text.find(separator);
    if (at == std::string_view::npos || (separator.empty() && at >= text.size())) break;
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.push_back(text);
  return parts;
}

Value split_text(const Call& call) {
  if (!call.budget.spend(call.text(0).size())) return too_costly();
  std::vector<Value> made;
  for (const std::string_view part :
       cut(call.text(0), call.text(1), call.arguments.size() == 3 ? call.integer(2) : -1)) {
    made.push_back(Value::string(part));
  }
  return call.list(made);
}

Value replace(const Call& call) {
  const std::int64_t count = call.arguments.size() == 4 ? call.integer(3) : -1;
  const std::string_view old = call.text(1);
  if (count == 0) return call[0];
  std::string_view rest = call.text(0);
  std::string made;
  for (std::int64_t done = 0; count < 0 || done < count; ++done) {
    if (!call.budget.spend_bytes(call.text(2).size())) return too_costly();
    if (old.empty()) {  // Between all characters, and at both ends.
      made += call.text(2);
      if (rest.empty()) break;
      const std::size_t width = character_bytes(rest, 0);
      made += rest.substr(0, width);
      rest.remove_prefix(width);
      continue;
    }
    const std::size_t at = rest.find(old);
    if (at == std::string_view::npos) break;
    made.append(rest.substr(0, at)).append(call.text(2));
    rest.remove_prefix(at + old.size());
  }
  return call.string(made.append(rest));
}

Value join_texts(const Call& call) {
  const std::string_view separator = call.arguments.size() == 2 ? call.text(1) : std::string_view();
  std::string made;
  for (std::size_t i = 0; i < call[0].size(); ++i) {
    const Value part = call[0].at(i);
    if (!part.is(Kind::string)) return call.error("only texts can be joined");
    if (!call.budget.spend_bytes(part.as_text().size() + separator.size())) return too_costly();
    if (i > 0) made += separator;
    made += part.as_text();
  }
  return call.string(made);
}

Value lower_text(const Call& call) { return call.string(lower(call.text(0))); }
Value upper_text(const Call& call) { return call.string(upper(call.text(0))); }

bool is_space(std::string_view character) {
  static constexpr std::array<std::string_view, 25> spaces = {
      "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00a0", "\u1680",
      "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
      "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  return std::ranges::find(spaces, character) != spaces.end();
}

Value trim_text(const Call& call) {
  if (!pays(call)) return too_costly();
  const std::string_view text = call.text(0);
  const auto bounds = boundaries(text);
  std::size_t first = 0;
  std::size_t last = bounds.size() - 1;
  const auto space_at = [&](std::size_t i) {
    return is_space(text.substr(bounds[i], bounds[i + 1] - bounds[i]));
  };
  while (first < last && space_at(first)) ++first;
  while (last > first && space_at(last - 1)) --last;
  return Value::string(text.substr(bounds[first], bounds[last] - bounds[first]));
}

Value reverse_text(const Call& call) {
  const std::string_view text = call.text(0);
  const auto bounds = boundaries(text);
  std::string made;
  for (std::size_t i = bounds.size() - 1; i-- > 0;) made += text.substr(bounds[i], bounds[i + 1] - bounds[i]);
  return call.string(made);
}

Value quote(const Call& call) {
  static constexpr std::string_view plain = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view escaped = "abfnrtv\\\"";
  std::string made = "\"";
  const std::string_view text = call.text(0);
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text, at)) {
    const std::string_view character = text.substr(at, character_bytes(text, at));
    const std::size_t known = plain.find(character[0]);
    if (known != std::string_view::npos) {
      (made += '\\') += escaped[known];
    } else {
      made += is_utf8(character) ? character : "\uFFFD";
    }
  }
  return call.string(made += '"');
}

constexpr std::array declarations = {
    Declaration{"charAt", "string.(int) string", char_at},
    Declaration{"indexOf", "string.(string) int; string.(string, int) int", index_of},
    Declaration{"lastIndexOf", "string.(string) int; string.(string, int) int", last_index_of},
    Declaration{"substring", "string.(int) string; string.(int, int) string", substring},
    Declaration{"split", "string.(string) list(string); string.(string, int) list(string)", split_text},
    Declaration{"replace", "string.(string, string) string; string.(string, string, int) string", replace},
    Declaration{"join", "list(string).() string; list(string).(string) string", join_texts},
    Declaration{"lowerAscii", "string.() string", lower_text},
    Declaration{"upperAscii", "string.() string", upper_text},
    Declaration{"trim", "string.() string", trim_text},
    Declaration{"reverse", "string.() string", reverse_text},
    Declaration{"strings.quote", "(string) string", quote},
    Declaration{"format", "string.(list(dyn)) string", format_text},
};

}  // namespace

std::span<const Declaration> string_declarations() { return declarations; }

}  // namespace claw::cel
