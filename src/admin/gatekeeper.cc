#include "admin/gatekeeper.h"

#include <fmt/format.h>

#include <algorithm>

#include "admin/routes/signing.h"
#include "base/text.h"
#include "config/hosts.h"

namespace claw::admin {

namespace {

// A page asks for some twenty things when it opens; a script that follows approvals for a few a second.
constexpr double person_rate = 100, person_burst = 500;
constexpr double stranger_rate = 20, stranger_burst = 200;  // Whoever has not said who they are, by address.

constexpr std::string_view bearer_word = "Bearer ";

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD"; }

std::string_view host_part(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

std::string header(const http::Request& head, std::string_view name) {
  return std::string(head.fields.find(name).value_or(""));
}

}  // namespace

Gatekeeper::Gatekeeper(Sources& sources) : sources_(sources) {
  public_origin_ = lower(sources.public_url);
  const std::size_t slashes = public_origin_.find("://");
  if (slashes == std::string::npos) return;
  public_authority_ = public_origin_.substr(slashes + 3);
  public_authority_ = public_authority_.substr(0, public_authority_.find('/'));
  public_origin_ = public_origin_.substr(0, slashes + 3) + public_authority_;
}

// A name somebody else owns can be pointed at this machine (DNS rebinding), an address cannot.
bool Gatekeeper::knows_host(const Caller& caller, std::string_view authority) const {
  if (caller.way != Way::network) return true;
  const std::string said = lower(authority);
  const std::string_view host = host_part(said);
  return (!public_authority_.empty() &&
          (said == public_authority_ || host == host_part(public_authority_))) ||
         host == "localhost" || config::is_ip_literal(host);
}

Who Gatekeeper::identify(const http::Request& head, const Caller& caller) {
  Who who;
  if (caller.way == Way::metrics) return who;
  if (caller.way == Way::socket) {
    if (!caller.is_operator) return who;
    who.person = caller.user;
    who.role = operators::Role::admin;
    who.on_socket = true;
    return who;
  }
  if (head.fields.count("authorization") == 1) {
    const std::string value = header(head, "authorization");
    if (!value.starts_with(bearer_word)) return who;
    who.token = value.substr(bearer_word.size());
    who.bearer = sources_.people.bearer(who.token);
    if (!who.bearer) return who;
    who.person = who.bearer->person;
    who.role = who.bearer->role;
    who.groups = who.bearer->groups;
    return who;
  }
  who.cookie = cookie_of(head, session_cookie);
  if (who.cookie.empty()) return who;
  who.session = sources_.people.session(who.cookie);
  if (!who.session || who.session->state != operators::Session::State::signed_in) return who;
  who.person = who.session->person;
  who.role = who.session->role;
  who.groups = who.session->groups;
  return who;
}

std::optional<Who> Gatekeeper::see_again(const Who& before) {
  Who who = before;
  if (who.on_socket) return who;
  if (!who.token.empty()) {
    who.bearer = sources_.people.bearer(who.token);
    if (!who.bearer || !who.bearer->may(operators::Scope::read)) return std::nullopt;
    who.role = who.bearer->role;
    who.groups = who.bearer->groups;
    return who;
  }
  who.session = sources_.people.session(who.cookie);
  if (!who.session || who.session->state != operators::Session::State::signed_in) return std::nullopt;
  who.role = who.session->role;
  who.groups = who.session->groups;
  return who;
}

// Only our own pages: an unsafe request says where it was made, and proves that it can read what we said.
std::optional<Answer> Gatekeeper::refuse_foreign(const http::Request& head, const Caller& caller,
                                                 const Who& who) const {
  if (caller.way != Way::network || who.bearer || is_safe(head.method)) return std::nullopt;
  const std::string origin = header(head, "origin");
  const std::string own = fmt::format("{}://{}", caller.is_tls ? "https" : "http", lower(head.authority));
  const bool is_ours = head.fields.count("origin") == 1 &&
                       (lower(origin) == own || (!public_origin_.empty() && lower(origin) == public_origin_));
  if (!is_ours) return problem(403, "csrf", "this request was not made by the gateway's own page");
  const std::string site = header(head, "sec-fetch-site");
  if (!site.empty() && site != "same-origin") return problem(403, "csrf", "another site made this request");
  if (who.session && !who.session->csrf_fits(header(head, "x-csrf-token"))) {
    return problem(403, "csrf", "the session's X-CSRF-Token is missing or another's");
  }
  return std::nullopt;
}

bool Gatekeeper::is_within_rate(const Caller& caller, const Who& who) {
  if (caller.way != Way::network) return true;
  const bool is_known = who.is_somebody();
  const std::string key = is_known ? "person " + who.person : "address " + caller.address;
  const double rate = is_known ? person_rate : stranger_rate;
  const double burst = is_known ? person_burst : stranger_burst;
  const std::int64_t now_us = sources_.clock.monotonic_us();
  if (buckets_.size() >= counted_callers_max && !buckets_.contains(key)) {
    std::erase_if(buckets_, [&](const auto& each) { return now_us - each.second.at_us > 60'000'000; });
    if (buckets_.size() >= counted_callers_max) return is_known;
  }
  const auto [at, is_new] = buckets_.try_emplace(key, Bucket{burst, now_us});
  Bucket& bucket = at->second;
  bucket.tokens = std::min(burst, bucket.tokens + rate * static_cast<double>(now_us - bucket.at_us) * 1e-6);
  bucket.at_us = now_us;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

std::optional<Answer> Gatekeeper::refuse(const RouteRow& route, const http::Request& head,
                                         const Caller& caller, const Who& who) {
  const bool on_metrics = caller.way == Way::metrics;
  if (on_metrics && !route.path.starts_with("/api/") && is_safe(head.method)) return std::nullopt;
  // A gateway's metrics address may be open to a whole cluster; what decides things is not.
  if (on_metrics) return problem(403, "denied", "only operators, where they sign in");
  if (caller.way == Way::socket && !who.is_somebody() && route.scope) {
    return problem(403, "denied", "only the gateway's own user and root");
  }
  if (!is_within_rate(caller, who)) return problem(429, "limit", "too many requests", 1);
  const bool is_first = caller.way == Way::network && !sources_.people.has_admin();
  if (is_first && !route.has(before_first)) {
    return problem(503, "first_start", "nobody is here yet: open the link that the gateway printed");
  }
  if (!route.has(is_foreign)) {
    if (auto foreign = refuse_foreign(head, caller, who)) return foreign;
  }
  if (!route.scope) return std::nullopt;
  if (!who.is_somebody()) {
    const bool half_way = who.session.has_value();
    return half_way ? problem(401, "second_factor", "the second factor is missing")
                    : problem(401, "anonymous", "sign in first");
  }
  if (!who.may(*route.scope)) {
    return problem(403, "denied",
                   fmt::format("that needs the right to `{}`", operators::name_of(*route.scope)));
  }
  if (route.has(needs_session) && !who.session) {
    return problem(403, "denied", "only a person who is signed in");
  }
  if (route.has(no_token) && who.bearer) return problem(403, "denied", "only a person, not a token");
  // A token was made with a second factor, for this; what a person does in a browser is asked again.
  if (route.has(needs_fresh) && !who.bearer && !who.is_fresh(sources_.clock.wall_us())) {
    return problem(403, "second_factor", "give your second factor again first");
  }
  return std::nullopt;
}

}  // namespace claw::admin
