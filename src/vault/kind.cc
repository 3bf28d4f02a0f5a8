#include "vault/kind.h"

#include <algorithm>

namespace claw::vault {

namespace {

constexpr std::string_view password[] = {"password"};

constexpr Kind table[] = {
    {"postgres_credential", password, "user, database and password of a PostgreSQL login"},
};

}  // namespace

std::span<const Kind> kinds() { return table; }

const Kind* kind_named(std::string_view name) {
  const auto found = std::ranges::find(table, name, &Kind::name);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace claw::vault
