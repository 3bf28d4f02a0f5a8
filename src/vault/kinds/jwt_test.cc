#include "vault/kinds/jwt.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace claw::vault {

namespace {

Secret file(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return Secret(text.str());
}

// Signed with the openssl program. The key is a test's and opens nothing.
constexpr std::string_view expected =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJtZSJ9."
    "MCBAAJsut4wOumpuwlw_dSB7Nu5yX8EMDtULQL2rq5ZBGN7VaGZQO0XBN_pVztazOjE0OojNxqneHNEyAVK3XCugM1"
    "gZuLiOM1f6KuaBldRB4hOTKqTs8jfE-hIwv500F64RcoqyHomYpsBlVwGkMwcEI_uZAMVorEAPLmClvdxhytLeYvNR"
    "W0yVeTu8XR9o3m2my22slGikgfdxuHk96Yc4TmwiOsDBtd7PkOHpGopg8mN0OdU9KemKd1TM5JlDxoFAvVTVspZ3c5"
    "mnrMSnoZBb7ulBmo3ZZd_U8S0DqrXKn9O8dFPRd0V6nvt99c-9jpKi0AEd85qTg_P4deI1Jw";

}  // namespace

TEST(jwt, is_what_openssl_signs) {
  EXPECT_EQ(sign_jwt("{\"iss\":\"me\"}", file("testdata/rsa_key.pem")).value().reveal(), expected);
  EXPECT_NE(sign_jwt("{\"iss\":\"me\"}", file("testdata/rsa_key.pem"), "kid-1").value().reveal(), expected);
}

TEST(jwt, a_key_that_is_none_or_short_is_refused_and_not_told) {
  const Secret whole = file("testdata/rsa_key.pem");
  EXPECT_FALSE(sign_jwt("{}", file("testdata/rsa_short.pem")).ok());
  for (const std::string& bad :
       {std::string(), std::string("PLANTED"), std::string(whole.reveal().substr(0, 800)),
        "PLANTED" + std::string(whole.reveal().substr(0, 100))}) {
    const auto signed_or_not = sign_jwt("{}", Secret(bad));
    ASSERT_FALSE(signed_or_not.ok());
    EXPECT_EQ(signed_or_not.error().text().find("PLANTED"), std::string::npos);
  }
}

}  // namespace claw::vault
