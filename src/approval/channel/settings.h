// A channel as the configuration declares it: where messages to people go, and who of those who answer there
// is which account. Everything in here may be read by everyone; the secrets are the vault's.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace claw::channel {

enum class Kind : std::uint8_t { slack, discord, telegram, teams, email, pagerduty, webhook };

// What a kind needs, as one row: the config checks declarations against it.
struct Needs {
  Kind kind;
  std::string_view name;             // `slack`
  std::string_view credential_kind;  // `slack_tokens`
  std::span<const std::string_view> slots;  // The first is what messages are sent with.
  std::string_view callback_slot;    // What answers are verified with; empty: no answer comes in by it,
  bool has_public_key = false;       // or by a public key of the settings.
  std::string_view url = {};         // Where its API is, unless the configuration says otherwise.
};
std::span<const Needs> kinds();
const Needs& needs_of(Kind kind);
const Needs* needs_named(std::string_view kind);
std::string_view name_of(Kind kind);

enum class Security : std::uint8_t { starttls, tls, none };

struct Settings {
  Kind kind = Kind::slack;
  std::string name;        // Bare, `ops`: answers come to /api/v1/callbacks/ops.
  std::string credential;  // Its name in the vault; empty where a kind can do without.
  std::string to;          // Slack: a channel; Discord: a channel's id; Telegram: a chat's id.
  std::string url;         // Of the API, or of the one place messages go to.
  std::string public_key;  // Discord: the application's, 32 bytes.
  std::map<std::string, std::string, std::less<>> people;  // As the channel knows them, to accounts.
  std::string ca_file;
  bool is_signed = true;          // A webhook's messages; answers always are.
  std::uint32_t per_minute = 60;  // Messages; more wait.
  // E-mail only.
  std::string host;
  std::uint16_t port = 0;
  Security security = Security::starttls;
  std::string user;
  std::string from;
  std::vector<std::string> recipients;

  std::string typed() const { return std::string(name_of(kind)) + "." + name; }
};

}  // namespace claw::channel
