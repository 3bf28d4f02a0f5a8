// Operators' accounts, their own factors, and their API tokens.
#include <fmt/format.h>

#include "admin/routes/handlers.h"
#include "admin/routes/signing.h"
#include "base/text.h"
#include "operators/webauthn/registration.h"

namespace claw::admin {

namespace {

using operators::Person;
using Kind = Member::Kind;

constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;
constexpr std::int64_t token_days = 90;
constexpr std::int64_t token_days_max = 366;

void append_passkey(json::Writer& out, const operators::PasskeyView& passkey) {
  out.begin_object();
  out.member("id", passkey.id);
  out.member("label", passkey.label);
  out.member("created", time_text(passkey.created_us));
  if (passkey.last_used_us != 0) out.member("last_used", time_text(passkey.last_used_us));
  out.end_object();
}

void append_person(json::Writer& out, const Person& person) {
  out.begin_object();
  out.member("name", person.name);
  out.member("role", operators::name_of(person.role));
  out.member("groups", person.groups);
  out.member("disabled", person.disabled);
  out.member("invited", person.invited);
  out.member("by_provider", person.by_provider);
  out.member("has_password", person.has_password);
  out.member("has_totp", person.has_totp);
  out.member("recovery_codes", static_cast<std::int64_t>(person.recovery_codes));
  out.key("passkeys");
  out.begin_array();
  for (const operators::PasskeyView& each : person.passkeys) append_passkey(out, each);
  out.end_array();
  out.member("created", time_text(person.created_us));
  if (person.last_seen_us != 0) out.member("last_seen", time_text(person.last_seen_us));
  out.end_object();
}

void append_token(json::Writer& out, const operators::TokenView& token) {
  std::vector<std::string> scopes;
  for (const operators::Scope each : token.scopes) scopes.emplace_back(operators::name_of(each));
  out.member("id", token.id);
  out.member("label", token.label);
  out.member("person", token.person);
  out.member("scopes", scopes);
  out.member("created", time_text(token.created_us));
  if (token.expires_us != 0) out.member("expires", time_text(token.expires_us));
  if (token.last_used_us != 0) out.member("last_used", time_text(token.last_used_us));
}

Answer invited(Result<Secret> link, const Sources& sources) {
  if (!link) return problem(link.error());
  Written out;
  out.writer.member("invite", fmt::format("{}/#/invite/{}", sources.public_url, link->reveal()));
  out.writer.member("expires", time_text(sources.clock.wall_us() + operators::invite_us));
  return out.answer();
}

Answer status_answer(const Status& status) { return status ? done() : problem(status.error()); }

}  // namespace

Answer routes::people(const Call&, Sources& sources) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const Person& each : sources.people.people()) append_person(out, each);
  out.end_array();
  return json_answer(std::move(text));
}

Answer routes::invite_person(const Call& call, Sources& sources) {
  const Status body = check_body(
      call.body, {{"name", Kind::text, true}, {"role", Kind::text, true}, {"groups", Kind::texts}});
  if (!body) return problem(body.error());
  const auto role = operators::parse_role(call.body.text_or("role", ""));
  if (!role) return problem(400, "invalid", "`role` is viewer, approver, operator or admin");
  return invited(sources.people.invite(call.who.person,
                                       {call.body.text_or("name", ""), *role, texts_of(call.body, "groups")}),
                 sources);
}

Answer routes::change_person(const Call& call, Sources& sources) {
  const Status body = check_body(
      call.body, {{"role"}, {"groups", Kind::texts}, {"disabled", Kind::boolean}});
  if (!body) return problem(body.error());
  operators::Change change;
  if (call.body.find("role") != nullptr) {
    change.role = operators::parse_role(call.body.text_or("role", ""));
    if (!change.role) return problem(400, "invalid", "`role` is viewer, approver, operator or admin");
  }
  if (call.body.find("groups") != nullptr) change.groups = texts_of(call.body, "groups");
  if (call.body.find("disabled") != nullptr) change.disabled = call.body.bool_or("disabled", false);
  const std::string name = call.param("name");
  const Status changed = sources.people.change(call.who.person, name, change);
  if (!changed) return problem(changed.error());
  const auto person = sources.people.person(name);
  if (!person) return problem(404, "not_found", "no such person: " + quoted(name));
  std::string text;
  json::Writer out(text);
  append_person(out, *person);
  return json_answer(std::move(text));
}

Answer routes::remove_person(const Call& call, Sources& sources) {
  return status_answer(sources.people.remove(call.who.person, call.param("name")));
}

Answer routes::reset_person(const Call& call, Sources& sources) {
  return invited(sources.people.reset(call.who.person, call.param("name")), sources);
}

