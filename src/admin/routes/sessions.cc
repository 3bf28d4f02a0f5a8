// Signing in and out.
#include <fmt/format.h>

#include "admin/routes/handlers.h"
#include "admin/routes/signing.h"
#include "base/log.h"
#include "operators/webauthn/assertion.h"

namespace claw::admin {

using operators::SignIn;

Answer routes::session(const Call& call, Sources& sources) {
  return session_answer(call, sources, call.who.session, call.who.cookie);
}

Answer routes::sign_out(const Call& call, Sources& sources) {
  if (call.who.session) sources.people.sign_out(call.who.cookie);
  Answer made = session_answer(call, sources, std::nullopt, "");
  if (!call.who.on_socket && !call.who.bearer) set_cookie(made, call, sources, session_cookie, "");
  return made;
}

Answer routes::first_start(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"link", Member::Kind::text, true},
                                             {"name", Member::Kind::text, true},
                                             {"password", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  if (sources.people.has_admin()) return problem(409, "conflict", "there is an admin already: sign in");
  const std::string name = call.body.text_or("name", "");
  if (!operators::is_name(name)) {
    return problem(400, "invalid",
                   "a name has lower case letters, digits and `._@-`, and begins with one of the "
                   "first two");
  }
  const Secret password(call.body.text_or("password", ""));
  if (const Status fits = password::check(password.reveal()); !fits) return problem(fits.error());
  return signed_in_answer(call, sources,
                          sources.people.accept(call.body.text_or("link", ""), name, password, call.from()));
}

Answer routes::accept_invite(const Call& call, Sources& sources) {
  const Status body = check_body(
      call.body, {{"link", Member::Kind::text, true}, {"password", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  const Secret password(call.body.text_or("password", ""));
  if (const Status fits = password::check(password.reveal()); !fits) return problem(fits.error());
  return signed_in_answer(call, sources,
                          sources.people.accept(call.body.text_or("link", ""), "", password, call.from()));
}

Answer routes::sign_in(const Call& call, Sources& sources) {
  const Status body = check_body(
      call.body, {{"name", Member::Kind::text, true}, {"password", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  const Secret password(call.body.text_or("password", ""));
  return signed_in_answer(call, sources,
                          sources.people.password(call.body.text_or("name", ""), password, call.from()));
}

Answer routes::sign_in_totp(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"code", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  if (!call.who.session) return problem(401, "anonymous", "first the password");
  return signed_in_answer(call, sources,
                          sources.people.totp(call.who.cookie, call.body.text_or("code", ""), call.from()));
}

Answer routes::passkey_options(const Call& call, Sources& sources) {
  auto options = sources.people.passkey_options(call.who.session ? call.who.cookie : "");
  return options ? json_answer(std::move(*options)) : problem(options.error());
}

Answer routes::sign_in_passkey(const Call& call, Sources& sources) {
  const auto assertion = webauthn::parse_assertion(call.body);
  if (!assertion) return problem(assertion.error());
  const std::string cookie = call.who.session ? call.who.cookie : "";
  return signed_in_answer(call, sources, sources.people.passkey(cookie, *assertion, call.from()));
}

// At somebody else's.

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '&') out += "&amp;";
    else out += c;
  }
  return out;
}

// The session's cookie is not sent along a redirect that another site began; a page of ours leads on.
Answer page(int status, std::string_view title, std::string_view text, bool goes_on) {
  Answer made;
  made.status = status;
  made.fields.add("Content-Type", "text/html; charset=utf-8");
  made.fields.add("Cache-Control", "no-store");
  made.body = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">{}<title>{}</title><p>{}</p>"
      "<p><a href=\"/\">Claw Patrol</a></p></html>\n",
      goes_on ? "<meta http-equiv=\"refresh\" content=\"0;url=/\">" : "", escaped(title), escaped(text));
  return made;
}

constexpr int documents_max = 4;  // Discovery, keys, and keys again.

Status learn(Provider& provider) {
  for (int i = 0; i < documents_max; ++i) {
    const auto wanted = provider.client->wants();
    if (!wanted) return Done{};
    CLAW_TRY(const oidc::Reply reply, provider.fetch(wanted->request));
    CLAW_TRY_DONE(provider.client->take(wanted->document, reply));
  }
  return Done{};
}

Result<operators::Provided> redeem(Provider& provider, const oidc::Returned& returned) {
  CLAW_TRY_DONE(learn(provider));
  CLAW_TRY(const Secret secret, provider.secret());
  CLAW_TRY(const oidc::Request request, provider.client->redeem(returned, secret));
  CLAW_TRY(const oidc::Reply reply, provider.fetch(request));
  auto who = provider.client->finish(returned, reply);
  if (who || who.error().code != Code::not_found) return who;
  CLAW_TRY_DONE(learn(provider));  // The provider has new keys.
  return provider.client->finish(returned, reply);
}

}  // namespace

Answer routes::oidc_begin(const Call& call, Sources& sources) {
  if (sources.provider == nullptr) return problem(404, "not_found", "no provider is configured");
  if (const Status learnt = learn(*sources.provider); !learnt) {
    log::warning("nobody can sign in at the provider", {{"why", learnt.error().text()}});
    return page(503, "Not now", "The provider does not answer. The gateway's log says why.", false);
  }
  const auto begun = sources.provider->client->begin();
  if (!begun) return problem(begun.error());
  Answer made;
  made.status = 302;
  made.fields.add("Location", begun->url);
  made.fields.add("Cache-Control", "no-store");
  set_cookie(made, call, sources, oidc_cookie, begun->cookie.reveal());
  return made;
}

Answer routes::oidc_callback(const Call& call, Sources& sources) {
  if (sources.provider == nullptr) return problem(404, "not_found", "no provider is configured");
  oidc::Returned returned;
  returned.state = call.ask("state");
  returned.code = call.ask("code");
  returned.error = call.ask("error");
  returned.issuer = call.ask("iss");
  returned.cookie = cookie_of(call.head, oidc_cookie);
  const auto who = redeem(*sources.provider, returned);
  if (!who) {
    // What is wrong with the gateway or its provider is told to its operators, not to whoever comes by.
    const bool is_theirs = who.error().code == Code::denied || who.error().code == Code::not_found;
    if (!is_theirs) log::warning("nobody can sign in at the provider", {{"why", who.error().text()}});
    Answer made = is_theirs ? page(403, "Not signed in", who.error().text(), false)
                            : page(503, "Not now", "This does not work. The gateway's log says why.", false);
    set_cookie(made, call, sources, oidc_cookie, "");
    return made;
  }
  SignIn outcome = sources.people.provided(*who, call.from());
  if (outcome.outcome != SignIn::Outcome::signed_in && outcome.outcome != SignIn::Outcome::second_factor) {
    return page(403, "Not signed in", "This gateway has no place for you. Ask one of its admins.", false);
  }
  Answer made = page(200, "Signed in", "You are signed in.", true);
  if (!outcome.cookie.empty()) set_cookie(made, call, sources, session_cookie, outcome.cookie.reveal());
  set_cookie(made, call, sources, oidc_cookie, "");
  return made;
}

}  // namespace claw::admin
