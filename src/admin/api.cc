#include "admin/api.h"

#include <fmt/format.h>

#include "admin/openapi.h"
#include "admin/web_assets.h"
#include "base/text.h"
#include "base/web/encoding.h"

namespace claw::admin {

namespace {

constexpr std::size_t waiting_records_max = 500;
constexpr std::size_t waiting_passwords_max = 100;
constexpr std::size_t waiting_long_max = 8;
constexpr std::size_t passwords_threads = 4;  // What Argon2id may run at once is the directory's to say.
constexpr std::size_t param_bytes_max = 200;

constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

void add_headers(Answer& answer, const Caller& caller) {
  answer.fields.add("Content-Security-Policy", content_security_policy);
  answer.fields.add("X-Content-Type-Options", "nosniff");
  answer.fields.add("X-Frame-Options", "DENY");
  answer.fields.add("Referrer-Policy", "no-referrer");
  answer.fields.add("Cross-Origin-Opener-Policy", "same-origin");
  answer.fields.add("Cross-Origin-Resource-Policy", "same-origin");
  answer.fields.add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  if (caller.is_tls) answer.fields.add("Strict-Transport-Security", "max-age=31536000");
  if (!answer.fields.find("Cache-Control")) answer.fields.add("Cache-Control", "no-store");
}

// The one parameter that may have `/` in it: `AGENT/session`, only ever looked for in the record.
constexpr std::string_view session_parameter = "{session}";

// A part of a path as its parameter: decoded once, and nothing that could be read as a path again.
std::optional<std::string> parameter(std::string_view name, std::string_view part) {
  std::string text = percent_decode(part);
  const bool is_plain = std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  const bool fits = !text.empty() && text.size() <= param_bytes_max && is_plain && is_utf8(text);
  const bool is_path = text == "." || text == ".." ||
                       (name != session_parameter && text.find('/') != std::string::npos);
  if (!fits || is_path) return std::nullopt;
  return text;
}

std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern,
                                                                     std::string_view path) {
  const auto wanted = split(pattern, '/');
  const auto parts = split(path, '/');
  if (wanted.size() != parts.size()) return std::nullopt;
  std::map<std::string, std::string, std::less<>> params;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with('{')) {
      if (wanted[i] != parts[i]) return std::nullopt;
      continue;
    }
    auto value = parameter(wanted[i], parts[i]);
    if (!value) return std::nullopt;
    params.emplace(wanted[i].substr(1, wanted[i].size() - 2), std::move(*value));
  }
  return params;
}

Answer plain_text(std::string_view text) {
  Answer made;
  made.fields.add("Content-Type", "text/plain; charset=utf-8");
  made.body = text;
  return made;
}

}  // namespace

Api::Api(io::Loop& loop, Sources sources)
    : loop_(loop),
      sources_(std::move(sources)),
      gatekeeper_(sources_),
      live_(loop, sources_, [this](const Who& who) { return gatekeeper_.see_again(who); }),
      records_("claw-records", 1, waiting_records_max),
      passwords_("claw-people", passwords_threads, waiting_passwords_max),
      long_("claw-long", 1, waiting_long_max) {}

Api::~Api() = default;

Api::Found Api::find(std::string_view method, std::string_view path) {
  Found found;
  for (const RouteRow& row : route_table()) {
    auto params = match(row.path, path);
    if (!params) continue;
    const bool is_it = row.method == method || (method == "HEAD" && row.method == "GET");
    if (is_it) return {&row, std::move(*params), {}};
    found.allowed += found.allowed.empty() ? "" : ", ";
    found.allowed += row.method;
  }
  return found;
}

serve::Lane* Api::lane_of(Where where) {
  switch (where) {
    case Where::records: return &records_;
    case Where::passwords: return &passwords_;
    case Where::long_: return &long_;
    case Where::loop:
    case Where::live: return nullptr;
  }
  return nullptr;
}

