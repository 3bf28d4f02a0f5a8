#include "protocol/postgres/prep/saslprep.h"

#include <stringprep.h>

#include <algorithm>
#include <cstring>

namespace claw::postgres {
namespace {

// NFKC makes a character at most so many times as long (U+FDFA: 3 bytes become 33).
constexpr std::size_t growth_max = 11;
constexpr std::size_t password_bytes_max = 64 * 1024;  // Longer than anything a server takes.

// Whatever the server does with control characters in ASCII, both sides do nothing.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

Secret saslprep(std::string_view password) {
  if (is_plain(password) || password.size() > password_bytes_max ||
      password.find('\0') != std::string_view::npos) {
    return Secret(std::string(password));
  }
  std::string prepared(password.size() * growth_max + 1, '\0');
  std::ranges::copy(password, prepared.begin());
  const int failed =
      stringprep(prepared.data(), prepared.size(), STRINGPREP_NO_UNASSIGNED, stringprep_saslprep);
  const std::size_t length = std::strlen(prepared.c_str());
  Secret result(failed != STRINGPREP_OK || length == 0 ? std::string(password) : prepared.substr(0, length));
  wipe(prepared);
  return result;
}

}  // namespace claw::postgres
