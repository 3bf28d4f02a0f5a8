#include "operators/account.h"

#include <algorithm>
#include <array>

namespace claw::operators {

namespace {

constexpr std::array<std::string_view, 4> role_names = {"viewer", "approver", "operator", "admin"};
constexpr std::array<std::string_view, 4> scope_names = {"read", "approve", "operate", "admin"};

template <class T, std::size_t Count>
std::optional<T> named(const std::array<std::string_view, Count>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<T>(found - names.begin());
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string_view name_of(Role role) { return role_names.at(static_cast<std::size_t>(role)); }
std::optional<Role> parse_role(std::string_view text) { return named<Role>(role_names, text); }

std::string_view name_of(Scope scope) { return scope_names.at(static_cast<std::size_t>(scope)); }
std::optional<Scope> parse_scope(std::string_view text) { return named<Scope>(scope_names, text); }

bool may(Role role, Scope scope) { return static_cast<unsigned>(role) >= static_cast<unsigned>(scope); }

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '_' || c == '@' || c == '-';
  };
  return !text.empty() && text.size() <= name_bytes_max && is_letter_or_digit(text.front()) &&
         std::ranges::all_of(text, fits);
}

}  // namespace claw::operators
