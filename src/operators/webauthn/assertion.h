// A passkey used: what the browser brings after navigator.credentials.get(), and the checks of Web
// Authentication Level 2 §7.2.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "operators/webauthn/party.h"
#include "operators/webauthn/registration.h"

namespace claw::webauthn {

struct Assertion {  // As bytes.
  std::string id;
  std::string client_data_json;
  std::string authenticator_data;
  std::string signature;
  std::string user_handle;  // Empty where the authenticator gives none.
};
// From `{"id":…,"client_data_json":…,"authenticator_data":…,"signature":…,"user_handle":…}`, all base64url;
// `user_handle` may be missing or null.
Result<Assertion> parse_assertion(const json::Value& object);

struct Asserted {
  std::uint32_t sign_count = 0;
  bool verified = false;          // The person, by their device.
  bool counter_went_back = false; // Two devices have this key, and one of them is not the person's: refuse.
};

// Whether `credential` signed a challenge of ours at our origin with its person present. Looking up the
// credential by its id, and whose it is, is the caller's.
Result<Asserted> verify(const Assertion& assertion, const Credential& credential, const Party& party,
                        Verification verification, const IsOurs& is_ours);

}  // namespace claw::webauthn