Answer routes::change_password(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"old", Kind::text, true}, {"new", Kind::text, true}});
  if (!body) return problem(body.error());
  const Secret old(call.body.text_or("old", ""));
  const Secret fresh(call.body.text_or("new", ""));
  if (const Status fits = password::check(fresh.reveal()); !fits) return problem(fits.error());
  return signed_in_answer(call, sources,
                          sources.people.change_password(call.who.cookie, old, fresh, call.from()));
}

Answer routes::begin_totp(const Call& call, Sources& sources) {
  const auto made = sources.people.totp_begin(call.who.cookie);
  if (!made) return problem(made.error());
  Written out;
  out.writer.member("secret", made->base32.reveal());
  out.writer.member("uri", made->uri.reveal());
  return out.answer();
}

Answer routes::confirm_totp(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"code", Kind::text, true}});
  if (!body) return problem(body.error());
  const auto codes = sources.people.totp_confirm(call.who.cookie, call.body.text_or("code", ""));
  if (!codes) return problem(codes.error());
  Written out;
  out.writer.key("recovery_codes");
  out.writer.begin_array();
  for (const Secret& code : *codes) out.writer.string(code.reveal());
  out.writer.end_array();
  return out.answer();
}

Answer routes::remove_totp(const Call& call, Sources& sources) {
  return status_answer(sources.people.totp_remove(call.who.cookie));
}

Answer routes::begin_passkey(const Call& call, Sources& sources) {
  auto options = sources.people.passkey_creation_options(call.who.cookie);
  return options ? json_answer(std::move(*options)) : problem(options.error());
}

Answer routes::add_passkey(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"label", Kind::text, true},
                                             {"client_data_json", Kind::text, true},
                                             {"attestation_object", Kind::text, true}});
  if (!body) return problem(body.error());
  const auto registration = webauthn::parse_registration(call.body);
  if (!registration) return problem(registration.error());
  const auto id = sources.people.passkey_add(call.who.cookie, call.body.text_or("label", ""), *registration);
  if (!id) return problem(id.error());
  const auto person = sources.people.person(call.who.person);
  for (const operators::PasskeyView& each :
       person ? person->passkeys : std::vector<operators::PasskeyView>()) {
    if (each.id != *id) continue;
    std::string text;
    json::Writer out(text);
    append_passkey(out, each);
    return json_answer(std::move(text));
  }
  return problem(503, "unavailable", "the passkey is kept, and has gone again");
}

Answer routes::remove_passkey(const Call& call, Sources& sources) {
  return status_answer(sources.people.passkey_remove(call.who.cookie, call.param("id")));
}

Answer routes::tokens(const Call& call, Sources& sources) {
  const bool sees_all = call.who.may(operators::Scope::admin);
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const operators::TokenView& each : sources.people.tokens(sees_all ? "" : call.who.person)) {
    out.begin_object();
    append_token(out, each);
    out.end_object();
  }
  out.end_array();
  return json_answer(std::move(text));
}

Answer routes::make_token(const Call& call, Sources& sources) {
  const Status body = check_body(
      call.body, {{"label", Kind::text, true}, {"scopes", Kind::texts, true}, {"days", Kind::integer}});
  if (!body) return problem(body.error());
  const auto person = sources.people.person(call.who.person);
  const std::int64_t now_us = sources.clock.wall_us();
  if (person && person->has_second_factor() && !call.who.is_fresh(now_us)) {
    return problem(403, "second_factor", "give your second factor again first");
  }
  operators::NewToken wanted;
  wanted.label = call.body.text_or("label", "");
  for (const std::string& each : texts_of(call.body, "scopes")) {
    const auto scope = operators::parse_scope(each);
    if (!scope) return problem(400, "invalid", "`scopes` are read, approve, operate and admin");
    wanted.scopes.push_back(*scope);
  }
  const std::int64_t days = call.body.int_or("days", token_days);
  if (days < 1 || days > token_days_max) return problem(400, "invalid", "`days` is between 1 and 366");
  wanted.expires_us = now_us + days * day_us;
  const auto made = sources.people.token_make(call.who.person, wanted);
  if (!made) return problem(made.error());
  Written out;
  for (const operators::TokenView& each : sources.people.tokens(call.who.person)) {
    if (each.id == made->id) append_token(out.writer, each);
  }
  out.writer.member("token", made->token.reveal());
  return out.answer();
}

Answer routes::revoke_token(const Call& call, Sources& sources) {
  const std::string id = call.param("id");
  const bool sees_all = call.who.may(operators::Scope::admin);
  for (const operators::TokenView& each : sources.people.tokens(sees_all ? "" : call.who.person)) {
    if (each.id == id) return status_answer(sources.people.token_revoke(call.who.person, id));
  }
  return problem(404, "not_found", "no such token: " + quoted(id));
}

}  // namespace claw::admin
