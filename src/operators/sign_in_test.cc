// Signing in, with one factor and two, and everybody who tries to without being who they say.
#include <atomic>
#include <thread>

#include "operators/house_for_test.h"

namespace claw::operators {

TEST(sign_in, a_password_is_enough_where_there_is_nothing_else) {
  House house;
  house.first();
  const SignIn in = house.sign_in("ann");
  ASSERT_EQ(in.outcome, Outcome::signed_in);
  EXPECT_EQ(in.cookie.size(), 43u);  // 256 bits.
  EXPECT_FALSE(in.session->is_fresh(house.clock.wall_us()));
  EXPECT_TRUE(in.session->csrf_fits(in.session->csrf));
  EXPECT_FALSE(in.session->csrf_fits(""));
  EXPECT_FALSE(in.session->csrf_fits(in.cookie.reveal()));
  EXPECT_FALSE(Session().csrf_fits(""));
  EXPECT_EQ(house.people->person("ann")->last_seen_us, house.clock.wall_us());
}

TEST(sign_in, who_is_not_there_is_refused_like_a_wrong_password) {
  House house;
  house.first();
  house.invited("bob", Role::viewer);
  ASSERT_TRUE(house.people->change("ann", "bob", {.disabled = true}).ok());
  for (const char* name : {"ann", "bob", "nobody", "", "Ann", "ann\n"}) {
    const SignIn in = house.guess(name);
    EXPECT_EQ(in.outcome, Outcome::refused) << name;
    EXPECT_TRUE(in.cookie.empty());
    EXPECT_FALSE(in.session.has_value());
  }
  EXPECT_EQ(house.sign_in("bob").outcome, Outcome::refused);
}

TEST(sign_in, a_second_factor_is_asked_for_and_the_half_way_cookie_opens_nothing) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  const SignIn half = house.sign_in("ann");
  ASSERT_EQ(half.outcome, Outcome::second_factor);
  EXPECT_EQ(half.session->factors, (std::vector<std::string>{"totp", "recovery"}));
  EXPECT_EQ(house.people->session(half.cookie.reveal())->state, Session::State::second_factor);
  EXPECT_FALSE(house.people->totp_remove(half.cookie.reveal()).ok());
  EXPECT_FALSE(house.people->passkey_creation_options(half.cookie.reveal()).ok());
  EXPECT_FALSE(house.people->answer_options(half.cookie.reveal(), {"q", "f", "allow"}).ok());
  EXPECT_EQ(
      house.people->change_password(half.cookie.reveal(), House::password(), House::password(), home).outcome,
      Outcome::refused);

  house.clock.advance_us(totp::step_us);
  const SignIn whole = house.people->totp(half.cookie.reveal(), house.code(), home);
  ASSERT_EQ(whole.outcome, Outcome::signed_in);
  EXPECT_TRUE(whole.session->is_fresh(house.clock.wall_us()));
  EXPECT_FALSE(whole.cookie.equals(half.cookie.reveal()));  // Nobody fixed it before.
  EXPECT_FALSE(house.people->session(half.cookie.reveal()).has_value());
  house.clock.advance_us(fresh_us);
  EXPECT_FALSE(house.people->session(whole.cookie.reveal())->is_fresh(house.clock.wall_us()));
}

TEST(sign_in, a_code_counts_once_also_after_a_restart) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  house.clock.advance_us(totp::step_us);
  const std::string code = house.code();
  EXPECT_EQ(house.people->totp(house.sign_in("ann").cookie.reveal(), code, home).outcome, Outcome::signed_in);
  EXPECT_EQ(house.people->totp(house.sign_in("ann").cookie.reveal(), code, home).outcome, Outcome::refused);
  house.start();
  EXPECT_EQ(house.people->totp(house.sign_in("ann").cookie.reveal(), code, home).outcome, Outcome::refused);
}

