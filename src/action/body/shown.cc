#include "action/body/shown.h"

#include <algorithm>
#include <array>

#include "action/body/escape.h"
#include "base/text.h"

namespace claw::action {
namespace {

constexpr std::array<std::string_view, 13> words{"token",      "key",       "secret", "passw",   "passphrase",
                                                 "pwd",        "sign",      "auth",   "session", "jwt",
                                                 "credential", "assertion", "cookie"};
constexpr std::array<std::string_view, 3> names{"sig", "code", "pass"};  // Also `x-sig`, `user_pass`.

}  // namespace

bool is_secret_name(std::string_view raw) {
  cel::Arena arena;
  // A name that cannot be decoded is compared as it stands.
  const std::string name = lower(unescape(raw, Plus::space, arena).value_or(raw));
  const auto in_it = [&](std::string_view word) { return name.find(word) != name.npos; };
  const auto at_its_end = [&](std::string_view word) {
    const std::size_t before = name.size() - std::min(word.size() + 1, name.size());
    return name == word || (name.ends_with(word) && (name[before] == '-' || name[before] == '_'));
  };
  return std::any_of(words.begin(), words.end(), in_it) ||
         std::any_of(names.begin(), names.end(), at_its_end);
}

std::string shown_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == target.npos) return std::string(target);
  std::string shown(target.substr(0, mark));
  std::string_view query = target.substr(mark + 1);
  for (char before = '?';; before = '&') {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view piece = query.substr(0, end);
    const std::size_t equals = piece.find('=');
    shown += before;
    if (equals != piece.npos && is_secret_name(piece.substr(0, equals))) {
      shown.append(piece.substr(0, equals + 1)).append("***");
    } else {
      shown += piece;
    }
    if (end == query.size()) return shown;
    query.remove_prefix(end + 1);
  }
}

}  // namespace claw::action
