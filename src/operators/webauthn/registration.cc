#include "operators/webauthn/registration.h"

#include "base/crypto.h"
#include "base/web/encoding.h"
#include "operators/webauthn/cbor.h"
#include "operators/webauthn/cose.h"

namespace claw::webauthn {

namespace {

// §6.5.4: `fmt`, `attStmt` and `authData`, and nothing else.
Result<std::string_view> authenticator_data_of(std::string_view attestation_object) {
  if (attestation_object.size() > attestation_bytes_max) {
    return Error{Code::limit, "an attestation is at most 32 KiB long", {}};
  }
  Cursor cursor(attestation_object);
  CLAW_TRY(const Cbor object, Cbor::decode(cursor));
  const Cbor* const format = object.find("fmt");
  const Cbor* const statement = object.find("attStmt");
  const Cbor* const data = object.find("authData");
  const bool is_complete = cursor.done() && format != nullptr && format->text() != nullptr &&
                           statement != nullptr && statement->map() != nullptr && data != nullptr &&
                           data->bytes() != nullptr && object.map()->size() == 3;
  if (!is_complete) return invalid("an attestation without its three parts");
  if (*format->text() == "none" && !statement->map()->empty()) {
    return invalid("an attestation of nothing with a statement");
  }
  return data->bytes()->view;
}

}  // namespace

Result<Registration> parse_registration(const json::Value& object) {
  Registration registration;
  CLAW_TRY(registration.client_data_json, from_base64url(object.text_or("client_data_json", "")));
  CLAW_TRY(registration.attestation_object, from_base64url(object.text_or("attestation_object", "")));
  return registration;
}

Result<Credential> verify(const Registration& registration, const Party& party, const IsOurs& is_ours) {
  CLAW_TRY(const std::string_view bytes, authenticator_data_of(registration.attestation_object));
  CLAW_TRY(const Authenticator data, parse_authenticator(bytes));
  if (!crypto::equal(data.party_digest, crypto::view(crypto::sha256(party.id)))) {
    return Error{Code::denied, "a passkey for another host", {}};
  }
  if (!data.present) return Error{Code::denied, "a passkey made without anybody there", {}};
  if (!data.attested) return invalid("a new passkey without its key");
  CLAW_TRY_DONE(check_client_data(registration.client_data_json, Ceremony::create, party, is_ours));
  return Credential{std::string(data.attested->id), std::string(data.attested->public_key), data.sign_count,
                    data.backup_eligible};
}

}  // namespace claw::webauthn