TEST(sign_in, a_recovery_code_counts_once) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  ASSERT_EQ(house.recovery.size(), 10u);
  const std::string code(house.recovery[3].reveal());
  EXPECT_EQ(house.people->totp(house.sign_in("ann").cookie.reveal(), code, home).outcome, Outcome::signed_in);
  EXPECT_EQ(house.people->totp(house.sign_in("ann").cookie.reveal(), code, home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->person("ann")->recovery_codes, 9u);
}

TEST(sign_in, codes_are_not_guessed) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  house.clock.advance_us(totp::step_us);
  const SignIn half = house.sign_in("ann");
  for (unsigned i = 0; i < 5; ++i) {
    EXPECT_EQ(house.people->totp(half.cookie.reveal(), "000000", home).outcome, Outcome::refused);
  }
  EXPECT_FALSE(house.people->session(half.cookie.reveal()).has_value());  // Begin with the password again,
  const SignIn again = house.sign_in("ann");
  EXPECT_EQ(house.people->totp(again.cookie.reveal(), "000000", home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->totp(again.cookie.reveal(), house.code(), home).outcome,
            Outcome::locked);  // and wait.
  house.clock.advance_us(second);
  EXPECT_EQ(house.people->totp(again.cookie.reveal(), house.code(), home).outcome, Outcome::signed_in);
}

TEST(sign_in, a_half_way_session_ends_after_five_minutes) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  const SignIn half = house.sign_in("ann");
  house.clock.advance_us(half_way_us);
  EXPECT_EQ(house.people->totp(half.cookie.reveal(), house.code(), home).outcome, Outcome::refused);
}

TEST(sign_in, a_passkey_alone_is_enough_when_it_verifies_the_person) {
  House house;
  SignIn in = house.first();
  webauthn::Device device = house.add_passkey(in.cookie.reveal());
  const auto alone = [&] { return House::challenge_of(house.people->passkey_options("").value()); };
  const SignIn whole = house.people->passkey("", device.get(alone()), home);
  ASSERT_EQ(whole.outcome, Outcome::signed_in);
  EXPECT_EQ(whole.session->person, "ann");
  EXPECT_TRUE(whole.session->is_fresh(house.clock.wall_us()));

  device.flags = 1;  // Somebody has the key, and nobody asked who.
  EXPECT_EQ(house.people->passkey("", device.get(alone()), home).outcome, Outcome::refused);
  device.flags = 5;
  const std::string handle = std::exchange(device.user_handle, "");
  EXPECT_EQ(house.people->passkey("", device.get(alone()), home).outcome, Outcome::refused);
  device.user_handle = "somebody else";
  EXPECT_EQ(house.people->passkey("", device.get(alone()), home).outcome, Outcome::refused);
  device.user_handle = handle;
  const std::string challenge = alone();
  const webauthn::Assertion once = device.get(challenge);
  EXPECT_EQ(house.people->passkey("", once, home).outcome, Outcome::signed_in);
  EXPECT_EQ(house.people->passkey("", once, home).outcome, Outcome::refused);  // Replayed.
  EXPECT_EQ(house.people->passkey("", device.get(challenge), home).outcome,
            Outcome::refused);  // The challenge again.
  const std::string late = alone();
  house.clock.advance_us(2 * minute);
  EXPECT_EQ(house.people->passkey("", device.get(late), home).outcome, Outcome::refused);
}

