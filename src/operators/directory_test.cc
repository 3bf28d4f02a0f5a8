// The first start, invitations, roles, the last admin, tokens; what is recorded, and what happens when it
// cannot be.
#include "operators/house_for_test.h"

namespace claw::operators {

TEST(directory, the_first_link_makes_an_admin_once) {
  House house;
  EXPECT_FALSE(house.people->has_admin());
  const std::string link(house.people->first_link()->reveal());
  EXPECT_EQ(house.people->accept("clawi_wrong", "ann", House::password(), home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->accept(link, "Ann!", House::password(), home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->accept(link, "ann", Secret("short"), home).outcome, Outcome::weak);
  const SignIn in = house.people->accept(link, "ann", House::password(), home);
  ASSERT_EQ(in.outcome, Outcome::signed_in);
  EXPECT_EQ(in.session->person, "ann");
  EXPECT_EQ(in.session->role, Role::admin);
  EXPECT_TRUE(house.people->has_admin());
  EXPECT_FALSE(house.people->first_link().has_value());
  EXPECT_EQ(house.people->accept(link, "eve", House::password(), home).outcome, Outcome::refused);
  EXPECT_EQ(house.count("first_admin_made"), 1u);
  EXPECT_TRUE(house.people->session(in.cookie.reveal()).has_value());
}

TEST(directory, each_start_has_another_first_link_while_there_is_no_admin) {
  House house;
  const std::string before(house.people->first_link()->reveal());
  house.start();
  EXPECT_NE(before, house.people->first_link()->reveal());
  EXPECT_EQ(house.people->accept(before, "ann", House::password(), home).outcome, Outcome::refused);
  EXPECT_EQ(house.first().outcome, Outcome::signed_in);
  house.start();
  EXPECT_FALSE(house.people->first_link().has_value());
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::signed_in);
}

TEST(directory, an_invitation_is_good_once_and_for_a_day) {
  House house;
  house.first();
  const Secret link = house.people->invite("ann", {"bob", Role::viewer, {"dba"}}).value();
  EXPECT_TRUE(house.people->person("bob")->invited);
  EXPECT_FALSE(house.people->invite("ann", {"bob", Role::admin, {}}).ok());
  EXPECT_EQ(house.people->accept(link.reveal(), "ann", House::password(), home).outcome, Outcome::refused);
  EXPECT_EQ(house.sign_in("bob").outcome, Outcome::refused);
  EXPECT_EQ(house.people->accept(link.reveal(), "", House::password(), home).session->role, Role::viewer);
  EXPECT_EQ(house.people->accept(link.reveal(), "", House::password(), home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->person("bob")->groups, std::vector<std::string>{"dba"});

  const Secret late = house.people->invite("ann", {"carl", Role::viewer, {}}).value();
  house.clock.advance_us(24 * hour);
  EXPECT_EQ(house.people->accept(late.reveal(), "", House::password(), home).outcome, Outcome::refused);
  EXPECT_FALSE(house.people->person("carl")->invited);
}

TEST(directory, names_are_plain_and_groups_too) {
  House house;
  for (const char* bad : {"", "Ann", "a b", "group:dba", "-x", "\xc3\xa4nn", "a/b", "a\nb"}) {
    EXPECT_FALSE(house.people->invite("ann", {bad, Role::viewer, {}}).ok()) << bad;
    EXPECT_FALSE(house.people->invite("ann", {"bob", Role::viewer, {bad}}).ok()) << bad;
  }
  EXPECT_FALSE(house.people->invite("ann", {std::string(101, 'a'), Role::viewer, {}}).ok());
  EXPECT_TRUE(house.people->invite("ann", {"b.o-b_1@a.example", Role::viewer, {}}).ok());
}

TEST(directory, the_last_admin_stays_one) {
  House house;
  house.first();
  EXPECT_EQ(house.people->change("ann", "ann", {.role = Role::operator_}).error().code, Code::denied);
  EXPECT_EQ(house.people->change("ann", "ann", {.disabled = true}).error().code, Code::denied);
  EXPECT_EQ(house.people->remove("ann", "ann").error().code, Code::denied);
  // Neither somebody who has not come yet nor somebody whom a provider made admin counts.
  ASSERT_TRUE(house.people->invite("ann", {"bob", Role::admin, {}}).ok());
  house.people->provided({"https://login.example 1", "carl", Role::admin, {}}, home);
  EXPECT_EQ(house.people->remove("ann", "ann").error().code, Code::denied);
  house.invited("dora", Role::admin);
  EXPECT_TRUE(house.people->remove("dora", "ann").ok());
  EXPECT_EQ(house.people->change("dora", "dora", {.role = Role::viewer}).error().code, Code::denied);
}

// Whoever lost all they had is let in again by who runs the machine.
TEST(directory, a_reset_takes_everything_and_gives_a_link) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  house.add_passkey(in.cookie.reveal());
  const Made token = house.people->token_make("ann", {"ci", {Scope::read}, 0}).value();
  const Secret link = house.people->reset("root", "ann").value();
  EXPECT_FALSE(house.people->session(in.cookie.reveal()).has_value());
  EXPECT_FALSE(house.people->bearer(token.token.reveal()).has_value());
  EXPECT_FALSE(house.people->person("ann")->has_second_factor());
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::refused);
  EXPECT_FALSE(house.people->has_admin());
  EXPECT_EQ(house.people->accept(link.reveal(), "ann", House::password(), home).outcome, Outcome::signed_in);
  EXPECT_TRUE(house.people->has_admin());
}

TEST(directory, another_role_ends_what_was_begun_with_the_old_one) {
  House house;
  house.first();
  const SignIn bob = house.invited("bob", Role::operator_);
  const Made token = house.people->token_make("bob", {"ci", {Scope::operate, Scope::read}, 0}).value();
  EXPECT_EQ(house.people->bearer(token.token.reveal())->scopes.size(), 2u);
  ASSERT_TRUE(house.people->change("ann", "bob", {.role = Role::viewer}).ok());
  EXPECT_FALSE(house.people->session(bob.cookie.reveal()).has_value());
  EXPECT_EQ(house.people->bearer(token.token.reveal())->scopes, std::vector<Scope>{Scope::read});
  EXPECT_EQ(house.events.back().detail, "role operator -> viewer");
  ASSERT_TRUE(house.people->change("ann", "bob", {.disabled = true}).ok());
  EXPECT_FALSE(house.people->bearer(token.token.reveal()).has_value());
  EXPECT_EQ(house.sign_in("bob").outcome, Outcome::refused);
  ASSERT_TRUE(house.people->change("ann", "bob", {.disabled = false}).ok());
  EXPECT_EQ(house.sign_in("bob").outcome, Outcome::signed_in);
}

TEST(directory, a_token_is_never_more_than_its_person) {
  House house;
  house.first();
  house.invited("bob", Role::approver);
  EXPECT_EQ(house.people->token_make("bob", {"x", {Scope::operate}, 0}).error().code, Code::denied);
  EXPECT_EQ(house.people->token_make("nobody", {"x", {Scope::read}, 0}).error().code, Code::not_found);
  EXPECT_FALSE(house.people->token_make("bob", {"x", {}, 0}).ok());
  EXPECT_FALSE(house.people->token_make("bob", {"x", {Scope::read}, house.clock.wall_us()}).ok());
  const Made made =
      house.people->token_make("bob", {"ci", {Scope::approve}, house.clock.wall_us() + hour}).value();
  EXPECT_TRUE(made.token.reveal().starts_with("clawo_"));
  const auto bearer = house.people->bearer(made.token.reveal());
  EXPECT_EQ(bearer->person, "bob");
  EXPECT_TRUE(bearer->may(Scope::approve));
  EXPECT_FALSE(bearer->may(Scope::read));
  EXPECT_EQ(house.people->tokens("bob").at(0).last_used_us, house.clock.wall_us());
  EXPECT_TRUE(house.people->tokens("ann").empty());
  house.clock.advance_us(hour);
  EXPECT_FALSE(house.people->bearer(made.token.reveal()).has_value());
  EXPECT_TRUE(house.people->token_revoke("ann", made.id).ok());
  EXPECT_EQ(house.people->token_revoke("ann", made.id).error().code, Code::not_found);
  EXPECT_TRUE(house.people->tokens().empty());
}

TEST(directory, what_is_no_operator_s_token_is_nobody_s) {
  House house;
  house.first();
  const Made made = house.people->token_make("ann", {"x", {Scope::read}, 0}).value();
  const std::string token(made.token.reveal());
  for (const std::string& bad : {std::string(), token.substr(1), token + "x", "clawp_" + token.substr(6),
                                 std::string(1'000'000, 'x')}) {
    EXPECT_FALSE(house.people->bearer(bad).has_value());
  }
}

TEST(directory, what_cannot_be_recorded_is_not_done) {
  House house;
  const std::string link(house.people->first_link()->reveal());
  house.cannot_record = true;
  EXPECT_EQ(house.people->accept(link, "ann", House::password(), home).outcome, Outcome::unavailable);
  EXPECT_FALSE(house.people->has_admin());
  house.cannot_record = false;
  const SignIn in = house.first();
  house.cannot_record = true;
  const std::string before = house.memory->text;
  EXPECT_FALSE(house.people->invite("ann", {"bob", Role::admin, {}}).ok());
  EXPECT_FALSE(house.people->token_make("ann", {"x", {Scope::read}, 0}).ok());
  EXPECT_EQ(house.sign_in("ann").outcome, Outcome::unavailable);
  EXPECT_EQ(house.guess("ann").outcome, Outcome::refused);
  EXPECT_EQ(house.memory->text, before);
  EXPECT_FALSE(house.people->person("bob").has_value());
  house.people->sign_out(in.cookie.reveal());  // Leaving is always possible.
  EXPECT_FALSE(house.people->session(in.cookie.reveal()).has_value());
}

TEST(directory, what_cannot_be_kept_is_not_done_and_said) {
  House house;
  house.first();
  house.memory->is_full = true;
  EXPECT_FALSE(house.people->invite("ann", {"bob", Role::admin, {}}).ok());
  EXPECT_FALSE(house.people->person("bob").has_value());
  EXPECT_EQ(house.events.back().event, "change_not_kept");
  EXPECT_EQ(house.events.back().detail, "person_invited");
}

TEST(directory, no_record_and_nothing_that_is_kept_has_a_secret_as_it_is) {
  House house;
  SignIn in = house.first();
  const std::string totp = house.add_totp(in.cookie.reveal());
  const Made made = house.people->token_make("ann", {"x", {Scope::read}, 0}).value();
  const Secret link = house.people->invite("ann", {"bob", Role::viewer, {}}).value();
  std::string all;
  for (const Event& event : house.events) {
    all += event.person + event.event + event.subject + event.detail + "\n";
  }
  std::vector<std::string> secrets = {good_password, std::string(in.cookie.reveal()),
                                      std::string(made.token.reveal()), std::string(link.reveal()),
                                      std::string(house.recovery[0].reveal())};
  for (const std::string& secret : secrets) {
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    EXPECT_EQ(house.memory->text.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(all.find(base64url(totp)), std::string::npos);
}

TEST(directory, what_was_kept_comes_back_and_what_makes_no_sense_does_not_start) {
  House house;
  SignIn in = house.first();
  house.add_totp(in.cookie.reveal());
  house.add_passkey(in.cookie.reveal());
  house.people->provided({"https://login.example 1", "carl", Role::approver, {"dba"}}, home);
  ASSERT_TRUE(house.people->token_make("ann", {"x", {Scope::read, Scope::admin}, 0}).ok());
  const std::string before = house.memory->text;
  house.start();
  ASSERT_TRUE(house.people->invite("ann", {"x", Role::viewer, {}}).ok());
  ASSERT_TRUE(house.people->remove("ann", "x").ok());
  EXPECT_EQ(house.memory->text, before);
  const auto record = [](const Event&) -> Status { return Done{}; };
  for (std::size_t i = 1; i < before.size(); ++i) {
    house.memory->text = before.substr(0, i);
    EXPECT_FALSE(Directory::open(house.memory, house.clock, Settings{.cost = {1, 1 << 20}}, record).ok())
        << i;
    i += 7;
  }
}

TEST(directory, a_provider_s_people_are_their_provider_s) {
  House house;
  house.first();
  const Provided carl{"https://login.example 42", "carl", Role::approver, {"dba"}};
  const SignIn in = house.people->provided(carl, home);
  ASSERT_EQ(in.outcome, Outcome::signed_in);
  EXPECT_FALSE(in.session->is_fresh(house.clock.wall_us()));
  EXPECT_TRUE(house.people->person("carl")->by_provider);
  EXPECT_EQ(house.people->change("ann", "carl", {.role = Role::admin}).error().code, Code::unsupported);
  EXPECT_EQ(house.people->reset("ann", "carl").error().code, Code::unsupported);
  EXPECT_EQ(house.sign_in("carl").outcome, Outcome::refused);  // No password.
  EXPECT_EQ(house.people->change_password(in.cookie.reveal(), Secret(), House::password(), home).outcome,
            Outcome::refused);

  Provided renamed = carl;
  renamed.name = "carlo";
  renamed.role = Role::viewer;
  EXPECT_EQ(house.people->provided(renamed, home).session->person, "carl");  // Known by the subject.
  EXPECT_EQ(house.people->person("carl")->role, Role::viewer);
  EXPECT_FALSE(house.people->session(in.cookie.reveal()).has_value());  // Begun with another role.
  ASSERT_TRUE(house.people->change("ann", "carl", {.disabled = true}).ok());
  EXPECT_EQ(house.people->provided(carl, home).outcome, Outcome::refused);
}

// Whoever may choose their name at the provider must not become an admin of ours by it.
TEST(directory, a_provider_cannot_give_somebody_else_s_name) {
  House house;
  house.first();
  EXPECT_EQ(house.people->provided({"https://login.example 66", "ann", Role::admin, {}}, home).outcome,
            Outcome::refused);
  EXPECT_EQ(house.people->provided({"https://login.example 66", "", Role::admin, {}}, home).outcome,
            Outcome::refused);
  EXPECT_EQ(house.people->provided({"", "eve", Role::admin, {}}, home).outcome, Outcome::refused);
  EXPECT_EQ(house.people->people().size(), 1u);
}

}  // namespace claw::operators
