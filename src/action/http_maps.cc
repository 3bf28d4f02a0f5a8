#include "action/http_maps.h"

#include <algorithm>
#include <array>

#include "action/subject.h"
#include "base/text.h"

namespace claw::action {
namespace {

using cel::Value;

constexpr std::array<std::string_view, 3> override_headers{"x-http-method-override", "x-http-method",
                                                           "x-method-override"};

struct Placed {
  Named field;
  std::size_t place;  // Values of one name keep their order.
};

// Sorts `fields`, which are in the arena, and makes a map of them.
Value grouped(std::span<Placed> fields, bool any_spelling, cel::Arena& arena) {
  std::sort(fields.begin(), fields.end(), [](const Placed& a, const Placed& b) {
    const int order = a.field.name.compare(b.field.name);
    return order != 0 ? order < 0 : a.place < b.place;
  });
  const std::span<Value> values = arena.array<Value>(fields.size());
  const std::span<Value> entries = arena.array<Value>(fields.size() * 2);
  std::size_t names = 0;
  for (std::size_t from = 0; from < fields.size(); ++names) {
    const std::string_view name = fields[from].field.name;
    std::size_t to = from;
    for (; to < fields.size() && fields[to].field.name == name; ++to) {
      values[to] = Value::string(fields[to].field.value);
    }
    entries[2 * names] = Value::string(name);
    entries[2 * names + 1] = Value::list(std::span<const Value>(values.subspan(from, to - from)));
    from = to;
  }
  return Value::map(*arena.make<TextMap>(entries.first(2 * names), any_spelling));
}

std::span<Placed> placed(std::span<const Named> fields, cel::Arena& arena) {
  const std::span<Placed> copy = arena.array<Placed>(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) copy[i] = {fields[i], i};
  return copy;
}

// `x-api-key` and `X-API-KEY` are one header: `X-Api-Key`, as the original's rules know it.
std::string_view canonical(std::string_view name, cel::Arena& arena) {
  const std::span<char> text = arena.array<char>(name.size());
  bool starts = true;
  std::transform(name.begin(), name.end(), text.begin(), [&starts](char letter) {
    const bool is_lower = letter >= 'a' && letter <= 'z';
    const bool is_upper = letter >= 'A' && letter <= 'Z';
    if (starts && is_lower) letter = static_cast<char>(letter - 'a' + 'A');
    if (!starts && is_upper) letter = static_cast<char>(letter - 'A' + 'a');
    starts = letter == '-';
    return letter;
  });
  return {text.data(), text.size()};
}

void split_cookies(std::string_view header, std::vector<Named>& cookies) {
  for (const std::string_view piece : split(header, ';')) {
    const std::string_view pair = trim(piece);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.empty()) continue;
    cookies.push_back({trim(pair.substr(0, equals)), trim(pair.substr(std::min(equals + 1, pair.size())))});
  }
}

}  // namespace

Value map_of_fields(std::span<const Named> fields, cel::Arena& arena) {
  return grouped(placed(fields, arena), false, arena);
}

Value map_of_headers(std::span<const Named> headers, cel::Arena& arena) {
  const std::span<Placed> copy = placed(headers, arena);
  for (Placed& header : copy) header.field.name = canonical(header.field.name, arena);
  return grouped(copy, true, arena);
}

Value map_of_cookies(std::span<const Named> headers, cel::Arena& arena) {
  std::vector<Named> cookies;
  for (const Named& header : headers) {
    if (equals_ignoring_case(header.name, "cookie")) split_cookies(header.value, cookies);
  }
  return map_of_fields(cookies, arena);
}

bool is_override_header(std::string_view name) {
  const auto is_it = [name](std::string_view header) {
    return name.size() == header.size() &&
           std::equal(name.begin(), name.end(), header.begin(), [](char given, char wanted) {
             if (given >= 'A' && given <= 'Z') given = static_cast<char>(given - 'A' + 'a');
             return given == wanted || (given == '_' && wanted == '-');
           });
  };
  return std::any_of(override_headers.begin(), override_headers.end(), is_it);
}

std::optional<std::string_view> find_header(std::span<const Named> headers, std::string_view name,
                                            std::size_t* count) {
  std::optional<std::string_view> found;
  std::size_t seen = 0;
  for (const Named& header : headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    if (++seen == 1) found = header.value;
  }
  if (count != nullptr) *count = seen;
  return found;
}

}  // namespace claw::action
