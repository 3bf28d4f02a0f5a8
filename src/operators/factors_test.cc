// One's own factors: who may add and take them, and what a stolen cookie can do. And answers given with a
// passkey.
#include "operators/house_for_test.h"

namespace claw::operators {

namespace {

const Answering allow_it{"0192d3c8-7b1e-7c6a-9d2e-0f1a2b3c4d5e", "fingerprint", "allow"};

}  // namespace

TEST(factors, a_stolen_cookie_adds_nothing) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  house.clock.advance_us(16 * minute);
  EXPECT_EQ(house.people->totp_begin(cookie).error().code, Code::denied);
  EXPECT_EQ(house.people->passkey_creation_options(cookie).error().code, Code::denied);

  SignIn again = house.sign_in("ann");
  const std::string fresh(again.cookie.reveal());
  house.add_totp(fresh);
  EXPECT_TRUE(house.people->passkey_creation_options(fresh).ok());
  house.clock.advance_us(fresh_us);  // Signed in just now, and the second factor was given too long ago.
  EXPECT_EQ(house.people->passkey_creation_options(fresh).error().code, Code::denied);
  EXPECT_EQ(house.people->totp_remove(fresh).error().code, Code::denied);
  EXPECT_EQ(
      house.people->change_password(fresh, House::password(), Secret("another good password"), home).outcome,
      Outcome::second_factor);
  const SignIn given = house.people->totp(fresh, house.code(), home);
  EXPECT_EQ(given.outcome, Outcome::signed_in);
  EXPECT_TRUE(given.cookie.empty());  // The same cookie goes on.
  EXPECT_TRUE(house.people->totp_remove(fresh).ok());
  EXPECT_FALSE(house.people->person("ann")->has_totp);
  EXPECT_EQ(house.people->person("ann")->recovery_codes, 0u);
}

TEST(factors, an_app_is_there_once_its_code_was_right) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  EXPECT_FALSE(house.people->totp_confirm(cookie, "123456").ok());
  const TotpSecret secret = house.people->totp_begin(cookie).value();
  EXPECT_EQ(secret.base32.size(), 32u);
  EXPECT_FALSE(house.people->totp_confirm(cookie, "000000").ok());
  EXPECT_FALSE(house.people->person("ann")->has_totp);
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::signed_in);
  house.totp_secret = House::from_base32(secret.base32.reveal());
  const std::string code = house.code();
  EXPECT_EQ(house.people->totp_confirm(cookie, code)->size(), 10u);
  EXPECT_FALSE(house.people->totp_begin(cookie).ok());
  EXPECT_EQ(house.people->totp(house.sign_in("ann").cookie.reveal(), code, home).outcome, Outcome::refused);
}

TEST(factors, a_new_password_ends_every_session_but_the_one_it_gives) {
  House house;
  SignIn in = house.first();
  const SignIn other = house.sign_in("ann");
  const std::string cookie(in.cookie.reveal());
  EXPECT_EQ(
      house.people->change_password(cookie, Secret("wrong horse battery"), House::password(), home).outcome,
      Outcome::refused);
  EXPECT_EQ(house.people->change_password(cookie, House::password(), Secret("short"), home).outcome,
            Outcome::weak);
  const SignIn changed =
      house.people->change_password(cookie, House::password(), Secret("another good password"), home);
  ASSERT_EQ(changed.outcome, Outcome::signed_in);
  EXPECT_FALSE(house.people->session(cookie).has_value());
  EXPECT_FALSE(house.people->session(other.cookie.reveal()).has_value());
  EXPECT_TRUE(house.people->session(changed.cookie.reveal()).has_value());
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::refused);
  EXPECT_EQ(house.people->password("ann", Secret("another good password"), home).outcome, Outcome::signed_in);
}

TEST(factors, with_a_stolen_cookie_the_password_is_not_guessed_either) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    const SignIn tried =
        house.people->change_password(cookie, Secret("wrong horse battery"), House::password(), home);
    refused += tried.outcome == Outcome::refused ? 1 : 0;
  }
  EXPECT_EQ(refused, 6);
}

TEST(factors, a_passkey_is_registered_once_and_for_this_session) {
  House house;
  SignIn ann = house.first();
  const std::string cookie(ann.cookie.reveal());
  webauthn::Device device = house.add_passkey(cookie);
  const auto challenge_for = [&](const std::string& whose) {
    return House::challenge_of(house.people->passkey_creation_options(whose).value());
  };
  house.people->passkey(cookie,
                        device.get(House::challenge_of(house.people->passkey_options(cookie).value())), home);
  EXPECT_FALSE(house.people->passkey_add(cookie, "again", device.create(challenge_for(cookie))).ok());
  SignIn bob = house.invited("bob", Role::viewer);
  const std::string bobs(bob.cookie.reveal());
  EXPECT_FALSE(house.people->passkey_add(bobs, "stolen", device.create(challenge_for(bobs))).ok());
  const webauthn::Device other = webauthn::Device::of(webauthn::Device::Kind::eddsa, "two");
  EXPECT_FALSE(
      house.people->passkey_add(bobs, "x", other.create(challenge_for(cookie))).ok());  // Ann's challenge.
  const std::string challenge = challenge_for(bobs);
  EXPECT_TRUE(house.people->passkey_add(bobs, "x\n\x1b[31m", other.create(challenge)).ok());
  EXPECT_EQ(house.people->person("bob")->passkeys.at(0).label.find('\n'), std::string::npos);
  webauthn::Device third = other;
  third.id = "three";
  EXPECT_FALSE(house.people->passkey_add(bobs, "x", third.create(challenge)).ok());  // The challenge again.
}

