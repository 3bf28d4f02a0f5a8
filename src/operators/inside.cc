#include "operators/inside.h"

#include <algorithm>

#include "base/text.h"

namespace claw::operators {

namespace {

std::optional<webauthn::Party> party_at(const std::string& public_url) {
  Result<webauthn::Party> party = webauthn::party_of(public_url);
  return party ? std::optional(*std::move(party)) : std::nullopt;
}

// Many people may be behind one address; a single one who mistypes is stopped by their name.
constexpr Lockout::Limits network_limits{.free = 30};

}  // namespace

void used(Passkey& passkey, const webauthn::Asserted& asserted, const Clock& clock) {
  passkey.credential.sign_count = asserted.sign_count;
  passkey.last_used_us = clock.wall_us();
}

std::string from_text(const From& from) {
  return from.address.empty() ? std::string() : "from " + printable(from.address, 64);
}

std::string label_of(std::string_view text) { return printable(text, label_bytes_max); }

Directory::Inner::Inner(std::shared_ptr<Keeper> keeper_of, const Clock& clock_of, Settings settings_of,
                        Record record_of)
    : keeper(std::move(keeper_of)),
      clock(clock_of),
      settings(std::move(settings_of)),
      record(std::move(record_of)),
      party(party_at(settings.public_url)),
      hasher(settings.cost),
      sessions(clock, settings.idle_us, settings.max_us),
      lockout_names(clock, {}),
      lockout_networks(clock, network_limits),
      vouchers(clock) {}

Status Directory::Inner::commit(State next, const Event& event) {
  CLAW_TRY_DONE(record(event));
  if (Status kept = keeper->replace(format(next)); !kept) {
    note({event.person, "change_not_kept", event.subject, event.event});
    return kept;
  }
  state = std::move(next);
  return Done{};
}

void Directory::Inner::note(const Event& event) { [[maybe_unused]] const Status recorded = record(event); }

std::string Directory::Inner::guess_key(std::string_view what, std::string_view name,
                                        const From& from) const {
  const std::string network = is_known_at(name, from) ? network_of(from.address) : std::string();
  return digest_of(purpose({what, name, network}));
}

std::string Directory::Inner::network_key(const From& from) {
  return from.address.empty() ? std::string() : network_of(from.address.substr(0, 64));
}

std::int64_t Directory::Inner::wait_us(const std::string& key, const From& from) const {
  const std::string network = network_key(from);
  const std::int64_t of_network_us = network.empty() ? 0 : lockout_networks.wait_us(network);
  return std::max(lockout_names.wait_us(key), of_network_us);
}

void Directory::Inner::count(const std::string& key, const From& from) {
  lockout_names.count(key);
  if (const std::string network = network_key(from); !network.empty()) lockout_networks.count(network);
}

// The network keeps its other failures: one account of one's own must not buy guesses at all the others.
void Directory::Inner::was_right(const std::string& key, const From& from) {
  lockout_names.clear(key);
  if (const std::string network = network_key(from); !network.empty()) lockout_networks.take_back(network);
}

void Directory::Inner::was_none(const std::string& key, const From& from) {
  lockout_names.take_back(key);
  if (const std::string network = network_key(from); !network.empty()) lockout_networks.take_back(network);
}

bool Directory::Inner::is_known_at(std::string_view name, const From& from) const {
  const auto found = networks.find(name);
  if (found == networks.end() || from.address.empty()) return false;
  const std::string digest = digest_of(network_key(from));
  return std::ranges::any_of(found->second, [&](const Network& each) {
    return each.digest == digest && clock.monotonic_us() < each.until_us;
  });
}

void Directory::Inner::known_at(const std::string& name, const From& from) {
  if (from.address.empty()) return;
  const std::string digest = digest_of(network_key(from));
  std::deque<Network>& list = networks[name];
  std::erase_if(list, [&](const Network& each) { return each.digest == digest; });
  list.push_back({digest, clock.monotonic_us() + known_us});
  if (list.size() > networks_max) list.pop_front();
}

Session Directory::Inner::view(const Live& live, const Account& account) const {
  const std::int64_t now_us = clock.monotonic_us();
  const std::int64_t wall_us = clock.wall_us();
  Session session;
  session.state = live.state;
  session.id = live.id;
  session.person = account.name;
  session.role = account.role;
  session.groups = account.groups;
  session.csrf = live.csrf;
  session.expires_us = wall_us + (sessions.ends_us(live) - now_us);
  session.fresh_until_us = live.fresh_until_us > now_us ? wall_us + (live.fresh_until_us - now_us) : 0;
  if (!account.totp.empty()) session.factors.emplace_back("totp");
  if (!account.passkeys.empty() && party) session.factors.emplace_back("passkey");
  if (!account.recovery.empty()) session.factors.emplace_back("recovery");
  return session;
}

Account* Directory::Inner::account_of(std::string_view name) {
  const auto found = state.accounts.find(name);
  return found == state.accounts.end() || found->second.disabled ? nullptr : &found->second;
}

Directory::Inner::Mine Directory::Inner::mine(std::string_view cookie) {
  Live* const live = sessions.find(cookie);
  if (live == nullptr || live->state != Session::State::signed_in) return {};
  Account* const account = account_of(live->person);
  return account == nullptr ? Mine() : Mine{live, account};
}

bool Directory::Inner::may_change_factors(const Mine& mine) const {
  const std::int64_t now_us = clock.monotonic_us();
  if (mine.account->has_second_factor()) return now_us < mine.live->fresh_until_us;
  return now_us < mine.live->signed_in_us + just_now_us;
}

Result<Directory::Inner::Mine> Directory::Inner::mine_to_change(std::string_view cookie) {
  const Mine found = mine(cookie);
  if (!found) return Error{Code::denied, "nobody is signed in", {}};
  if (may_change_factors(found)) return found;
  return Error{Code::denied,
               found.account->has_second_factor() ? "give your second factor first" : "sign in again first",
               {}};
}

SignIn Directory::Inner::signed_in(const Account& account, const From& from, bool is_fresh) {
  Sessions::Begun begun = sessions.begin(account.name, Session::State::signed_in);
  if (is_fresh) begun.live.fresh_until_us = clock.monotonic_us() + fresh_us;
  known_at(account.name, from);
  SignIn out{.outcome = SignIn::Outcome::signed_in, .cookie = std::move(begun.cookie)};
  out.session = view(begun.live, account);
  return out;
}

SignIn Directory::Inner::half_way(const Account& account) {
  Sessions::Begun begun = sessions.begin(account.name, Session::State::second_factor);
  SignIn out{.outcome = SignIn::Outcome::second_factor, .cookie = std::move(begun.cookie)};
  out.session = view(begun.live, account);
  return out;
}

SignIn Directory::Inner::second_factor_given(std::string_view cookie, const Account& account,
                                             const From& from) {
  Live* const live = sessions.find(cookie);
  if (live == nullptr || live->state == Session::State::second_factor) {
    if (live != nullptr) sessions.end(cookie);
    return signed_in(account, from, true);
  }
  live->fresh_until_us = clock.monotonic_us() + fresh_us;
  SignIn out{.outcome = SignIn::Outcome::signed_in, .cookie = Secret()};
  out.session = view(*live, account);
  return out;
}

Result<webauthn::Asserted> Directory::Inner::check(const webauthn::Assertion& assertion,
                                                   const Passkey& passkey,
                                                   webauthn::Verification verification,
                                                   const std::string& purpose_of) {
  const auto is_ours = [&](std::string_view challenge) { return vouchers.use(challenge, purpose_of); };
  return webauthn::verify(assertion, passkey.credential, *party, verification, is_ours);
}

Passkey* Directory::Inner::passkey_in(Account& account, std::string_view id) {
  const auto found =
      std::ranges::find_if(account.passkeys, [&](const Passkey& each) { return each.credential.id == id; });
  return found == account.passkeys.end() ? nullptr : &*found;
}

}  // namespace claw::operators
