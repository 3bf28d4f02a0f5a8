// The people behind the gateway: who they are, what they may, how they prove it. Everything the operators'
// API asks about people it asks here. Thread-safe; each change is recorded, then kept, then true, and a
// change that cannot be recorded or kept is not made. It does not ask what `by` may: the API's table of
// routes does. Calls that take a password work for some 100 ms on purpose: never on a loop that others wait
// for.
#pragma once

#include <memory>
#include <mutex>

#include "base/clock.h"
#include "operators/account.h"
#include "operators/keeper.h"
#include "operators/password/hasher.h"
#include "operators/session.h"
#include "operators/webauthn/assertion.h"
#include "operators/webauthn/registration.h"

namespace claw::operators {

constexpr std::int64_t invite_us = 24LL * 3600 * 1'000'000;
constexpr std::size_t tokens_max = 1000;
constexpr std::size_t recovery_codes_count = 10;

struct Settings {
  // `https://gate.example:9443`, where browsers see the gateway; empty or an IP address: no passkeys.
  std::string public_url = {};
  std::int64_t idle_us = session_idle_us;
  std::int64_t max_us = session_max_us;
  password::Cost cost = password::default_cost();
};

// What a passkey's answer to a question is for: it proves this and nothing else.
struct Answering {
  std::string question;
  std::string fingerprint;
  std::string choice;  // `allow` or `deny`
};

struct Change {  // Of an account; what is not there stays.
  std::optional<Role> role = {};
  std::optional<std::vector<std::string>> groups = {};
  std::optional<bool> disabled = {};
};

struct NewPerson {
  std::string name;
  Role role = Role::viewer;
  std::vector<std::string> groups;
};

struct NewToken {
  std::string label;
  std::vector<Scope> scopes;
  std::int64_t expires_us = 0;  // Wall time; 0: does not expire.
};

struct Made {  // What is shown once.
  std::string id;
  Secret token;
};

struct TotpSecret {
  Secret base32;
  Secret uri;  // `otpauth://totp/…`, for a QR code drawn by the browser itself.
};

class Directory {
 public:
  static Result<std::unique_ptr<Directory>> open(std::shared_ptr<Keeper> keeper, const Clock& clock,
                                                 Settings settings, Record record);
  ~Directory();

  // --- Before anybody is there. The link is new at each start and gone once there is an admin; the gateway
  // prints `PUBLIC_URL/#/first/TOKEN`.
  bool has_admin() const;
  std::optional<Secret> first_link() const;

  // --- Signing in. `accept` takes a first link (and makes the admin `name`) or somebody's invite link
  // (`name` must be theirs, or empty) and sets the password. Cookies are what `claw_session` holds. Given a
  // cookie of a session that is signed in, totp() and passkey() make it fresh.
  SignIn accept(std::string_view link, std::string_view name, const Secret& password, const From& from);
  SignIn password(std::string_view name, const Secret& password, const From& from);
  SignIn totp(std::string_view cookie, std::string_view code, const From& from);  // Or a recovery code.
  SignIn passkey(std::string_view cookie, const webauthn::Assertion& assertion, const From& from);
  SignIn provided(const Provided& who, const From& from);
  // PublicKeyCredentialRequestOptionsJSON. Without a cookie: for signing in with a passkey alone.
  Result<std::string> passkey_options(std::string_view cookie) const;
  void sign_out(std::string_view cookie);

  // Whose cookie or API token this is; seeing it keeps the session alive. Nothing: nobody's, any more.
  std::optional<Session> session(std::string_view cookie);
  std::optional<Bearer> bearer(std::string_view token);

  // --- An answer to a question with a passkey. `prove_answer` says that the session's person, who was
  // verified by their device just now, gave this very answer; each options are good once and for two minutes.
  Result<std::string> answer_options(std::string_view cookie, const Answering& answering) const;
  Status prove_answer(std::string_view cookie, const Answering& answering,
                      const webauthn::Assertion& assertion);

  // --- People. `by` is the account's name, or the OS user's at the Unix socket. The last admin who does not
  // come from a provider stays one. invite() and reset() answer with a link's token, shown once, for 24
  // hours.
  std::vector<Person> people() const;
  std::optional<Person> person(std::string_view name) const;
  Result<Secret> invite(std::string_view by, const NewPerson& person);
  Result<Secret> reset(std::string_view by,
                       std::string_view name);  // Takes all factors, sessions and tokens.
  Status change(std::string_view by, std::string_view name, const Change& change);
  Status remove(std::string_view by, std::string_view name);
  void sign_out_everywhere(std::string_view by, std::string_view name);

  // --- One's own factors. Whoever has a second factor must have given it just now (Session::is_fresh); who
  // has none must have signed in just now: a stolen cookie adds nothing. Code::denied otherwise.
  SignIn change_password(std::string_view cookie, const Secret& old, const Secret& fresh, const From& from);
  Result<TotpSecret> totp_begin(std::string_view cookie);
  Result<std::vector<Secret>> totp_confirm(std::string_view cookie,
                                           std::string_view code);  // Recovery codes.
  Status totp_remove(std::string_view cookie);
  Result<std::string> passkey_creation_options(std::string_view cookie) const;  // …CreationOptionsJSON.
  Result<std::string> passkey_add(std::string_view cookie, std::string_view label,
                                  const webauthn::Registration& registration);  // Its id.
  Status passkey_remove(std::string_view cookie, std::string_view id);

  // --- API tokens: `clawo_…`, never good for more than the person's role is.
  Result<Made> token_make(std::string_view person, const NewToken& token);
  std::vector<TokenView> tokens(std::string_view person = {}) const;  // Of all, without a name.
  Status token_revoke(std::string_view by, std::string_view id);

 private:
  struct Inner;
  explicit Directory(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace claw::operators
