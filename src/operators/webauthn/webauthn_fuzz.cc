// CBOR, attestations, authenticator data and keys from whoever speaks as a browser. What was read is inside
// what was given, and nothing passes that this process did not sign.
#include <cstdint>

#include "operators/webauthn/assertion.h"
#include "operators/webauthn/cbor.h"
#include "operators/webauthn/cose.h"

using namespace claw;
using namespace claw::webauthn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = std::string_view(reinterpret_cast<const char*>(bytes), size).substr(1);
  static const Party party{"gate.example", "https://gate.example"};
  switch (bytes[0] % 5) {
    case 0: {
      Cursor cursor(text);
      const auto value = Cbor::decode(cursor);
      if (!value) break;
      CLAW_CHECK(cursor.left() < text.size());
      Cursor again(text.substr(0, text.size() - cursor.left()));  // The same without what follows.
      const auto same = Cbor::decode(again);
      CLAW_CHECK(same.ok() && again.done() && *same == *value);
      break;
    }
    case 1: {
      const auto data = parse_authenticator(text);
      if (!data) break;
      CLAW_CHECK(text.size() >= 37 && data->party_digest.size() == 32);
      if (data->attested) CLAW_CHECK(key_of(data->attested->public_key).ok() && !data->attested->id.empty());
      break;
    }
    case 2: {
      const auto nothing_is_ours = [](std::string_view) { return false; };
      CLAW_CHECK(!verify(Registration{"{}", std::string(text)}, party, nothing_is_ours).ok());
      break;
    }
    case 3: {
      const auto key = key_of(text);
      if (key) CLAW_CHECK(!key->verify("text", "signature"));
      break;
    }
    case 4: {
      const auto is_ours = [](std::string_view challenge) { return challenge == "ours"; };
      const bool is_taken = check_client_data(text, Ceremony::get, party, is_ours).ok();
      CLAW_CHECK(!is_taken || text.find("webauthn.get") != std::string_view::npos ||
                 text.find('\\') != std::string_view::npos);
      break;
    }
    default: break;
  }
  return 0;
}
