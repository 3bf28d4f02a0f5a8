#include "admin/routes/signing.h"

#include <fmt/format.h>

#include "base/text.h"
#include "operators/webauthn/party.h"

namespace claw::admin {

namespace {

using operators::Session;
using operators::SignIn;

constexpr std::int64_t oidc_cookie_s = 600;

void append_methods(json::Writer& out, const Sources& sources) {
  std::vector<std::string> methods = {"password"};
  if (webauthn::party_of(sources.public_url)) methods.emplace_back("passkey");
  if (sources.provider != nullptr) methods.emplace_back("oidc");
  out.member("methods", methods);
  if (sources.provider != nullptr) out.member("oidc_label", sources.provider->label);
}

void append_half_way(json::Writer& out, const Session& session, Sources& sources, std::string_view cookie) {
  out.member("factors", session.factors);
  for (const std::string& factor : session.factors) {
    if (factor != "passkey") continue;
    const auto options = sources.people.passkey_options(cookie);
    if (!options) continue;
    out.key("passkey");
    out.raw(*options);
  }
}

void append_signed_in(json::Writer& out, const Session& session, Sources& sources) {
  out.member("person", session.person);
  out.member("role", operators::name_of(session.role));
  out.member("groups", session.groups);
  out.member("expires", time_text(session.expires_us));
  if (session.fresh_until_us != 0) out.member("fresh_until", time_text(session.fresh_until_us));
  const auto person = sources.people.person(session.person);
  out.member("has_second_factor", person && person->has_second_factor());
}

}  // namespace

std::string cookie_of(const http::Request& head, std::string_view name) {
  std::string found;
  int count = 0;
  for (const http::Field field : head.fields) {
    if (!http::same_name(field.name, "cookie")) continue;
    for (const std::string_view pair : split(field.value, ';')) {
      const std::string_view trimmed = trim(pair);
      const std::size_t equals = trimmed.find('=');
      if (equals == std::string_view::npos || trimmed.substr(0, equals) != name) continue;
      found = trimmed.substr(equals + 1);
      ++count;
    }
  }
  return count == 1 ? found : "";
}

void set_cookie(Answer& answer, const Call& call, const Sources& sources, std::string_view name,
                std::string_view value) {
  const bool is_oidc = name == oidc_cookie;
  std::string text = fmt::format("{}={}; Path={}; HttpOnly; SameSite={}", name, value,
                                 is_oidc ? "/api/v1/session/oidc" : "/", is_oidc ? "Lax" : "Strict");
  if (call.caller.is_tls || sources.public_url.starts_with("https://")) text += "; Secure";
  if (value.empty()) text += "; Max-Age=0";
  else if (is_oidc) text += fmt::format("; Max-Age={}", oidc_cookie_s);
  answer.fields.add("Set-Cookie", text);
}

Answer session_answer(const Call& call, Sources& sources, const std::optional<Session>& session,
                      std::string_view cookie) {
  Written out;
  if (call.who.on_socket || call.who.bearer) {
    out.writer.member("state", "signed_in");
    out.writer.member("person", call.who.person);
    out.writer.member("role", operators::name_of(call.who.role));
    out.writer.member("groups", call.who.groups);
  } else if (!sources.people.has_admin()) {
    out.writer.member("state", "first_start");
  } else if (!session) {
    out.writer.member("state", "anonymous");
  } else {
    const bool half_way = session->state == Session::State::second_factor;
    out.writer.member("state", half_way ? "second_factor" : "signed_in");
    out.writer.member("csrf", session->csrf);
    if (half_way) append_half_way(out.writer, *session, sources, cookie);
    else append_signed_in(out.writer, *session, sources);
  }
  append_methods(out.writer, sources);
  return out.answer();
}

Answer signed_in_answer(const Call& call, Sources& sources, SignIn outcome) {
  switch (outcome.outcome) {
    case SignIn::Outcome::refused:
      return problem(401, "denied", "that is not right: look at the name, the password or the code again");
    case SignIn::Outcome::locked:
      return problem(429, "locked", fmt::format("too many attempts; again in {} s", outcome.retry_after_s),
                     std::max<std::int64_t>(outcome.retry_after_s, 1));
    case SignIn::Outcome::weak:
      return problem(400, "invalid", "a password has between 12 and 1024 bytes");
    case SignIn::Outcome::busy: return problem(503, "limit", "too many are signing in; try again", 1);
    case SignIn::Outcome::unavailable:
      return problem(503, "unavailable", "it could not be recorded or kept, so it does not count");
    case SignIn::Outcome::signed_in:
    case SignIn::Outcome::second_factor: break;
  }
  const std::string cookie =
      outcome.cookie.empty() ? call.who.cookie : std::string(outcome.cookie.reveal());
  Answer made = session_answer(call, sources, outcome.session, cookie);
  if (!outcome.cookie.empty()) set_cookie(made, call, sources, session_cookie, cookie);
  return made;
}

}  // namespace claw::admin
