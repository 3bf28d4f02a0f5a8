#include "vault/kinds/jwt.h"

#include "base/crypto.h"
#include "base/json.h"
#include "vault/kinds/encode.h"

namespace claw::vault {

Result<Secret> sign_jwt(std::string_view claims, const Secret& key, std::string_view key_id) {
  std::string header;
  json::Writer w(header);
  w.begin_object();
  w.member("alg", "RS256");
  w.member("typ", "JWT");
  w.member_unless_empty("kid", key_id);
  w.end_object();
  const std::string text = base64url(header) + "." + base64url(claims);
  CLAW_TRY(const std::string signature, crypto::sign_rs256(key, text));
  return joined({text, ".", base64url(signature)});
}

}  // namespace claw::vault