TEST(sign_in, a_passkey_beside_a_password_needs_only_presence) {
  House house;
  SignIn in = house.first();
  webauthn::Device device = house.add_passkey(in.cookie.reveal());
  device.flags = 1;
  device.user_handle = "";
  const SignIn half = house.sign_in("ann");
  ASSERT_EQ(half.outcome, Outcome::second_factor);
  EXPECT_EQ(half.session->factors, std::vector<std::string>{"passkey"});
  const std::string cookie(half.cookie.reveal());
  const std::string challenge = House::challenge_of(house.people->passkey_options(cookie).value());
  // A challenge for this session is for no other, nor for signing in alone.
  const SignIn other = house.sign_in("ann");
  EXPECT_EQ(house.people->passkey(other.cookie.reveal(), device.get(challenge), home).outcome,
            Outcome::refused);
  device.flags = 5;
  EXPECT_EQ(house.people->passkey("", device.get(challenge), home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->passkey(cookie, device.get(challenge), home).outcome, Outcome::signed_in);
}

TEST(sign_in, another_person_s_passkey_does_not_finish_one_s_password) {
  House house;
  SignIn ann = house.first();
  house.add_passkey(ann.cookie.reveal(), "of ann");
  SignIn eve = house.invited("eve", Role::viewer);
  webauthn::Device hers = house.add_passkey(eve.cookie.reveal(), "of eve");
  const SignIn half = house.sign_in("ann");  // Eve knows Ann's password.
  const std::string challenge =
      House::challenge_of(house.people->passkey_options(half.cookie.reveal()).value());
  EXPECT_EQ(house.people->passkey(half.cookie.reveal(), hers.get(challenge), home).outcome, Outcome::refused);
  // Nor with the name of Ann's passkey on it.
  hers.id = "of ann";
  EXPECT_EQ(house.people->passkey(half.cookie.reveal(), hers.get(challenge), home).outcome, Outcome::refused);
}

TEST(sign_in, a_copied_passkey_is_refused_and_recorded) {
  House house;
  SignIn in = house.first();
  webauthn::Device device = house.add_passkey(in.cookie.reveal());
  webauthn::Device copy = device;
  const auto alone = [&] { return House::challenge_of(house.people->passkey_options("").value()); };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(house.people->passkey("", device.get(alone()), home).outcome, Outcome::signed_in);
  }
  EXPECT_EQ(house.people->passkey("", copy.get(alone()), home).outcome, Outcome::refused);
  EXPECT_EQ(house.events.back().event, "passkey_failed");
  EXPECT_TRUE(house.events.back().detail.starts_with("counter went back"));
}

TEST(sign_in, sessions_end_when_unused_and_in_any_case_after_a_week) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  for (int i = 0; i < 13; ++i) {
    house.clock.advance_us(session_idle_us - second);
    ASSERT_TRUE(house.people->session(cookie).has_value()) << i;
  }
  house.clock.advance_us(session_idle_us);
  EXPECT_FALSE(house.people->session(cookie).has_value());
  SignIn other = house.sign_in("ann");
  house.clock.advance_us(session_idle_us);
  EXPECT_FALSE(house.people->session(other.cookie.reveal()).has_value());
}

TEST(sign_in, sessions_are_bounded_and_half_way_ones_push_out_none_that_are_whole) {
  House house;
  SignIn in = house.first();
  const std::string cookie(in.cookie.reveal());
  house.add_totp(cookie);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(house.sign_in("ann").outcome, Outcome::second_factor);
  EXPECT_TRUE(house.people->session(cookie).has_value());
  house.invited("bob", Role::viewer);
  std::vector<Secret> cookies;
  for (int i = 0; i < 21; ++i) {
    house.clock.advance_us(second);
    cookies.push_back(house.sign_in("bob").cookie.clone());
  }
  EXPECT_FALSE(house.people->session(cookies[0].reveal()).has_value());
  EXPECT_TRUE(house.people->session(cookies[1].reveal()).has_value());
}

TEST(sign_in, a_cookie_that_is_not_ours_is_nobody_s) {
  House house;
  SignIn in = house.first();
  std::string cookie(in.cookie.reveal());
  for (const std::string& bad : {std::string(), cookie.substr(1), cookie + "A", std::string(1 << 20, 'x')}) {
    EXPECT_FALSE(house.people->session(bad).has_value());
  }
  house.people->sign_out("x");
  house.people->sign_out(cookie);
  EXPECT_FALSE(house.people->session(cookie).has_value());
}

// --- Guessing.

