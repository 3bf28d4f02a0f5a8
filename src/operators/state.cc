#include "operators/state.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/json.h"
#include "base/web/encoding.h"

namespace claw::operators {

namespace {

constexpr std::int64_t format_version = 1;

Error broken(std::string_view what) { return invalid("the operators' file: " + std::string(what)); }

Result<std::string> bytes_at(const json::Value& object, std::string_view name) {
  return from_base64url(object.text_or(name, ""));
}

Result<std::vector<std::string>> texts_at(const json::Value& object, std::string_view name) {
  const json::Value* list = object.find(name);
  if (list == nullptr || list->array() == nullptr) return broken("a list is missing");
  std::vector<std::string> texts;
  for (const json::Value& each : *list->array()) {
    if (each.string() == nullptr) return broken("a list of something else than text");
    texts.push_back(*each.string());
  }
  return texts;
}

// Calls `each` with every object of a list.
template <class Each>
Status for_each(const json::Value& object, std::string_view name, const Each& each) {
  const json::Value* list = object.find(name);
  if (list == nullptr || list->array() == nullptr) return broken("a list is missing");
  for (const json::Value& value : *list->array()) {
    if (value.object() == nullptr) return broken("a list of something else than objects");
    CLAW_TRY_DONE(each(value));
  }
  return Done{};
}

void append(json::Writer& w, const Passkey& passkey) {
  w.begin_object();
  w.member("id", base64url(passkey.credential.id));
  w.member("public_key", base64url(passkey.credential.public_key));
  w.member("sign_count", std::int64_t{passkey.credential.sign_count});
  w.member("backup_eligible", passkey.credential.backup_eligible);
  w.member("label", passkey.label);
  w.member("created_us", passkey.created_us);
  w.member("last_used_us", passkey.last_used_us);
  w.end_object();
}

void append(json::Writer& w, const Account& account) {
  w.begin_object();
  w.member("name", account.name);
  w.member("role", name_of(account.role));
  w.member("groups", account.groups);
  w.member("disabled", account.disabled);
  w.member("subject", account.subject);
  w.member("handle", base64url(account.handle));
  w.member("password", account.password);
  std::string totp = base64url(account.totp.reveal());
  w.member("totp", totp);
  wipe(totp);
  w.member("totp_step", account.totp_step);
  w.member("recovery", account.recovery);
  w.key("passkeys");
  w.begin_array();
  for (const Passkey& passkey : account.passkeys) append(w, passkey);
  w.end_array();
  w.member("invite", account.invite);
  w.member("invite_until_us", account.invite_until_us);
  w.member("created_us", account.created_us);
  w.member("last_seen_us", account.last_seen_us);
  w.end_object();
}

void append(json::Writer& w, const Token& token) {
  std::vector<std::string> scopes;
  for (const Scope scope : token.view.scopes) scopes.emplace_back(name_of(scope));
  w.begin_object();
  w.member("id", token.view.id);
  w.member("label", token.view.label);
  w.member("person", token.view.person);
  w.member("scopes", scopes);
  w.member("created_us", token.view.created_us);
  w.member("expires_us", token.view.expires_us);
  w.member("last_used_us", token.view.last_used_us);
  w.member("digest", token.digest);
  w.end_object();
}

Result<Passkey> read_passkey(const json::Value& object) {
  Passkey passkey;
  CLAW_TRY(passkey.credential.id, bytes_at(object, "id"));
  CLAW_TRY(passkey.credential.public_key, bytes_at(object, "public_key"));
  const std::int64_t count = object.int_or("sign_count", -1);
  if (passkey.credential.id.empty() || count < 0 || count > 0xffffffff) {
    return broken("a passkey without parts");
  }
  passkey.credential.sign_count = static_cast<std::uint32_t>(count);
  passkey.credential.backup_eligible = object.bool_or("backup_eligible", false);
  passkey.label = object.text_or("label", "");
  passkey.created_us = object.int_or("created_us", 0);
  passkey.last_used_us = object.int_or("last_used_us", 0);
  return passkey;
}

Result<Account> read_account(const json::Value& object) {
  Account account;
  account.name = object.text_or("name", "");
  const std::optional<Role> role = parse_role(object.text_or("role", ""));
  if (!is_name(account.name) || !role) return broken("an account without a name or a role");
  account.role = *role;
  CLAW_TRY(account.groups, texts_at(object, "groups"));
  account.disabled = object.bool_or("disabled", true);
  account.subject = object.text_or("subject", "");
  CLAW_TRY(account.handle, bytes_at(object, "handle"));
  account.password = object.text_or("password", "");
  CLAW_TRY(std::string totp, bytes_at(object, "totp"));
  account.totp = Secret(std::move(totp));
  account.totp_step = object.int_or("totp_step", 0);
  CLAW_TRY(account.recovery, texts_at(object, "recovery"));
  CLAW_TRY_DONE(for_each(object, "passkeys", [&](const json::Value& each) -> Status {
    CLAW_TRY(Passkey passkey, read_passkey(each));
    account.passkeys.push_back(std::move(passkey));
    return Done{};
  }));
  account.invite = object.text_or("invite", "");
  account.invite_until_us = object.int_or("invite_until_us", 0);
  account.created_us = object.int_or("created_us", 0);
  account.last_seen_us = object.int_or("last_seen_us", 0);
  return account;
}

Result<Token> read_token(const json::Value& object) {
  Token token;
  token.view.id = object.text_or("id", "");
  token.digest = object.text_or("digest", "");
  if (token.view.id.empty() || token.digest.empty()) return broken("a token without its digest");
  token.view.label = object.text_or("label", "");
  token.view.person = object.text_or("person", "");
  CLAW_TRY(const std::vector<std::string> scopes, texts_at(object, "scopes"));
  for (const std::string& text : scopes) {
    const std::optional<Scope> scope = parse_scope(text);
    if (!scope) return broken("a token with an unknown scope");
    token.view.scopes.push_back(*scope);
  }
  token.view.created_us = object.int_or("created_us", 0);
  // What does not say when it ends has ended.
  token.view.expires_us = object.int_or("expires_us", 1);
  token.view.last_used_us = object.int_or("last_used_us", 0);
  return token;
}

}  // namespace

Account Account::clone() const {
  return Account{.name = name,
                 .role = role,
                 .groups = groups,
                 .disabled = disabled,
                 .subject = subject,
                 .handle = handle,
                 .password = password,
                 .totp = totp.clone(),
                 .totp_step = totp_step,
                 .recovery = recovery,
                 .passkeys = passkeys,
                 .invite = invite,
                 .invite_until_us = invite_until_us,
                 .created_us = created_us,
                 .last_seen_us = last_seen_us};
}

State State::clone() const {
  State copy;
  for (const auto& [name, account] : accounts) copy.accounts.emplace(name, account.clone());
  copy.tokens = tokens;
  return copy;
}

bool State::has_standing_admin() const {
  return std::ranges::any_of(accounts, [](const auto& each) { return each.second.is_standing_admin(); });
}

Secret format(const State& state) {
  std::string text;
  text.reserve(1024 + 8192 * state.accounts.size() + 512 * state.tokens.size());
  json::Writer w(text);
  w.begin_object();
  w.member("format", format_version);
  w.key("accounts");
  w.begin_array();
  for (const auto& [name, account] : state.accounts) append(w, account);
  w.end_array();
  w.key("tokens");
  w.begin_array();
  for (const auto& [id, token] : state.tokens) append(w, token);
  w.end_array();
  w.end_object();
  Secret secret(std::move(text));
  return secret;
}

Result<State> parse_state(std::string_view text) {
  CLAW_TRY(const json::Value document, json::parse(text));
  if (document.int_or("format", 0) != format_version) return broken("an unknown format");
  State state;
  CLAW_TRY_DONE(for_each(document, "accounts", [&](const json::Value& each) -> Status {
    CLAW_TRY(Account account, read_account(each));
    const std::string name = account.name;
    return state.accounts.emplace(name, std::move(account)).second ? Status(Done{}) : broken("a name twice");
  }));
  CLAW_TRY_DONE(for_each(document, "tokens", [&](const json::Value& each) -> Status {
    CLAW_TRY(Token token, read_token(each));
    const std::string id = token.view.id;
    return state.tokens.emplace(id, std::move(token)).second ? Status(Done{}) : broken("a token twice");
  }));
  return state;
}

std::string digest_of(std::string_view secret) {
  return base64url(crypto::view(crypto::sha256(secret)));
}

Person person_of(const Account& account, std::int64_t now_us) {
  Person person{.name = account.name,
                .role = account.role,
                .groups = account.groups,
                .disabled = account.disabled,
                .has_password = !account.password.empty(),
                .has_totp = !account.totp.empty(),
                .invited = !account.invite.empty() && now_us < account.invite_until_us,
                .by_provider = !account.subject.empty(),
                .recovery_codes = account.recovery.size(),
                .passkeys = {},
                .created_us = account.created_us,
                .last_seen_us = account.last_seen_us};
  for (const Passkey& passkey : account.passkeys) {
    person.passkeys.push_back({base64url(passkey.credential.id), passkey.label, passkey.created_us,
                               passkey.last_used_us});
  }
  return person;
}

}  // namespace claw::operators
