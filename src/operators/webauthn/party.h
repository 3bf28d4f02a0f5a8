// Who we are to a browser (Web Authentication Level 2 §4, "Relying Party"), what it says it signed for, and
// the options it is given. Passkeys are bound to a host's name: an address has none.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::webauthn {

struct Party {
  std::string id;      // `gate.example`: the host alone.
  std::string origin;  // `https://gate.example:9443`; without the port where it is the scheme's own.
};

// From the address the gateway is seen at. Code::unsupported: it has no host name, or is plain http elsewhere
// than on `localhost`, and browsers offer no passkeys there.
Result<Party> party_of(std::string_view public_url);

// Says whether a challenge, as bytes, is one we gave for this very purpose.
using IsOurs = std::function<bool(std::string_view challenge)>;

constexpr std::size_t client_data_bytes_max = 8 << 10;  // Browsers send 200.

enum class Ceremony : std::uint8_t { create, get };

// clientDataJSON (§5.8.1) says this ceremony, our origin, no frame of another's, and a challenge of ours.
Status check_client_data(std::string_view json, Ceremony ceremony, const Party& party, const IsOurs& is_ours);

enum class Verification : std::uint8_t { preferred, required };  // Of the person by their device (§5.4.6).

struct User {
  std::string handle;  // Random bytes that stand for the account (§5.4.3).
  std::string name;
};

// PublicKeyCredentialCreationOptionsJSON and …RequestOptionsJSON (Level 3 §5.1.9, §5.1.10); ids, challenges
// and handles are bytes here and base64url there.
std::string creation_options(const Party& party, const User& user, std::string_view challenge,
                             std::span<const std::string> known_ids);
std::string request_options(const Party& party, std::string_view challenge,
                            std::span<const std::string> allowed_ids, Verification verification);

}  // namespace claw::webauthn
