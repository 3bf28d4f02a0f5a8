// What differs between two definitions, path by path, for people.
#include <fmt/format.h>

#include "base/text.h"
#include "pins/board.h"

namespace claw::pins {
namespace {

constexpr std::size_t value_bytes_max = 4000;  // A description whole; more is for `--json`.

using Leaves = std::map<std::string, std::string>;

// What people do not see is written as its code point: it may be all that changed.
std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view one = text.substr(at, length);
    at += length;
    if (length == 1 || !signs_in_text(one).empty()) {
      std::uint32_t code = lead & (length == 1 ? 0x7FU : 0xFFU >> (length + 1));
      for (const char c : one.substr(1)) code = (code << 6) | (static_cast<unsigned char>(c) & 0x3F);
      const bool is_plain = length == 1 && (lead >= 0x20 || lead == '\n') && lead != 0x7F;
      if (!is_plain) {
        out += fmt::format("\\u{{{:04X}}}", code);
        continue;
      }
    }
    if (one == "\n") out += "\\n";
    else out += one;
  }
  return out.size() <= value_bytes_max ? out : printable(out, value_bytes_max);
}

void spread(const std::string& path, const json::Value& value, Leaves& into) {
  if (const json::Object* object = value.object(); object != nullptr && !object->empty()) {
    for (const auto& [name, each] : *object) spread(path.empty() ? name : path + "." + name, each, into);
  } else if (const json::Array* array = value.array(); array != nullptr && !array->empty()) {
    for (std::size_t i = 0; i < array->size(); ++i) spread(fmt::format("{}[{}]", path, i), (*array)[i], into);
  } else {
    into[path] = value.string() != nullptr ? *value.string() : json::format(value);
  }
}

}  // namespace

std::string difference(const std::optional<Definition>& before, const Definition& offered) {
  Leaves old_ones;
  Leaves new_ones;
  if (before) spread({}, before->value(), old_ones);
  spread({}, offered.value(), new_ones);
  std::string out;
  const auto line = [&out](char mark, const std::string& path, const std::string& value) {
    out += fmt::format("{} {}: {}\n", mark, visible(path), visible(value));
  };
  Leaves all = old_ones;
  all.insert(new_ones.begin(), new_ones.end());
  for (const auto& [path, unused] : all) {
    const auto was = old_ones.find(path);
    const auto is = new_ones.find(path);
    if (was != old_ones.end() && is != new_ones.end() && was->second == is->second) continue;
    if (was != old_ones.end()) line('-', path, was->second);
    if (is != new_ones.end()) line('+', path, is->second);
  }
  return out;
}

}  // namespace claw::pins
