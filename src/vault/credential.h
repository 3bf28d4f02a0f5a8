// A credential as the config declares it: its kind, its name, and what its kind can be told. Everything in
// here may be read by everyone; the secrets that belong to it are the vault's, under its name.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace claw::vault {

struct Credential {
  std::string kind;      // `postgres_credential`
  std::string name;      // Bare: `prod_db`
  std::string user;      // Empty: as the agent said.
  std::string database;  // Empty: as the agent said.
  std::map<std::string, std::string> settings = {};  // What else its kind has: `header`, `prefix`, …
  std::string placeholder = {};                      // What agents say in place of the secret; may be empty.

  std::string_view setting(const std::string& key, std::string_view otherwise = {}) const {
    const auto found = settings.find(key);
    return found == settings.end() || found->second.empty() ? otherwise : std::string_view(found->second);
  }
};

}  // namespace claw::vault