TEST(lockout, guesses_at_a_name_slow_down_whether_it_exists_or_not) {
  House house;
  house.first();
  for (const char* name : {"ann", "nobody"}) {
    const From stranger{name == std::string("ann") ? "198.51.100.1" : "198.51.100.2"};
    for (int i = 0; i < 6; ++i) EXPECT_EQ(house.guess(name, stranger).outcome, Outcome::refused) << i;
    const SignIn in = house.guess(name, stranger);
    EXPECT_EQ(in.outcome, Outcome::locked);
    EXPECT_EQ(in.retry_after_s, 1);
  }
}

// Ann signed in from home before: strangers who guess at her name do not keep her out, nor for ever from
// elsewhere.
TEST(lockout, strangers_cannot_lock_somebody_out) {
  House house;
  house.first();
  for (int i = 0; i < 200; ++i) {
    house.guess("ann", {"203.0.113." + std::to_string(i)});
    house.clock.advance_us(minute);
  }
  const From elsewhere{"198.51.100.77"};
  EXPECT_EQ(house.sign_in("ann", elsewhere).outcome, Outcome::locked);
  EXPECT_EQ(house.sign_in("ann", home).outcome, Outcome::signed_in);
  EXPECT_LE(house.sign_in("ann", elsewhere).retry_after_s, 900);
  house.clock.advance_us(15 * minute);
  EXPECT_EQ(house.sign_in("ann", elsewhere).outcome, Outcome::signed_in);
}

TEST(lockout, a_locked_name_does_not_tell_whether_the_password_is_right) {
  House house;
  house.first();
  const From stranger{"198.51.100.1"};
  for (int i = 0; i < 6; ++i) house.guess("ann", stranger);
  EXPECT_EQ(house.sign_in("ann", stranger).outcome, Outcome::locked);
  EXPECT_EQ(house.guess("ann", stranger).outcome, Outcome::locked);
}

TEST(lockout, one_network_cannot_try_all_names_nor_buy_guesses_with_an_account_of_its_own) {
  House house;
  house.first();
  house.invited("eve", Role::viewer);
  const From stranger{"2001:db8::1"};
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const From same_network{"2001:db8::" + std::to_string(i + 1)};
    refused += house.guess("name" + std::to_string(i), same_network).outcome == Outcome::refused ? 1 : 0;
    if (i % 5 == 0) house.sign_in("eve", stranger);
  }
  EXPECT_EQ(refused, 31);
}

TEST(lockout, a_passkey_goes_past_a_locked_name) {
  House house;
  SignIn in = house.first();
  webauthn::Device device = house.add_passkey(in.cookie.reveal());
  const From stranger{"198.51.100.1"};
  for (int i = 0; i < 20; ++i) house.guess("ann", stranger);
  const std::string challenge = House::challenge_of(house.people->passkey_options("").value());
  EXPECT_EQ(house.people->passkey("", device.get(challenge), stranger).outcome, Outcome::signed_in);
}

// Fifty at once are not fifty guesses for the price of one.
TEST(lockout, guesses_at_the_same_time_are_counted_before_they_are_looked_at) {
  House house;
  house.first();
  std::atomic<int> compared = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 30; ++i) {
    threads.emplace_back([&] {
      if (house.guess("nobody", {"198.51.100.1"}).outcome == Outcome::refused) ++compared;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(compared, 6);
}

TEST(sign_in, a_password_of_yesterday_s_cost_is_renewed_when_it_is_given) {
  House house;
  house.first();
  const std::string before = house.memory->text;
  EXPECT_NE(before.find("t=1,"), std::string::npos);
  Settings settings;
  settings.cost = {2, std::size_t{1} << 20};
  const auto record = [](const Event&) -> Status { return Done{}; };
  house.people = Directory::open(house.memory, house.clock, settings, record).value();
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::signed_in);
  EXPECT_EQ(house.memory->text.find("t=1,"), std::string::npos);
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::signed_in);
}

}  // namespace claw::operators
