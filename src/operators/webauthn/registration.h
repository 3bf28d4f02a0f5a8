// A new passkey: what the browser brings after navigator.credentials.create(), and the checks of Web
// Authentication Level 2 §7.1. Attestation is not asked for: `none` is taken, another statement is read
// strictly and not weighed, because which maker's device it is decides nothing here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "operators/webauthn/party.h"

namespace claw::webauthn {

constexpr std::size_t attestation_bytes_max = 32 << 10;  // With a TPM's certificates some 5 KiB.
constexpr std::size_t credential_id_bytes_max = 1023;    // §4, "Credential ID".

struct Registration {  // As bytes.
  std::string client_data_json;
  std::string attestation_object;
};
// From `{"client_data_json":…,"attestation_object":…}`, both base64url.
Result<Registration> parse_registration(const json::Value& object);

struct Credential {
  std::string id;
  std::string public_key;  // COSE_Key, as the authenticator wrote it; key_of() in cose.h reads it.
  std::uint32_t sign_count = 0;
  bool backup_eligible = false;  // May live on several devices. Never changes (§6.1.3).
};

Result<Credential> verify(const Registration& registration, const Party& party, const IsOurs& is_ours);

}  // namespace claw::webauthn
