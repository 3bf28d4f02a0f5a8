// Passkeys made and used as the specification says, and wrong in every way an attacker has: another origin,
// host, ceremony, challenge, signature, key, a cut or changed byte anywhere.
#include <gtest/gtest.h>

#include "operators/webauthn/authenticator_for_test.h"

namespace claw::webauthn {

namespace {

const Party party{"gate.example", "https://gate.example:9443"};
constexpr std::string_view challenge = "a challenge of thirty-two bytes!";

bool ours(std::string_view given) { return given == challenge; }

std::string why(const auto& result) { return result ? "taken" : result.error().what; }

Credential credential_of(const Device& device) {
  return verify(device.create(challenge), party, ours).value();
}

Result<Asserted> use(const Assertion& assertion, const Credential& credential,
                     Verification verification = Verification::required) {
  return verify(assertion, credential, party, verification, ours);
}

// As somebody would who can change what the device signs.
Result<Asserted> use_resigned(const Device& device, Assertion assertion, const Credential& credential) {
  device.sign(assertion);
  return use(assertion, credential);
}

}  // namespace

TEST(webauthn, a_passkey_of_each_kind_is_made_and_used) {
  for (const auto kind : {Device::Kind::es256, Device::Kind::eddsa, Device::Kind::rs256}) {
    Device device = Device::of(kind);
    const Credential credential = credential_of(device);
    EXPECT_EQ(credential.id, device.id);
    EXPECT_EQ(credential.public_key, device.cose());
    const auto asserted = use(device.get(challenge), credential);
    ASSERT_TRUE(asserted.ok()) << why(asserted);
    EXPECT_EQ(asserted->sign_count, 1u);
    EXPECT_TRUE(asserted->verified);
    EXPECT_FALSE(asserted->counter_went_back);
  }
}

TEST(webauthn, a_party_is_a_host_and_an_origin) {
  EXPECT_EQ(party_of("https://gate.example:9443/")->origin, "https://gate.example:9443");
  EXPECT_EQ(party_of("https://gate.example:9443/")->id, "gate.example");
  EXPECT_EQ(party_of("https://gate.example:443")->origin, "https://gate.example");
  EXPECT_EQ(party_of("http://localhost:8080/x")->origin, "http://localhost:8080");
  for (const char* bad : {"", "gate.example", "http://gate.example", "https://192.0.2.1", "https://[::1]",
                          "https://127.1", "https://Gate.example", "https://u@gate.example",
                          "ftp://localhost", "https://gate.example:", "https://gate.example:x", "https://"}) {
    EXPECT_FALSE(party_of(bad).ok()) << bad;
  }
}

TEST(webauthn, another_origin_host_ceremony_or_challenge_is_refused) {
  Device device;
  const Credential credential = credential_of(device);
  for (const char* origin :
       {"https://gate.example", "http://gate.example:9443", "https://evil.example:9443", "",
        "https://gate.example:9443.evil.example", "https://gate.example:9443/", "null"}) {
    Device other = device;
    other.origin = origin;
    EXPECT_FALSE(use(other.get(challenge), credential).ok()) << origin;
    EXPECT_FALSE(verify(other.create(challenge), party, ours).ok()) << origin;
  }
  Device elsewhere = device;
  elsewhere.host = "evil.example";
  EXPECT_EQ(why(use(elsewhere.get(challenge), credential)), "an assertion for another host");
  EXPECT_EQ(why(verify(elsewhere.create(challenge), party, ours)), "a passkey for another host");
  EXPECT_FALSE(use(device.get("another challenge"), credential).ok());
  EXPECT_FALSE(use(device.get(""), credential).ok());
  EXPECT_FALSE(verify(device.create("another challenge"), party, ours).ok());

  Assertion crossed = device.get(challenge);
  crossed.client_data_json = device.client_data("webauthn.create", challenge);
  EXPECT_EQ(why(use_resigned(device, crossed, credential)), "client data of another ceremony");
  Registration registration = device.create(challenge);
  registration.client_data_json = device.client_data("webauthn.get", challenge);
  EXPECT_EQ(why(verify(registration, party, ours)), "client data of another ceremony");
}

TEST(webauthn, client_data_is_read_strictly) {
  Device device;
  const Credential credential = credential_of(device);
  for (const char* extra : {",\"crossOrigin\":true", ",\"crossOrigin\":\"\"", ",\"crossOrigin\":null",
                            ",\"topOrigin\":\"https://evil.example\"", ",\"type\":\"webauthn.get\"",
                            ",\"origin\":\"https://gate.example:9443\"", ",\"challenge\":\"x\""}) {
    Device other = device;
    other.extra_client_data = extra;
    EXPECT_FALSE(use(other.get(challenge), credential).ok()) << extra;
  }
  device.extra_client_data = ",\"crossOrigin\":false,\"other_keys_can_be_added_here\":\"do not compare\"";
  EXPECT_TRUE(use(device.get(challenge), credential).ok());
  device.extra_client_data = ",\"long\":\"" + std::string(client_data_bytes_max, 'x') + "\"";
  EXPECT_FALSE(use(device.get(challenge), credential).ok());
}

TEST(webauthn, presence_and_verification_are_asked_for) {
  Device device;
  const Credential credential = credential_of(device);
  device.flags = 1;
  EXPECT_EQ(why(use(device.get(challenge), credential)), "the device did not ask who is there");
  const auto asserted = use(device.get(challenge), credential, Verification::preferred);
  ASSERT_TRUE(asserted.ok());
  EXPECT_FALSE(asserted->verified);
  device.flags = 4;
  EXPECT_EQ(why(use(device.get(challenge), credential)), "an assertion without anybody there");
  EXPECT_EQ(why(verify(device.create(challenge), party, ours)), "a passkey made without anybody there");
}

TEST(webauthn, flags_agree_with_each_other_and_with_the_past) {
  Device device;
  const Credential credential = credential_of(device);
  for (const unsigned flags : {5U | 2U, 5U | 32U, 5U | 16U, 5U | 64U, 5U | 128U}) {
    device.flags = flags;
    EXPECT_FALSE(use(device.get(challenge), credential).ok()) << flags;
  }
  device.flags = 5 | 8;
  EXPECT_EQ(why(use(device.get(challenge), credential)), "a passkey that changed what it is");
  Device synced;
  synced.flags = 5 | 8 | 16;
  const Credential shared = credential_of(synced);
  EXPECT_TRUE(shared.backup_eligible);
  EXPECT_TRUE(use(synced.get(challenge), shared).ok());
}

TEST(webauthn, a_counter_that_goes_back_or_stands_still_is_said) {
  Device device;
  Credential credential = credential_of(device);
  credential.sign_count = 10;
  device.counts = false;
  for (const std::uint32_t count : {0U, 1U, 9U, 10U}) {
    device.count = count;
    EXPECT_TRUE(use(device.get(challenge), credential)->counter_went_back) << count;
  }
  device.count = 11;
  EXPECT_FALSE(use(device.get(challenge), credential)->counter_went_back);
  credential.sign_count = device.count = 0;  // It does not count at all, as phones' do not.
  EXPECT_FALSE(use(device.get(challenge), credential)->counter_went_back);
}

TEST(webauthn, another_s_signature_or_key_or_id_is_refused) {
  Device device;
  Device other = Device::of(Device::Kind::es256);
  const Credential credential = credential_of(device);
  EXPECT_EQ(why(use(other.get(challenge), credential)), "a wrong signature");
  other.id = "another";
  EXPECT_EQ(why(use(other.get(challenge), credential)), "another passkey");
}

// A signature of one algorithm is not tried with a key of another, whatever the key calls itself.
TEST(webauthn, keys_whose_parts_disagree_are_refused) {
  const Device es = Device::of(Device::Kind::es256);
  const auto ec2 = [&](std::int64_t kind, std::int64_t algorithm, std::int64_t curve) {
    return cbor_head(5, 5) + cbor(1) + cbor(kind) + cbor(3) + cbor(algorithm) + cbor(-1) + cbor(curve) +
           cbor(-2) + cbor_bytes(es.key.x()) + cbor(-3) + cbor_bytes(es.key.y());
  };
  EXPECT_TRUE(key_of(ec2(2, -7, 1)).ok());
  EXPECT_FALSE(key_of(ec2(2, -8, 1)).ok());
  EXPECT_FALSE(key_of(ec2(2, -257, 1)).ok());
  EXPECT_FALSE(key_of(ec2(2, -7, 2)).ok());
  EXPECT_FALSE(key_of(ec2(1, -7, 1)).ok());
  EXPECT_FALSE(key_of(ec2(3, -7, 1)).ok());
  EXPECT_FALSE(key_of(ec2(2, -47, 8)).ok());
  EXPECT_FALSE(key_of(ec2(2, -7, 1) + "x").ok());
  EXPECT_FALSE(key_of(cbor_head(5, 0)).ok());
  EXPECT_FALSE(key_of(cbor(1)).ok());
  EXPECT_FALSE(key_of("").ok());
}

TEST(webauthn, each_byte_of_an_assertion_counts) {
  for (const auto kind : {Device::Kind::es256, Device::Kind::eddsa}) {
    Device device = Device::of(kind);
    const Credential credential = credential_of(device);
    const Assertion good = device.get(challenge);
    const auto each_changed = [&](std::string Assertion::*part) {
      for (std::size_t i = 0; i < (good.*part).size(); ++i) {
        Assertion changed = good;
        (changed.*part)[i] = static_cast<char>((changed.*part)[i] ^ 1);
        EXPECT_FALSE(use(changed, credential).ok()) << i;
        changed.*part = (good.*part).substr(0, i);
        EXPECT_FALSE(use(changed, credential).ok()) << i;
      }
      Assertion longer = good;
      (longer.*part).push_back('\0');
      EXPECT_FALSE(use(longer, credential).ok());
      (longer.*part).append(100'000, 'x');
      EXPECT_FALSE(use(longer, credential).ok());
    };
    each_changed(&Assertion::authenticator_data);
    each_changed(&Assertion::client_data_json);
    each_changed(&Assertion::signature);
    each_changed(&Assertion::id);
    EXPECT_TRUE(use(good, credential).ok());
  }
}

TEST(webauthn, a_registration_cut_anywhere_is_refused) {
  for (const auto kind : {Device::Kind::es256, Device::Kind::eddsa, Device::Kind::rs256}) {
    const Registration good = Device::of(kind).create(challenge);
    for (std::size_t i = 0; i < good.attestation_object.size(); ++i) {
      Registration cut = good;
      cut.attestation_object.resize(i);
      EXPECT_FALSE(verify(cut, party, ours).ok()) << i;
    }
    Registration longer = good;
    longer.attestation_object.push_back('\0');
    EXPECT_FALSE(verify(longer, party, ours).ok());
    longer.attestation_object.append(attestation_bytes_max, 'x');
    EXPECT_FALSE(verify(longer, party, ours).ok());
  }
}

TEST(webauthn, attestation_is_none_or_read_and_not_weighed) {
  Device device;
  device.statement = cbor_head(5, 1) + cbor_text("alg") + cbor(-7);
  EXPECT_EQ(why(verify(device.create(challenge), party, ours)), "an attestation of nothing with a statement");
  device.format = "packed";
  EXPECT_TRUE(verify(device.create(challenge), party, ours).ok());
  for (const std::string& bad : {cbor_text("text"), cbor_head(4, 0), cbor(1), std::string(1, '\xf6'),
                                 cbor_head(5, 1) + cbor_text("x") + "\xc0" + cbor_text("tagged"),
                                 cbor_head(5, 2) + cbor_text("x") + cbor(1) + cbor_text("x") + cbor(2)}) {
    device.statement = bad;
    EXPECT_FALSE(verify(device.create(challenge), party, ours).ok());
  }
}

TEST(webauthn, ids_have_a_length) {
  Device device;
  device.id = "";
  EXPECT_FALSE(verify(device.create(challenge), party, ours).ok());
  device.id = std::string(credential_id_bytes_max, 'x');
  EXPECT_TRUE(verify(device.create(challenge), party, ours).ok());
  device.id.push_back('x');
  EXPECT_FALSE(verify(device.create(challenge), party, ours).ok());
}

// A challenge is used up by what was right in all else, and by nothing else.
TEST(webauthn, the_challenge_is_looked_at_last) {
  Device device;
  const Credential credential = credential_of(device);
  int asked = 0;
  const auto counting = [&](std::string_view given) { return ++asked, ours(given); };
  Assertion wrong = device.get(challenge);
  wrong.signature.back() = static_cast<char>(wrong.signature.back() ^ 1);
  EXPECT_FALSE(verify(wrong, credential, party, Verification::required, counting).ok());
  EXPECT_EQ(asked, 0);
  EXPECT_TRUE(verify(device.get(challenge), credential, party, Verification::required, counting).ok());
  EXPECT_EQ(asked, 1);
}

TEST(webauthn, options_are_what_browsers_parse) {
  const std::vector<std::string> ids = {"one"};
  const json::Value made = json::parse(creation_options(party, {"handle", "ann"}, challenge, ids)).value();
  EXPECT_EQ(made.find("rp")->text_or("id", ""), "gate.example");
  EXPECT_EQ(made.find("user")->text_or("id", ""), base64url("handle"));
  EXPECT_EQ(made.text_or("challenge", ""), base64url(challenge));
  EXPECT_EQ(made.find("pubKeyCredParams")->array()->size(), 3u);
  EXPECT_EQ(made.find("excludeCredentials")->array()->at(0).text_or("id", ""), base64url("one"));
  EXPECT_EQ(made.text_or("attestation", ""), "none");
  const json::Value asked =
      json::parse(request_options(party, challenge, ids, Verification::required)).value();
  EXPECT_EQ(asked.text_or("rpId", ""), "gate.example");
  EXPECT_EQ(asked.text_or("userVerification", ""), "required");
  EXPECT_EQ(asked.find("allowCredentials")->array()->size(), 1u);
}

TEST(webauthn, what_the_browser_posts_is_base64url) {
  const auto parsed = [](std::string_view text) { return parse_assertion(json::parse(text).value()); };
  const std::string good =
      R"({"id":"aWQ","client_data_json":"e30","authenticator_data":"YQ","signature":"Yg")";
  EXPECT_EQ(parsed(good + "}")->id, "id");
  EXPECT_EQ(parsed(good + R"(,"user_handle":"YW5u"})")->user_handle, "ann");
  EXPECT_EQ(parsed(good + R"(,"user_handle":null})")->user_handle, "");
  EXPECT_FALSE(parsed(R"({"id":"aWQ="})").ok());
  EXPECT_FALSE(parsed(R"({"id":"+/"})").ok());
  EXPECT_FALSE(
      parse_registration(json::parse(R"({"client_data_json":"*","attestation_object":""})").value()).ok());
}

}  // namespace claw::webauthn
