// What the directory's files share: its state, its lock, and the steps that several of its doings take.
// Nobody else includes this. Every function here is called with the lock held.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "operators/directory.h"
#include "operators/lockout.h"
#include "operators/sessions.h"
#include "operators/state.h"
#include "operators/voucher.h"
#include "operators/webauthn/party.h"

namespace claw::operators {

constexpr std::int64_t challenge_us = 2LL * 60 * 1'000'000;       // To find the key and touch it.
constexpr std::int64_t just_now_us = 15LL * 60 * 1'000'000;  // A first factor is set up after signing in.
constexpr std::int64_t known_us = 30LL * 24 * 3600 * 1'000'000;   // How long a network is a person's own.
constexpr std::size_t networks_max = 10;                          // Of one person.
constexpr unsigned wrong_factors_max = 5;                         // Of one half-way session.

struct Directory::Inner {
  Inner(std::shared_ptr<Keeper> keeper, const Clock& clock, Settings settings, Record record);

  // Recorded, kept, then true; or not at all.
  Status commit(State next, const Event& event);
  // What changes nothing but is to be known. A failure to record it changes no answer: it was a refusal.
  void note(const Event& event);

  // --- Who may try now. A key stands for a person as seen from a network they are not known at, or from one
  // they are.
  std::string guess_key(std::string_view what, std::string_view name, const From& from) const;
  static std::string network_key(const From& from);
  std::int64_t wait_us(const std::string& key, const From& from) const;
  void count(const std::string& key, const From& from);
  void was_right(const std::string& key, const From& from);
  void was_none(const std::string& key, const From& from);
  bool is_known_at(std::string_view name, const From& from) const;
  void known_at(const std::string& name, const From& from);

  // --- Sessions as others see them.
  Session view(const Live& live, const Account& account) const;
  Account* account_of(std::string_view name);  // Null: there is none, or it is disabled.
  // The session and its person, if signed in. Null otherwise.
  struct Mine {
    Live* live = nullptr;
    Account* account = nullptr;
    explicit operator bool() const { return live != nullptr; }
  };
  Mine mine(std::string_view cookie);
  bool may_change_factors(const Mine& mine) const;
  Result<Mine> mine_to_change(std::string_view cookie);

  SignIn signed_in(const Account& account, const From& from, bool is_fresh);
  SignIn half_way(const Account& account);
  // A second factor was right: goes on from half-way, or makes fresh what is signed in already.
  SignIn second_factor_given(std::string_view cookie, const Account& account, const From& from);

  // --- Passkeys.
  Result<webauthn::Asserted> check(const webauthn::Assertion& assertion, const Passkey& passkey,
                                   webauthn::Verification verification, const std::string& purpose_of);
  static Passkey* passkey_in(Account& account, std::string_view id);

  const std::shared_ptr<Keeper> keeper;
  const Clock& clock;
  const Settings settings;
  const Record record;
  const std::optional<webauthn::Party> party;
  password::Hasher hasher;

  mutable std::mutex mutex;  // Around all below, and never while a password is compared.
  State state;
  Sessions sessions;
  Lockout lockout_names;
  Lockout lockout_networks;
  Vouchers vouchers;
  std::optional<Secret> first;  // The first link's token.
  struct Network {
    std::string digest;
    std::int64_t until_us = 0;
  };
  std::map<std::string, std::deque<Network>, std::less<>> networks;
};

void used(Passkey& passkey, const webauthn::Asserted& asserted, const Clock& clock);
std::string from_text(const From& from);  // ` from 192.0.2.7`, or nothing.
std::string label_of(std::string_view text);  // Cut and printable.

constexpr std::string_view invite_prefix = "clawi_";
constexpr std::string_view token_prefix = "clawo_";

}  // namespace claw::operators
