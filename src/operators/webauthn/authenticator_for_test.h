// An authenticator and its browser, for tests: makes passkeys and uses them as Web Authentication says, and
// wrong in each way a test wants. Only tests include this.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/web/signing_for_test.h"
#include "base/web/encoding.h"
#include "base/writer.h"
#include "operators/webauthn/assertion.h"
#include "operators/webauthn/cose.h"
#include "operators/webauthn/registration.h"

namespace claw::webauthn {

// CBOR, written.
inline std::string cbor_head(unsigned major, std::size_t number) {
  std::string out;
  Writer w(out);
  const auto initial = [&](unsigned low) { w.u8(static_cast<std::uint8_t>(major << 5 | low)); };
  if (number < 24) {
    initial(static_cast<unsigned>(number));
  } else if (number < 256) {
    initial(24), w.u8(static_cast<std::uint8_t>(number));
  } else {
    initial(25), w.u16(static_cast<std::uint16_t>(number));
  }
  return out;
}
inline std::string cbor(std::int64_t number) {
  return number < 0 ? cbor_head(1, static_cast<std::size_t>(-1 - number))
                    : cbor_head(0, static_cast<std::size_t>(number));
}
inline std::string cbor_text(std::string_view text) { return cbor_head(3, text.size()).append(text); }
inline std::string cbor_bytes(std::string_view bytes) { return cbor_head(2, bytes.size()).append(bytes); }

struct Device {
  enum class Kind { es256, eddsa, rs256 } kind = Kind::es256;
  crypto::SigningKey key = make(Kind::es256);
  std::string id = "credential one";
  std::string host = "gate.example";
  std::string origin = "https://gate.example:9443";
  std::string user_handle = {};
  std::uint32_t count = 0;  // Grows with each use, unless it stays 0.
  bool counts = true;
  unsigned flags = 1 | 4;   // Present, verified.
  std::string format = "none";
  std::string statement = cbor_head(5, 0);
  std::string extra_client_data = {};  // `,"crossOrigin":true`

  static crypto::SigningKey make(Kind kind) {
    if (kind == Kind::eddsa) return crypto::SigningKey::ed25519();
    return kind == Kind::es256 ? crypto::SigningKey::p256() : crypto::SigningKey::rsa();
  }
  static Device of(Kind kind, std::string id = "credential one") {
    Device device;
    device.kind = kind;
    device.key = make(kind);
    device.id = std::move(id);
    return device;
  }

  std::string cose() const {
    if (kind == Kind::eddsa) {
      return cbor_head(5, 4) + cbor(1) + cbor(1) + cbor(3) + cbor(-8) + cbor(-1) + cbor(6) + cbor(-2) +
             cbor_bytes(key.raw());
    }
    if (kind == Kind::rs256) {
      return cbor_head(5, 4) + cbor(1) + cbor(3) + cbor(3) + cbor(-257) + cbor(-1) + cbor_bytes(key.n()) +
             cbor(-2) + cbor_bytes(key.e());
    }
    return cbor_head(5, 5) + cbor(1) + cbor(2) + cbor(3) + cbor(-7) + cbor(-1) + cbor(1) + cbor(-2) +
           cbor_bytes(key.x()) + cbor(-3) + cbor_bytes(key.y());
  }

  std::string client_data(std::string_view type, std::string_view challenge) const {
    return "{\"type\":\"" + std::string(type) + "\",\"challenge\":\"" + base64url(challenge) +
           "\",\"origin\":\"" + origin + "\"" + extra_client_data + "}";
  }

  std::string said(bool attested) const {
    std::string out(crypto::view(crypto::sha256(host)));
    Writer w(out);
    w.u8(static_cast<std::uint8_t>(flags | (attested ? 0x40 : 0)));
    w.u32(count);
    if (!attested) return out;
    w.bytes(std::string(16, '\0'));
    w.u16(static_cast<std::uint16_t>(id.size()));
    w.bytes(id);
    w.bytes(cose());
    return out;
  }

  Registration create(std::string_view challenge) const {
    const std::string object = cbor_head(5, 3) + cbor_text("fmt") + cbor_text(format) + cbor_text("attStmt") +
                               statement + cbor_text("authData") + cbor_bytes(said(true));
    return {client_data("webauthn.create", challenge), object};
  }

  Assertion get(std::string_view challenge) {
    if (counts) ++count;
    Assertion assertion;
    assertion.id = id;
    assertion.client_data_json = client_data("webauthn.get", challenge);
    assertion.authenticator_data = said(false);
    assertion.user_handle = user_handle;
    sign(assertion);
    return assertion;
  }
  void sign(Assertion& assertion) const {
    const crypto::Digest digest = crypto::sha256(assertion.client_data_json);
    assertion.signature = key.sign(assertion.authenticator_data + std::string(crypto::view(digest)));
  }
};

}  // namespace claw::webauthn