TEST(factors, passkeys_are_bounded_and_can_be_taken_away) {
  House house;
  SignIn in = house.first();
  std::string cookie(in.cookie.reveal());
  webauthn::Device device = house.add_passkey(cookie, "number 0");
  const auto make_fresh = [&] {
    const std::string challenge = House::challenge_of(house.people->passkey_options(cookie).value());
    EXPECT_EQ(house.people->passkey(cookie, device.get(challenge), home).outcome, Outcome::signed_in);
  };
  make_fresh();
  for (std::size_t i = 1; i < passkeys_max; ++i) house.add_passkey(cookie, "number " + std::to_string(i));
  const std::string challenge = House::challenge_of(house.people->passkey_creation_options(cookie).value());
  const webauthn::Device more = webauthn::Device::of(webauthn::Device::Kind::es256, "one more");
  EXPECT_EQ(house.people->passkey_add(cookie, "x", more.create(challenge)).error().code, Code::limit);
  EXPECT_TRUE(house.people->passkey_remove(cookie, base64url("number 1")).ok());
  EXPECT_EQ(house.people->passkey_remove(cookie, base64url("number 1")).error().code, Code::not_found);
  EXPECT_FALSE(house.people->passkey_remove(cookie, "not base64url!").ok());
}

TEST(factors, an_address_has_no_passkeys) {
  House house;
  SignIn in = house.first();
  Settings settings;
  settings.public_url = "https://192.0.2.1:9443";
  settings.cost = {1, std::size_t{1} << 20};
  const auto record = [](const Event&) -> Status { return Done{}; };
  house.people = Directory::open(house.memory, house.clock, settings, record).value();
  const SignIn again = house.sign_in("ann");
  EXPECT_EQ(house.people->passkey_options("").error().code, Code::unsupported);
  EXPECT_EQ(house.people->passkey_creation_options(again.cookie.reveal()).error().code, Code::unsupported);
  EXPECT_EQ(house.people->passkey("", {}, home).outcome, Outcome::refused);
}

// --- Answers to questions.

TEST(answers, a_passkey_proves_this_very_answer_once) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  webauthn::Device device = house.add_passkey(cookie);
  const auto challenge = [&](const Answering& what) {
    return House::challenge_of(house.people->answer_options(cookie, what).value());
  };
  const webauthn::Assertion proof = device.get(challenge(allow_it));
  EXPECT_TRUE(house.people->prove_answer(cookie, allow_it, proof).ok());
  EXPECT_EQ(house.events.back().event, "answer_proved");
  EXPECT_EQ(house.events.back().subject, allow_it.question);
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, proof).ok());

  for (const Answering& other : {Answering{"another question", "fingerprint", "allow"},
                                 Answering{allow_it.question, "another fingerprint", "allow"},
                                 Answering{allow_it.question, "fingerprint", "deny"}}) {
    EXPECT_FALSE(house.people->prove_answer(cookie, other, device.get(challenge(allow_it))).ok());
  }
  const std::string late = challenge(allow_it);
  house.clock.advance_us(2 * minute);
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, device.get(late)).ok());
}

TEST(answers, nothing_else_proves_one) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  webauthn::Device device = house.add_passkey(cookie);
  // Signing in signs another thing.
  const std::string login = House::challenge_of(house.people->passkey_options(cookie).value());
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, device.get(login)).ok());
  const std::string answer = House::challenge_of(house.people->answer_options(cookie, allow_it).value());
  EXPECT_EQ(house.people->passkey(cookie, device.get(answer), home).outcome, Outcome::refused);
  // The device did not ask who is there.
  device.flags = 1;
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, device.get(answer)).ok());
  device.flags = 5;
  // Another session, of the same person or another one.
  const std::string other(house.people->passkey("", device.get(House::challenge_of(
      house.people->passkey_options("").value())), home).cookie.reveal());
  EXPECT_FALSE(house.people->prove_answer(other, allow_it, device.get(answer)).ok());
  SignIn eve = house.invited("eve", Role::approver);
  webauthn::Device hers = house.add_passkey(eve.cookie.reveal(), "hers");
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, hers.get(answer)).ok());
  EXPECT_FALSE(house.people->prove_answer("", allow_it, device.get(answer)).ok());
  EXPECT_TRUE(house.people->prove_answer(cookie, allow_it, device.get(answer)).ok());
}

TEST(answers, a_copied_key_or_an_answer_that_is_not_recorded_proves_nothing) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  webauthn::Device device = house.add_passkey(cookie);
  webauthn::Device copy = device;
  const auto challenge = [&] {
    return House::challenge_of(house.people->answer_options(cookie, allow_it).value());
  };
  EXPECT_TRUE(house.people->prove_answer(cookie, allow_it, device.get(challenge())).ok());
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, copy.get(challenge())).ok());
  EXPECT_EQ(house.events.back().event, "passkey_failed");
  const std::string next = challenge();
  house.cannot_record = true;
  EXPECT_FALSE(house.people->prove_answer(cookie, allow_it, device.get(next)).ok());
}

TEST(answers, without_a_passkey_there_is_nothing_to_ask_for) {
  House house;
  SignIn in = house.first();
  EXPECT_EQ(house.people->answer_options(in.cookie.reveal(), allow_it).error().code, Code::not_found);
  EXPECT_EQ(house.people->answer_options("", allow_it).error().code, Code::denied);
}

}  // namespace claw::operators
