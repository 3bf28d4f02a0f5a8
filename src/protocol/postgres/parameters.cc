#include "protocol/postgres/parameters.h"

#include <algorithm>

#include "base/text.h"

namespace claw::postgres {
namespace {

// Lower case. Not here on purpose: role and session_authorization (who), default_transaction_read_only
// (the gateway's own), standard_conforming_strings (how statements are read), session_preload_libraries
// and friends (what runs).
constexpr std::string_view settable[] = {
    "application_name",
    "client_encoding",
    "client_min_messages",
    "datestyle",
    "default_transaction_deferrable",
    "default_transaction_isolation",
    "extra_float_digits",
    "geqo",
    "idle_in_transaction_session_timeout",
    "intervalstyle",
    "jit",
    "lock_timeout",
    "search_path",
    "statement_timeout",
    "timezone",
};
constexpr std::size_t settings_max = 64;

bool is_settable(std::string_view name) {
  return std::ranges::find(settable, lower(name)) != std::end(settable);
}

Status add_setting(Requested& requested, std::string_view name, std::string_view value) {
  if (!is_settable(name)) {
    return Error{
        Code::unsupported, "startup parameter " + quoted(name) + " is not allowed through this gateway", {}};
  }
  if (requested.settings.size() == settings_max) return Error{Code::limit, "too many startup parameters", {}};
  requested.settings.emplace_back(std::string(name), std::string(value));
  return Done{};
}

// Splits as the server's pg_split_opts does: at white space, with backslash as escape.
std::vector<std::string> words_of(std::string_view options) {
  std::vector<std::string> words;
  bool in_word = false;
  bool escaped = false;
  for (const char c : options) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (space && !escaped) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    escaped = c == '\\' && !escaped;
    if (!escaped) words.back() += c;
  }
  return words;
}

// `name=value`; in names the server takes a hyphen for an underscore.
Status add_option(Requested& requested, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return invalid("startup option " + quoted(assignment) + " has no value");
  }
  std::string name(assignment.substr(0, equals));
  std::ranges::replace(name, '-', '_');
  return add_setting(requested, name, assignment.substr(equals + 1));
}

Status add_options(Requested& requested, std::string_view options) {
  const std::vector<std::string> words = words_of(options);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "-c" && i + 1 < words.size()) {
      CLAW_TRY_DONE(add_option(requested, words[++i]));
    } else if (word.starts_with("--") || (word.starts_with("-c") && word.size() > 2)) {
      CLAW_TRY_DONE(add_option(requested, word.substr(2)));
    } else {
      return Error{
          Code::unsupported, "startup option " + quoted(word) + " is not allowed through this gateway", {}};
    }
  }
  return Done{};
}

bool is_false(std::string_view value) {
  const std::string text = lower(value);
  return text == "false" || text == "off" || text == "no" || text == "0";
}

}  // namespace

Result<Requested> check_startup(const Startup& startup) {
  Requested requested;
  for (const auto& [name, value] : startup.parameters) {
    if (name == "user") {
      requested.user = value;
    } else if (name == "database") {
      requested.database = value;
    } else if (name == "options") {
      CLAW_TRY_DONE(add_options(requested, value));
    } else if (name == "replication") {
      if (!is_false(value)) {
        return Error{Code::unsupported, "replication is not allowed through this gateway", {}};
      }
    } else if (name.starts_with("_pq_.")) {
      requested.unknown_extensions.emplace_back(name);
    } else {
      CLAW_TRY_DONE(add_setting(requested, name, value));
    }
  }
  if (requested.user.empty()) return invalid("no PostgreSQL user name specified in startup packet");
  if (requested.database.empty()) requested.database = requested.user;
  return requested;
}

}  // namespace claw::postgres
