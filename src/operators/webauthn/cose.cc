#include "operators/webauthn/cose.h"

#include "operators/webauthn/cbor.h"
#include "operators/webauthn/registration.h"

namespace claw::webauthn {

namespace {

// RFC 9052 §7.1, RFC 9053 §7: labels and values.
constexpr std::int64_t label_kind = 1;
constexpr std::int64_t label_algorithm = 3;
constexpr std::int64_t label_curve = -1;  // And an RSA modulus.
constexpr std::int64_t label_x = -2;      // And an RSA exponent.
constexpr std::int64_t label_y = -3;
constexpr std::int64_t kind_okp = 1;
constexpr std::int64_t kind_ec2 = 2;
constexpr std::int64_t kind_rsa = 3;
constexpr std::int64_t curve_p256 = 1;
constexpr std::int64_t curve_ed25519 = 6;

// Web Authentication §6.1.
constexpr unsigned flag_present = 1U << 0;
constexpr unsigned flag_verified = 1U << 2;
constexpr unsigned flag_backup_eligible = 1U << 3;
constexpr unsigned flag_backed_up = 1U << 4;
constexpr unsigned flag_attested = 1U << 6;
constexpr unsigned flag_extensions = 1U << 7;
constexpr unsigned flags_reserved = 1U << 1 | 1U << 5;
constexpr std::size_t digest_bytes = 32;
constexpr std::size_t aaguid_bytes = 16;

std::int64_t integer_at(const Cbor& key, std::int64_t label) {
  const Cbor* value = key.find(label);
  return value != nullptr && value->integer() != nullptr ? *value->integer()
                                                         : 0;  // 0 is no kind of anything.
}

std::string_view bytes_at(const Cbor& key, std::int64_t label) {
  const Cbor* value = key.find(label);
  return value != nullptr && value->bytes() != nullptr ? value->bytes()->view : std::string_view();
}

Result<crypto::PublicKey> read_key(const Cbor& key) {
  const std::int64_t kind = integer_at(key, label_kind);
  const std::int64_t algorithm = integer_at(key, label_algorithm);
  const std::int64_t curve = integer_at(key, label_curve);
  if (kind == kind_ec2 && algorithm == es256 && curve == curve_p256) {
    return crypto::PublicKey::p256(bytes_at(key, label_x), bytes_at(key, label_y));
  }
  if (kind == kind_okp && algorithm == eddsa && curve == curve_ed25519) {
    return crypto::PublicKey::ed25519(bytes_at(key, label_x));
  }
  if (kind == kind_rsa && algorithm == rs256) {
    return crypto::PublicKey::rsa(bytes_at(key, label_curve), bytes_at(key, label_x));
  }
  return Error{Code::unsupported, "a passkey of a kind that is not ES256, Ed25519 or RS256", {}};
}

Result<Attested> read_attested(Cursor& cursor) {
  cursor.take(aaguid_bytes);
  const std::size_t length = cursor.u16();
  Attested attested;
  attested.id = cursor.take(length);
  if (!cursor.ok() || length == 0 || length > credential_id_bytes_max) {
    return invalid("authenticator data without a credential");
  }
  const std::string_view before = cursor.rest();
  CLAW_TRY(const Cbor key, Cbor::decode(cursor));
  CLAW_TRY([[maybe_unused]] const crypto::PublicKey checked, read_key(key));
  attested.public_key = before.substr(0, before.size() - cursor.left());
  return attested;
}

}  // namespace

Result<crypto::PublicKey> key_of(std::string_view cose) {
  Cursor cursor(cose);
  CLAW_TRY(const Cbor key, Cbor::decode(cursor));
  if (!cursor.done()) return invalid("a passkey's public key with something after it");
  return read_key(key);
}

Result<Authenticator> parse_authenticator(std::string_view bytes) {
  Cursor cursor(bytes);
  Authenticator out;
  out.party_digest = cursor.take(digest_bytes);
  const unsigned flags = cursor.u8();
  out.sign_count = cursor.u32();
  if (!cursor.ok()) return invalid("authenticator data is too short");
  if ((flags & flags_reserved) != 0) return invalid("authenticator data with unknown flags");
  out.present = (flags & flag_present) != 0;
  out.verified = (flags & flag_verified) != 0;
  out.backup_eligible = (flags & flag_backup_eligible) != 0;
  out.backed_up = (flags & flag_backed_up) != 0;
  if (out.backed_up && !out.backup_eligible) return invalid("a passkey that is backed up and cannot be");
  if ((flags & flag_attested) != 0) {
    CLAW_TRY(out.attested, read_attested(cursor));
  }
  if ((flags & flag_extensions) != 0) {
    CLAW_TRY(const Cbor extensions, Cbor::decode(cursor));
    if (extensions.map() == nullptr) return invalid("authenticator data with extensions that are no map");
  }
  if (!cursor.done()) return invalid("authenticator data with something after it");
  return out;
}

}  // namespace claw::webauthn
