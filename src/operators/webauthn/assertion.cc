#include "operators/webauthn/assertion.h"

#include "base/crypto.h"
#include "base/web/encoding.h"
#include "operators/webauthn/cose.h"

namespace claw::webauthn {

namespace {

constexpr std::size_t authenticator_data_bytes_max = 4096;  // 37, and extensions nobody asked for.
constexpr std::size_t signature_bytes_max = 1024;           // RSA of 8192 bits.
constexpr std::size_t user_handle_bytes_max = 64;           // §5.4.3.

}  // namespace

Result<Assertion> parse_assertion(const json::Value& object) {
  Assertion assertion;
  CLAW_TRY(assertion.id, from_base64url(object.text_or("id", "")));
  CLAW_TRY(assertion.client_data_json, from_base64url(object.text_or("client_data_json", "")));
  CLAW_TRY(assertion.authenticator_data, from_base64url(object.text_or("authenticator_data", "")));
  CLAW_TRY(assertion.signature, from_base64url(object.text_or("signature", "")));
  CLAW_TRY(assertion.user_handle, from_base64url(object.text_or("user_handle", "")));
  return assertion;
}

Result<Asserted> verify(const Assertion& assertion, const Credential& credential, const Party& party,
                        Verification verification, const IsOurs& is_ours) {
  if (assertion.authenticator_data.size() > authenticator_data_bytes_max ||
      assertion.signature.size() > signature_bytes_max ||
      assertion.user_handle.size() > user_handle_bytes_max) {
    return Error{Code::limit, "an assertion with too long a part", {}};
  }
  if (assertion.id != credential.id) return Error{Code::denied, "another passkey", {}};
  CLAW_TRY(const Authenticator data, parse_authenticator(assertion.authenticator_data));
  if (!crypto::equal(data.party_digest, crypto::view(crypto::sha256(party.id)))) {
    return Error{Code::denied, "an assertion for another host", {}};
  }
  if (!data.present) return Error{Code::denied, "an assertion without anybody there", {}};
  if (verification == Verification::required && !data.verified) {
    return Error{Code::denied, "the device did not ask who is there", {}};
  }
  if (data.backup_eligible != credential.backup_eligible) {
    return Error{Code::denied, "a passkey that changed what it is", {}};
  }
  CLAW_TRY(const crypto::PublicKey key, key_of(credential.public_key));
  const std::string signed_bytes = assertion.authenticator_data +
                                   std::string(crypto::view(crypto::sha256(assertion.client_data_json)));
  if (!key.verify(signed_bytes, assertion.signature)) return Error{Code::denied, "a wrong signature", {}};
  // Last, because it uses the challenge up.
  CLAW_TRY_DONE(check_client_data(assertion.client_data_json, Ceremony::get, party, is_ours));
  Asserted asserted{data.sign_count, data.verified, false};
  const bool counts = data.sign_count != 0 || credential.sign_count != 0;
  asserted.counter_went_back = counts && data.sign_count <= credential.sign_count;  // §6.1.1
  return asserted;
}

}  // namespace claw::webauthn
