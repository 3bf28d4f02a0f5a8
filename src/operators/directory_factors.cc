#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "operators/inside.h"
#include "operators/totp.h"

namespace claw::operators {

namespace {

using Outcome = SignIn::Outcome;

constexpr std::string_view issuer = "Claw Patrol";

SignIn plain(Outcome outcome) { return SignIn{.outcome = outcome, .cookie = Secret()}; }

std::string registering(const Live& live) { return purpose({"register", live.id}); }

std::string answering_purpose(const Live& live, const Answering& answering) {
  return purpose({"answer", live.id, answering.question, answering.fingerprint, answering.choice});
}

Error no_passkeys() { return {Code::unsupported, "there are no passkeys without a `public_url`", {}}; }

}  // namespace

SignIn Directory::change_password(std::string_view cookie, const Secret& old, const Secret& fresh,
                                  const From& from) {
  Inner& in = *inner_;
  std::string name;
  std::string key;
  std::string verifier;
  bool is_fresh = false;
  {
    const std::lock_guard lock(in.mutex);
    const Inner::Mine mine = in.mine(cookie);
    if (!mine || !mine.account->subject.empty()) return plain(Outcome::refused);
    if (!in.may_change_factors(mine) && mine.account->has_second_factor()) {
      SignIn out = plain(Outcome::second_factor);
      out.session = in.view(*mine.live, *mine.account);
      return out;
    }
    name = mine.account->name;
    verifier = mine.account->password;
    is_fresh = in.clock.monotonic_us() < mine.live->fresh_until_us;
    key = in.guess_key("password", name, from);
    if (verifier.empty() && !is_fresh) return plain(Outcome::refused);
    if (const std::int64_t wait_us = in.wait_us(key, from); wait_us > 0) {
      return SignIn{
          .outcome = Outcome::locked, .retry_after_s = (wait_us + 999'999) / 1'000'000, .cookie = Secret()};
    }
    in.count(key, from);
  }
  const auto compared = in.hasher.compare(old, verifier);
  const bool is_right = compared && (compared->fits || verifier.empty());
  const bool is_strong = password::check(fresh.reveal()).ok();
  Result<std::string> made =
      is_right && is_strong ? in.hasher.hash(fresh) : Result<std::string>(std::string());

  const std::lock_guard lock(in.mutex);
  if (!compared || !made) {
    in.was_none(key, from);
    return plain(Outcome::busy);
  }
  const Inner::Mine mine = in.mine(cookie);
  if (!is_right || !mine || mine.account->password != verifier) {
    in.note({name, "password_change_failed", name, from_text(from)});
    return plain(Outcome::refused);
  }
  in.was_right(key, from);
  if (!is_strong) return plain(Outcome::weak);
  State next = in.state.clone();
  next.accounts.find(name)->second.password = *std::move(made);
  if (!in.commit(std::move(next), {name, "password_changed", name, from_text(from)})) {
    return plain(Outcome::unavailable);
  }
  in.sessions.end_all_of(name);
  return in.signed_in(*in.account_of(name), from, is_fresh);
}

Result<TotpSecret> Directory::totp_begin(std::string_view cookie) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  CLAW_TRY(const Inner::Mine mine, in.mine_to_change(cookie));
  if (!mine.account->totp.empty()) return invalid("remove the one there is first");
  mine.live->totp_to_be = totp::generate();
  const std::string_view secret = mine.live->totp_to_be.reveal();
  return TotpSecret{Secret(totp::to_base32(secret)), totp::uri(secret, issuer, mine.account->name)};
}

Result<std::vector<Secret>> Directory::totp_confirm(std::string_view cookie, std::string_view code) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  CLAW_TRY(const Inner::Mine mine, in.mine_to_change(cookie));
  const Secret& secret = mine.live->totp_to_be;
  if (secret.empty() || !mine.account->totp.empty()) return invalid("no authenticator app is being set up");
  const auto step = totp::step_of(secret.reveal(), code, in.clock.wall_us(), 0);
  if (!step) return Error{Code::denied, "this is not the code of now; is the phone's clock right?", {}};
  const std::string name = mine.account->name;
  State next = in.state.clone();
  Account& account = next.accounts.find(name)->second;
  account.totp = secret.clone();
  account.totp_step = *step;
  account.recovery.clear();
  std::vector<Secret> codes;
  for (std::size_t i = 0; i < recovery_codes_count; ++i) {
    codes.push_back(totp::generate_recovery_code());
    account.recovery.push_back(digest_of(totp::plain_recovery_code(codes.back().reveal())));
  }
  CLAW_TRY_DONE(in.commit(std::move(next), {name, "totp_added", name}));
  mine.live->totp_to_be = Secret();
  mine.live->fresh_until_us = in.clock.monotonic_us() + fresh_us;
  return codes;
}

Status Directory::totp_remove(std::string_view cookie) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  CLAW_TRY(const Inner::Mine mine, in.mine_to_change(cookie));
  if (mine.account->totp.empty()) return Error{Code::not_found, "no authenticator app is set up", {}};
  const std::string name = mine.account->name;
  State next = in.state.clone();
  Account& account = next.accounts.find(name)->second;
  account.totp = Secret();
  account.recovery.clear();
  return in.commit(std::move(next), {name, "totp_removed", name});
}