void Api::handle(Asked given, Reply reply_plain) {
  const auto asked = std::make_shared<Asked>(std::move(given));
  const Caller& caller = asked->caller;
  const Reply reply = [caller, plain = std::move(reply_plain)](Answer answer) {
    add_headers(answer, caller);
    plain(std::move(answer));
  };
  const http::Request& head = asked->head;
  const std::size_t mark = std::min(head.path.find('?'), head.path.size());
  const std::string_view path = std::string_view(head.path).substr(0, mark);
  Found found = find(head.method, path);
  const bool foreign = found.route != nullptr && found.route->has(is_foreign);
  if (!foreign && !gatekeeper_.knows_host(caller, head.authority)) {
    return reply(problem(421, "denied", "this gateway is not called that; set `public_url`"));
  }
  if (found.route == nullptr) {
    if (!found.allowed.empty()) {
      Answer answer = problem(405, "invalid", "this path is asked with " + found.allowed);
      answer.fields.add("Allow", found.allowed);
      return reply(std::move(answer));
    }
    if (auto file = asset(head, path); file && caller.way == Way::network) return reply(std::move(*file));
    return reply(problem(404, "not_found", "no such path"));
  }
  Call call{head, std::move(found.params), {}, {}, {}, caller, gatekeeper_.identify(head, caller)};
  if (mark < head.path.size()) call.query = parse_query(std::string_view(head.path).substr(mark + 1));
  if (auto refused = gatekeeper_.refuse(*found.route, head, caller, call.who)) {
    return reply(std::move(*refused));
  }
  call.text = std::move(asked->body);
  if (!foreign && !call.text.empty()) {
    const std::string type = lower(head.fields.find("content-type").value_or(""));
    if (caller.way == Way::network && !type.starts_with("application/json")) {
      return reply(problem(415, "invalid", "the body is application/json"));
    }
    auto body = json::parse(call.text);
    if (!body) return reply(problem(body.error()));
    call.body = std::move(*body);
    wipe(call.text);  // Some bodies are passwords.
  }
  run(*found.route, asked, std::move(call), reply);
}

void Api::run(const RouteRow& route, std::shared_ptr<Asked> asked, Call call, Reply reply) {
  if (route.where == Where::live) {
    const bool is_events = route.path.ends_with("/events");
    return is_events ? live_.events(call, reply) : live_.wait(call, std::move(reply));
  }
  if (route.run == nullptr) return reply(plain_text(openapi_text()));
  serve::Lane* const lane = lane_of(route.where);
  if (lane == nullptr) return reply(route.run(call, sources_));
  const auto shared = std::make_shared<Call>(std::move(call));
  const auto answer = std::make_shared<Reply>(reply);
  const bool taken = lane->take([this, run = route.run, asked, shared, answer, poster = loop_.poster()] {
    auto made = std::make_shared<Answer>(run(*shared, sources_));
    poster([answer, made] { (*answer)(std::move(*made)); });
  });
  if (!taken) reply(problem(503, "limit", "too much is asked at once; try again", 2));
}

// The dashboard's files. Every browser takes gzip; who does not is told so.
std::optional<Answer> Api::asset(const http::Request& head, std::string_view path) const {
  if (head.method != "GET" && head.method != "HEAD") return std::nullopt;
  const std::string_view wanted = path == "/" ? "/index.html" : path;
  for (const WebAsset& each : web_assets()) {
    if (each.path != wanted) continue;
    const std::string accepted = lower(head.fields.find("accept-encoding").value_or("gzip"));
    if (accepted.find("gzip") == std::string::npos && accepted.find('*') == std::string::npos) {
      return problem(406, "invalid", "the dashboard's files are gzip");
    }
    Answer made;
    made.fields.add("Content-Type", each.content_type);
    made.fields.add("Content-Encoding", "gzip");
    made.fields.add("Cache-Control", each.is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    made.body.assign(each.gzip.begin(), each.gzip.end());
    return made;
  }
  return std::nullopt;
}

}  // namespace claw::admin
