#include "base/web/public_key.h"

#include <gtest/gtest.h>

#include "base/web/signing_for_test.h"
#include "base/web/token.h"
#include "base/web/encoding.h"

namespace claw::crypto {

namespace {

std::string bytes(std::string_view text) { return from_base64url(text).value(); }

// RFC 7515 appendices A.2 and A.3 sign the same claims.
constexpr std::string_view claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

}  // namespace

TEST(public_key, the_es256_example_of_rfc_7515) {
  const PublicKey key = PublicKey::p256(bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                        bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
                            .value();
  const std::string text = "eyJhbGciOiJFUzI1NiJ9." + std::string(claims);
  const std::string signature =
      bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_TRUE(key.verify_jose(text, signature));
  EXPECT_FALSE(key.verify_jose(text + "x", signature));
  EXPECT_FALSE(key.verify(text, signature));  // Not DER.
}

TEST(public_key, the_rs256_example_of_rfc_7515) {
  const PublicKey key =
      PublicKey::rsa(
          bytes(
              "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4"
              "QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdb"
              "BYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-D"
              "WNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
          bytes("AQAB"))
          .value();
  const std::string signature = bytes(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
      "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
      "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
      "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
  EXPECT_TRUE(key.verify_jose("eyJhbGciOiJSUzI1NiJ9." + std::string(claims), signature));
  EXPECT_FALSE(key.verify_jose("eyJhbGciOiJSUzI1NiJ9." + std::string(claims), signature.substr(1)));
}

TEST(public_key, each_kind_takes_its_own_signatures_and_no_others) {
  const SigningKey ec = SigningKey::p256();
  const SigningKey ed = SigningKey::ed25519();
  const SigningKey rsa = SigningKey::rsa();
  const PublicKey keys[] = {PublicKey::p256(ec.x(), ec.y()).value(), PublicKey::ed25519(ed.raw()).value(),
                            PublicKey::rsa(rsa.n(), rsa.e()).value()};
  const std::string signatures[] = {ec.sign("text"), ed.sign("text"), rsa.sign("text")};
  for (std::size_t key = 0; key < 3; ++key) {
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(keys[key].verify("text", signatures[i]), key == i);
    EXPECT_FALSE(keys[key].verify("text ", signatures[key]));
    EXPECT_FALSE(keys[key].verify("text", ""));
    for (std::size_t i = 0; i < signatures[key].size(); ++i) {
      std::string changed = signatures[key];
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(keys[key].verify("text", changed)) << key << " " << i;
      EXPECT_FALSE(keys[key].verify("text", signatures[key].substr(0, i)));
    }
    EXPECT_FALSE(keys[key].verify("text", signatures[key] + std::string(1, '\0')));
  }
  EXPECT_TRUE(keys[0].verify_jose("text", ec.sign_jose("text")));
}

// CVE-2022-21449: r and s of zero must not fit everything.
TEST(public_key, signatures_of_nothing_do_not_fit) {
  const SigningKey ec = SigningKey::p256();
  const PublicKey key = PublicKey::p256(ec.x(), ec.y()).value();
  EXPECT_FALSE(key.verify_jose("text", std::string(64, '\0')));
  EXPECT_FALSE(key.verify_jose("text", std::string(64, '\xff')));
  EXPECT_FALSE(key.verify_jose("text", ec.sign_jose("text") + "x"));
}

TEST(public_key, what_is_no_key_of_its_kind_is_refused) {
  const SigningKey ec = SigningKey::p256();
  std::string off = ec.y();
  off.back() = static_cast<char>(off.back() ^ 1);
  EXPECT_FALSE(PublicKey::p256(ec.x(), off).ok());  // Not on the curve.
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\0'), std::string(32, '\0')).ok());
  EXPECT_FALSE(PublicKey::p256(ec.x(), "").ok());
  EXPECT_FALSE(PublicKey::ed25519(std::string(31, 'x')).ok());
  const SigningKey rsa = SigningKey::rsa();
  EXPECT_FALSE(PublicKey::rsa(rsa.n().substr(0, 128), rsa.e()).ok());
  EXPECT_FALSE(PublicKey::rsa(rsa.n(), std::string(1, '\1')).ok());  // Everything would be its own signature.
  EXPECT_FALSE(PublicKey::rsa(rsa.n(), std::string(1, '\2')).ok());
  EXPECT_FALSE(PublicKey::rsa(rsa.n(), rsa.n()).ok());
  EXPECT_FALSE(PublicKey::rsa(rsa.n(), "").ok());
  EXPECT_FALSE(PublicKey::rsa("", rsa.e()).ok());
  EXPECT_FALSE(PublicKey::rsa(std::string(1 << 20, '\xff'), rsa.e()).ok());
}

TEST(token, the_prefix_says_whose_it_is) {
  const Secret token = generate_token("clawx_");
  EXPECT_TRUE(is_token("clawx_", token.reveal()));
  EXPECT_FALSE(is_token("clawy_", token.reveal()));
  std::string typo(token.reveal());
  typo[10] = typo[10] == 'a' ? 'b' : 'a';
  EXPECT_FALSE(is_token("clawx_", typo));
}

}  // namespace claw::crypto