Result<std::string> Directory::passkey_creation_options(std::string_view cookie) const {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  if (!in.party) return no_passkeys();
  CLAW_TRY(const Inner::Mine mine, in.mine_to_change(cookie));
  std::vector<std::string> ids;
  for (const Passkey& passkey : mine.account->passkeys) ids.push_back(passkey.credential.id);
  const std::string challenge = in.vouchers.make(registering(*mine.live), challenge_us);
  return webauthn::creation_options(*in.party, {mine.account->handle, mine.account->name}, challenge, ids);
}

Result<std::string> Directory::passkey_add(std::string_view cookie, std::string_view label,
                                           const webauthn::Registration& registration) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  if (!in.party) return no_passkeys();
  CLAW_TRY(const Inner::Mine mine, in.mine_to_change(cookie));
  if (mine.account->passkeys.size() >= passkeys_max) {
    return Error{Code::limit, "a person has at most 20 passkeys", {}};
  }
  const std::string purpose_of = registering(*mine.live);
  const auto is_ours = [&](std::string_view challenge) { return in.vouchers.use(challenge, purpose_of); };
  CLAW_TRY(webauthn::Credential credential, webauthn::verify(registration, *in.party, is_ours));
  for (auto& [name, account] : in.state.accounts) {  // Web Authentication §7.1: of nobody else.
    if (Inner::passkey_in(account, credential.id) != nullptr) return invalid("this passkey is here already");
  }
  const std::string name = mine.account->name;
  const std::string id = base64url(credential.id);
  State next = in.state.clone();
  next.accounts.find(name)->second.passkeys.push_back(
      {std::move(credential), label_of(label), in.clock.wall_us(), 0});
  CLAW_TRY_DONE(in.commit(std::move(next), {name, "passkey_added", id, label_of(label)}));
  return id;
}

Status Directory::passkey_remove(std::string_view cookie, std::string_view id) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  CLAW_TRY(const Inner::Mine mine, in.mine_to_change(cookie));
  CLAW_TRY(const std::string bytes, from_base64url(id));
  const std::string name = mine.account->name;
  State next = in.state.clone();
  Account& account = next.accounts.find(name)->second;
  const auto is_it = [&](const Passkey& passkey) { return passkey.credential.id == bytes; };
  if (std::erase_if(account.passkeys, is_it) == 0) return Error{Code::not_found, "no such passkey", {}};
  if (in.state.has_standing_admin() && !next.has_standing_admin()) {
    return Error{Code::denied, "nobody could sign in as admin any more; set a password first", {}};
  }
  return in.commit(std::move(next), {name, "passkey_removed", std::string(id)});
}

Result<std::string> Directory::answer_options(std::string_view cookie, const Answering& answering) const {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  if (!in.party) return no_passkeys();
  const Inner::Mine mine = in.mine(cookie);
  if (!mine) return Error{Code::denied, "nobody is signed in", {}};
  if (mine.account->passkeys.empty()) return Error{Code::not_found, "add a passkey first", {}};
  std::vector<std::string> ids;
  for (const Passkey& passkey : mine.account->passkeys) ids.push_back(passkey.credential.id);
  const std::string challenge = in.vouchers.make(answering_purpose(*mine.live, answering), challenge_us);
  return webauthn::request_options(*in.party, challenge, ids, webauthn::Verification::required);
}

Status Directory::prove_answer(std::string_view cookie, const Answering& answering,
                               const webauthn::Assertion& assertion) {
  Inner& in = *inner_;
  const std::lock_guard lock(in.mutex);
  if (!in.party) return no_passkeys();
  const Inner::Mine mine = in.mine(cookie);
  if (!mine) return Error{Code::denied, "nobody is signed in", {}};
  const std::string name = mine.account->name;
  State next = in.state.clone();
  Account& account = next.accounts.find(name)->second;
  Passkey* const passkey = Inner::passkey_in(account, assertion.id);
  const bool is_theirs = assertion.user_handle.empty() || assertion.user_handle == account.handle;
  if (passkey == nullptr || !is_theirs) return Error{Code::denied, "not a passkey of yours", {}};
  const auto asserted = in.check(assertion, *passkey, webauthn::Verification::required,
                                 answering_purpose(*mine.live, answering));
  if (!asserted || asserted->counter_went_back) {
    const std::string why = asserted ? "counter went back" : asserted.error().what;
    in.note({name, "passkey_failed", base64url(assertion.id), why});
    return Error{Code::denied, "the passkey was not taken: " + why, {}};
  }
  used(*passkey, *asserted, in.clock);
  return in.commit(std::move(next), {name, "answer_proved", answering.question, answering.choice});
}

}  // namespace claw::operators
