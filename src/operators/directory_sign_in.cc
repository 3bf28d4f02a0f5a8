#include <algorithm>

#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"
#include "base/web/token.h"
#include "base/web/encoding.h"
#include "operators/inside.h"
#include "operators/totp.h"

namespace claw::operators {

namespace {

using Outcome = SignIn::Outcome;

SignIn plain(Outcome outcome) { return SignIn{.outcome = outcome, .cookie = Secret()}; }

SignIn locked(std::int64_t wait_us) {
  return SignIn{
      .outcome = Outcome::locked, .retry_after_s = (wait_us + 999'999) / 1'000'000, .cookie = Secret()};
}

// Whose link it is: an invited account's name, or nothing.
std::optional<std::string> invited_by(const State& state, std::string_view digest, std::int64_t now_us) {
  for (const auto& [name, account] : state.accounts) {
    const bool fits = !account.invite.empty() && crypto::equal(account.invite, digest);
    if (fits && now_us < account.invite_until_us && !account.disabled) return name;
  }
  return std::nullopt;
}

std::string challenge_purpose(const Live* live) {
  return purpose({"sign_in", live == nullptr ? std::string_view() : std::string_view(live->id)});
}

}  // namespace

SignIn Directory::accept(std::string_view link, std::string_view name, const Secret& password,
                         const From& from) {
  Inner& in = *inner_;
  const std::string digest = digest_of(link);
  const auto whose = [&]() -> std::optional<std::string> {
    if (in.first && !in.state.has_standing_admin() && in.first->equals(link)) {
      const bool is_free = is_name(name) && !in.state.accounts.contains(name);
      return is_free ? std::optional(std::string(name)) : std::nullopt;
    }
    const auto invited = invited_by(in.state, digest, in.clock.wall_us());
    return invited && (name.empty() || name == *invited) ? invited : std::nullopt;
  };
  {
    const std::lock_guard lock(in.mutex);
    if (!is_token(invite_prefix, link) || !whose()) return plain(Outcome::refused);
  }
  if (!password::check(password.reveal())) return plain(Outcome::weak);
  Result<std::string> verifier = in.hasher.hash(password);
  if (!verifier) return plain(verifier.error().code == Code::limit ? Outcome::busy : Outcome::unavailable);

  const std::lock_guard lock(in.mutex);
  const std::optional<std::string> who = whose();  // Of two with the same link one is in time.
  if (!who) return plain(Outcome::refused);
  State next = in.state.clone();
  const bool is_first = !next.accounts.contains(*who);
  Account& account = next.accounts[*who];
  if (is_first) {
    account.name = *who;
    account.role = Role::admin;
    account.handle = std::string(32, '\0');
    fill_random(account.handle);
    account.created_us = in.clock.wall_us();
  }
  account.password = *std::move(verifier);
  account.invite.clear();
  account.invite_until_us = 0;
  account.last_seen_us = in.clock.wall_us();
  const char* const event = is_first ? "first_admin_made" : "invite_accepted";
  if (!in.commit(std::move(next), {*who, event, *who, from_text(from)})) return plain(Outcome::unavailable);
  if (is_first) in.first.reset();
  in.sessions.end_all_of(*who);
  return in.signed_in(*in.account_of(*who), from, false);
}

SignIn Directory::password(std::string_view name, const Secret& password, const From& from) {
  Inner& in = *inner_;
  std::string key;
  std::optional<std::string> verifier;
  {
    const std::lock_guard lock(in.mutex);
    key = in.guess_key("password", name, from);
    if (const std::int64_t wait_us = in.wait_us(key, from); wait_us > 0) return locked(wait_us);
    in.count(key, from);
    const Account* const account = in.account_of(name);
    if (account != nullptr && !account->password.empty()) verifier = account->password;
  }
  const auto compared = in.hasher.compare(password, verifier);
  std::string renewed;
  if (compared && compared->outdated) {  // When there is no room for it now, it is renewed another day.
    if (Result<std::string> made = in.hasher.hash(password)) renewed = *std::move(made);
  }

  const std::lock_guard lock(in.mutex);
  if (!compared) {
    in.was_none(key, from);
    return plain(Outcome::busy);
  }
  const Account* const account = in.account_of(name);
  // Changed meanwhile: what was compared is not the password any more.
  const bool is_right = compared->fits && account != nullptr && verifier && account->password == *verifier;
  if (!is_right) {
    in.note({"", "sign_in_failed", printable(name, name_bytes_max), from_text(from)});
    return plain(Outcome::refused);
  }
  State next = in.state.clone();
  Account& changed = next.accounts.find(name)->second;
  if (!renewed.empty()) changed.password = renewed;
  const bool is_half_way = account->has_second_factor();
  if (!is_half_way) changed.last_seen_us = in.clock.wall_us();
  const char* const event = is_half_way ? "password_given" : "signed_in";
  if (!in.commit(std::move(next), {changed.name, event, changed.name, from_text(from)})) {
    return plain(Outcome::unavailable);
  }
  in.was_right(key, from);
  const Account& now = *in.account_of(name);
  return is_half_way ? in.half_way(now) : in.signed_in(now, from, false);
}

SignIn Directory::totp(std::string_view cookie, std::string_view code, const From& from) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  Live* const live = in.sessions.find(cookie);
  const Account* const account = live == nullptr ? nullptr : in.account_of(live->person);
  if (account == nullptr) return plain(Outcome::refused);
  const std::string key = in.guess_key("second factor", account->name, from);
  if (const std::int64_t wait_us = in.wait_us(key, from); wait_us > 0) return locked(wait_us);
  in.count(key, from);

  State next = in.state.clone();
  Account& changed = next.accounts.find(account->name)->second;
  const char* how = nullptr;
  if (!changed.totp.empty()) {
    const auto step = totp::step_of(changed.totp.reveal(), code, in.clock.wall_us(), changed.totp_step);
    if (step) changed.totp_step = *step, how = "totp";
  }
  const std::string digest = digest_of(totp::plain_recovery_code(code));
  const auto fits = [&](const std::string& each) { return crypto::equal(each, digest); };
  if (std::erase_if(changed.recovery, fits) > 0) how = "recovery code";
  if (how == nullptr) {
    in.note({account->name, "second_factor_failed", account->name, from_text(from)});
    if (++live->wrong >= wrong_factors_max && live->state == Session::State::second_factor) {
      in.sessions.end(cookie);
    }
    return plain(Outcome::refused);
  }
  changed.last_seen_us = in.clock.wall_us();
  const char* const event = live->state == Session::State::signed_in ? "second_factor_given" : "signed_in";
  const std::string said = std::string(how) + " " + from_text(from);
  if (!in.commit(std::move(next), {changed.name, event, changed.name, said})) {
    return plain(Outcome::unavailable);
  }
  live->wrong = 0;
  in.was_right(key, from);
  return in.second_factor_given(cookie, *in.account_of(live->person), from);
}

Result<std::string> Directory::passkey_options(std::string_view cookie) const {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  if (!in.party) return Error{Code::unsupported, "there are no passkeys without a `public_url`", {}};
  const Live* const live = in.sessions.find(cookie);
  const std::string challenge = in.vouchers.make(challenge_purpose(live), challenge_us);
  if (live == nullptr) {
    return webauthn::request_options(*in.party, challenge, {}, webauthn::Verification::required);
  }
  std::vector<std::string> ids;
  if (const Account* const account = in.account_of(live->person)) {
    for (const Passkey& passkey : account->passkeys) ids.push_back(passkey.credential.id);
  }
  if (ids.empty()) return Error{Code::not_found, "no passkey yet", {}};
  return webauthn::request_options(*in.party, challenge, ids, webauthn::Verification::preferred);
}

SignIn Directory::passkey(std::string_view cookie, const webauthn::Assertion& assertion, const From& from) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  if (!in.party) return plain(Outcome::refused);
  const Live* const live = in.sessions.find(cookie);
  Account* account = nullptr;
  Passkey* passkey = nullptr;
  for (auto& [name, each] : in.state.accounts) {
    const bool may_be = !each.disabled && (live == nullptr || live->person == name);
    if (may_be && passkey == nullptr) passkey = Inner::passkey_in(each, assertion.id), account = &each;
  }
  if (passkey == nullptr) return plain(Outcome::refused);
  // Alone it has to say whose it is; beside a password it may.
  const bool is_theirs = assertion.user_handle == account->handle ||
                         (live != nullptr && assertion.user_handle.empty());
  const auto need = live == nullptr ? webauthn::Verification::required : webauthn::Verification::preferred;
  const auto asserted = in.check(assertion, *passkey, need, challenge_purpose(live));
  if (!is_theirs || !asserted || asserted->counter_went_back) {
    const std::string why =
        asserted ? is_theirs ? "counter went back" : "another person" : asserted.error().what;
    in.note({account->name, "passkey_failed", base64url(assertion.id), why + " " + from_text(from)});
    return plain(Outcome::refused);
  }
  const std::string name = account->name;
  State next = in.state.clone();  // Only now: strangers could ask for copies of it.
  Account& changed = next.accounts.find(name)->second;
  changed.last_seen_us = in.clock.wall_us();
  used(*Inner::passkey_in(changed, assertion.id), *asserted, in.clock);
  const bool is_again = live != nullptr && live->state == Session::State::signed_in;
  const Event event{name, is_again ? "second_factor_given" : "signed_in", name, "passkey " + from_text(from)};
  if (!in.commit(std::move(next), event)) return plain(Outcome::unavailable);
  return in.second_factor_given(cookie, *in.account_of(name), from);
}

}  // namespace claw::operators
