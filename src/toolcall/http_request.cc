// http.request, and the same bound to the hosts of GitHub, GCP and AWS: one request, by the agent's own
// credential.
#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "action/body/shown.h"
#include "base/web/encoding.h"
#include "loopback/request.h"
#include "toolcall/built_in.h"

namespace claw::toolcall {
namespace {

constexpr std::uint32_t run_ms_max = 30 * 60 * 1000;   // A person may be asked on the way, and be asleep.
constexpr std::size_t unread_bytes_max = 1024 * 1024;  // Of a head; bodies are taken as they come.
constexpr std::size_t fields_max = 64;                 // Of what the agent writes.
constexpr std::size_t shown_fields_max = 64;           // Of the answer's.
constexpr std::size_t shown_field_bytes_max = 4096;

constexpr std::string_view methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// One framing, one host, one length: ours to write.
constexpr std::string_view ours[] = {
    "host",    "content-length", "transfer-encoding", "connection",    "keep-alive", "upgrade", "te",
    "trailer", "expect",         "accept-encoding",   "http2-settings"};
// Of an answer: what only a browser or the connection itself has a use for.
constexpr std::string_view left_out[] = {"set-cookie", "set-cookie2", "alt-svc", "strict-transport-security",
                                         "content-security-policy", "report-to", "nel", "connection",
                                         "keep-alive", "transfer-encoding", "clear-site-data"};
// A placeholder may stand there, or what an agent should not have; the text shows a digest.
constexpr std::string_view carriers[] = {"authorization", "cookie", "x-api-key", "private-token"};

constexpr std::string_view method_help = "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS";
constexpr std::string_view headers_help =
    "Header fields by name; credentials are put in by the gateway, host and framing too";
constexpr std::string_view body_help = "The body: a string as it is, an object or list as JSON";

constexpr Field any_fields[] = {
    {"method", Field::Kind::text, method_help, true},
    {"url", Field::Kind::text, "https://host/path?query", true},
    {"headers", Field::Kind::texts_by_name, headers_help},
    {"body", Field::Kind::text_or_json, body_help},
};
constexpr Field bound_fields[] = {
    {"method", Field::Kind::text, method_help, true},
    {"url", Field::Kind::text, "https://host/path?query; for GitHub `/path` alone will do", true},
    {"headers", Field::Kind::texts_by_name, headers_help},
    {"body", Field::Kind::text_or_json, body_help},
};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Which hosts a bound tool is for; empty: any.
std::string_view domain_of(std::string_view tool) {
  if (tool == "github.request") return "github.com";
  if (tool == "gcp.request") return "googleapis.com";
  return tool == "aws.request" ? "amazonaws.com" : "";
}

bool is_within(std::string_view host, std::string_view domain) {
  if (host.starts_with("*.")) host.remove_prefix(2);
  return domain.empty() || host == domain || (host.ends_with(domain) && host.size() > domain.size() &&
                                              host[host.size() - domain.size() - 1] == '.');
}

bool speaks_http(const config::Endpoint& endpoint) {
  const bool is_http = endpoint.family == action::Family::http || endpoint.family == action::Family::k8s;
  return is_http && endpoint.unserved.empty();
}

bool is_for_domain(const config::Snapshot& snapshot, std::string_view profile, std::string_view domain) {
  return std::ranges::any_of(snapshot.endpoints, [&](const config::Endpoint& each) {
    return speaks_http(each) && snapshot.reaches(profile, each) &&
           std::ranges::any_of(each.hosts, [&](const auto& host) { return is_within(host.host, domain); });
  });
}
bool is_for_any(const config::Snapshot& snapshot, std::string_view profile) {
  return is_for_domain(snapshot, profile, "");
}
bool is_for_github(const config::Snapshot& snapshot, std::string_view profile) {
  return is_for_domain(snapshot, profile, "github.com");
}
bool is_for_gcp(const config::Snapshot& snapshot, std::string_view profile) {
  return is_for_domain(snapshot, profile, "googleapis.com");
}
bool is_for_aws(const config::Snapshot& snapshot, std::string_view profile) {
  return is_for_domain(snapshot, profile, "amazonaws.com");
}

struct Wanted {
  Goal goal;
  http::Request head;
  std::string body;
};

// A text of the answer that is cut is cut between two characters.
std::string_view whole_characters(std::string_view text) {
  for (int i = 0; i < 4 && !text.empty() && !is_utf8(text); ++i) text.remove_suffix(1);
  return text;
}

class RequestRun final : public Run, public loopback::Answered {
 public:
  RequestRun(Seat seat, const Wanted& wanted) : seat_(std::move(seat)) {
    auto end = seat_.connect(wanted.goal);
    if (!end) {
      finish_later(end.error().what);
      return;
    }
    request_ = std::make_unique<loopback::Request>(seat_.loop, std::move(end).value(),
                                                   loopback::Limits{run_ms_max, unread_bytes_max},
                                                   wanted.head, wanted.body, *this);
  }

  void cancel() override {
    cancelled_ = true;
    finish_later("it was cancelled");
  }

 private:
  void on_head(const http::Response& head) override { head_ = head; }

  void on_piece(std::string_view body) override {
    if (is_cut_) return;
    const std::size_t room = seat_.result_bytes_max - std::min(seat_.result_bytes_max, body_.size());
    is_cut_ = body.size() > room;
    body = body.substr(0, room);
    body_ += body;
    if (seat_.piece && !body.empty()) seat_.piece(piece_of(body));
    if (is_cut_) finish_later({});  // The rest is not waited for.
  }

  static std::string piece_of(std::string_view bytes) {
    const bool is_text = is_utf8(bytes);
    std::string out = is_text ? "{\"text\":" : "{\"base64\":";
    json::append_string(out, is_text ? std::string(bytes) : to_base64(bytes));
    return out + "}";
  }

  void on_over(const std::optional<Error>& why) override { finish(why ? why->what : std::string()); }

  void finish_later(std::string why) {
    seat_.loop.post([this, why = std::move(why), guard = std::weak_ptr<char>(alive_)] {
      if (!guard.expired()) finish(why);
    });
  }

  void finish(const std::string& why) {
    if (std::exchange(finished_, true)) return;
    request_.reset();
    Outcome outcome;
    outcome.cancelled = cancelled_;
    if (!why.empty() || !head_) {
      outcome.problem = why.empty() ? "there was no answer" : printable(why, 500);
      outcome.detail = outcome.problem;
    } else {
      write(outcome);
    }
    seat_.done(std::move(outcome));
  }

  void write(Outcome& outcome) const {
    json::Writer out(outcome.result);
    out.begin_object();
    out.member("status", std::int64_t{head_->status});
    out.key("headers"), out.begin_object();
    std::vector<std::string> told;
    for (const http::Field field : head_->fields) {
      std::string name = lower(field.name);
      const bool is_told = std::ranges::find(told, name) != told.end();
      if (is_told || told.size() == shown_fields_max || is_one_of(left_out, name)) continue;
      out.member(name, printable(field.value, shown_field_bytes_max));
      told.push_back(std::move(name));
    }
    out.end_object();
    const std::string_view text = is_cut_ ? whole_characters(body_) : std::string_view(body_);
    const bool is_text = is_utf8(text);
    out.member("body", is_text ? std::string(text) : to_base64(body_));
    out.member("encoding", is_text ? "text" : "base64");
    out.member("truncated", is_cut_);
    out.end_object();
    outcome.detail = fmt::format("{}", head_->status);
  }

  Seat seat_;
  std::optional<http::Response> head_;
  std::string body_;
  bool is_cut_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
  std::unique_ptr<loopback::Request> request_;
};

bool is_token(std::string_view name) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::ranges::all_of(name, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != marks.npos;
  });
}

std::optional<Mistake> add_fields(const json::Value& arguments, http::Fields& fields) {
  const json::Value* given = arguments.find("headers");
  if (given == nullptr) return std::nullopt;
  if (given->object()->size() > fields_max) return Mistake{"/arguments/headers", "these are too many"};
  for (const auto& [name, value] : *given->object()) {
    const std::string known = lower(name);
    const bool is_ours =
        is_one_of(ours, known) || known.starts_with("proxy-") || known.starts_with("clawpatrol-");
    const bool is_clean = std::ranges::none_of(*value.string(), [](unsigned char c) {
      return (c < 0x20 && c != '\t') || c == 0x7f;
    });
    const std::string pointer = "/arguments/headers/" + pointer_step(name);
    if (is_ours) return Mistake{pointer, "the gateway writes this one itself"};
    if (!is_token(name)) return Mistake{pointer, "this is no name of a header field"};
    if (!is_clean) return Mistake{pointer, "this has control characters in it"};
    fields.add(name, *value.string());
  }
  return std::nullopt;
}

struct Place {
  Url url;
  const config::Endpoint* endpoint = nullptr;
};

std::variant<Place, Mistake> place_of(std::string_view name, const Asking& asking) {
  const std::string_view domain = domain_of(name);
  std::string text = asking.arguments.text_or("url", "");
  if (domain == "github.com" && text.starts_with('/')) text = "https://api.github.com" + text;
  const auto url = parse_https(text);
  if (!url) return Mistake{"/arguments/url", url.error().what};
  const bool is_plain = std::ranges::all_of(url->path, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!is_plain) return Mistake{"/arguments/url", "what is no visible ASCII is written as %XX"};
  if (!is_within(url->host, domain)) {
    return Mistake{"/arguments/url", fmt::format("{} is for hosts of {}", name, domain)};
  }
  const config::Endpoint* endpoint = asking.snapshot.find_endpoint(asking.profile, url->host, url->port);
  if (endpoint == nullptr || !speaks_http(*endpoint) || !asking.snapshot.reaches(asking.profile, *endpoint)) {
    return Mistake{"/arguments/url", fmt::format("no endpoint of profile `{}` has {}", asking.profile,
                                                 quoted(fmt::format("{}:{}", url->host, url->port)))};
  }
  return Place{*url, endpoint};
}

// As a person and the record see it: no values that are secrets by their name.
json::Value shown(const json::Value& arguments) {
  json::Object out;
  const auto digest = [](std::string_view text) {
    return "sha256:" + to_hex(crypto::view(crypto::sha256(text)));
  };
  for (const auto& [name, value] : *arguments.object()) {
    if (name == "url") {
      const std::string hidden = action::shown_target(*value.string());
      out.emplace_back(name, hidden);
      if (hidden != *value.string()) out.emplace_back("url_digest", digest(*value.string()));
    } else if (name == "headers") {
      json::Object fields;
      for (const auto& [field, text] : *value.object()) {
        const bool is_hidden = is_one_of(carriers, lower(field));
        fields.emplace_back(field, is_hidden ? digest(*text.string()) : *text.string());
      }
      out.emplace_back(name, std::move(fields));
    } else {
      out.emplace_back(name, value);
    }
  }
  return out;
}

std::optional<bool> destroys(std::string_view method) {
  if (method == "DELETE") return true;
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return false;
  return std::nullopt;  // A POST may carry anything: what is sent will be read on its way.
}

Plan plan(std::string_view name, const Asking& asking) {
  Wanted wanted;
  wanted.head.method = upper(asking.arguments.text_or("method", ""));
  if (!is_one_of(methods, wanted.head.method)) return Mistake{"/arguments/method", std::string(method_help)};
  auto found = place_of(name, asking);
  if (auto* mistake = std::get_if<Mistake>(&found)) return std::move(*mistake);
  const Place& place = std::get<Place>(found);
  if (auto mistake = add_fields(asking.arguments, wanted.head.fields)) return std::move(*mistake);
  if (const json::Value* body = asking.arguments.find("body")) {
    wanted.body = body->string() != nullptr ? *body->string() : json::format(*body);
    const bool is_json = body->string() == nullptr;
    if (is_json && !wanted.head.fields.find("content-type")) {
      wanted.head.fields.add("Content-Type", "application/json");
    }
  }
  wanted.goal = {place.endpoint->typed, place.url.host, place.url.port};
  wanted.head.scheme = "https";
  wanted.head.authority =
      place.url.port == 443 ? place.url.host : fmt::format("{}:{}", place.url.host, place.url.port);
  wanted.head.path = place.url.path;

  Planned made;
  made.covers = action::covered_http(place.endpoint->typed, {wanted.head.authority, wanted.head.method,
                                                             wanted.head.path, wanted.body});
  made.call.name = name;
  json::Object filled{{"endpoint", place.endpoint->typed}};
  for (const auto& [field, value] : *asking.arguments.object()) {
    if (field == "method") {
      filled.emplace_back(field, wanted.head.method);
    } else if (field == "url") {
      filled.emplace_back(field, "https://" + wanted.head.authority + wanted.head.path);
    } else {
      filled.emplace_back(field, value);
    }
  }
  made.call.arguments = json::Value(std::move(filled));
  made.call.shown = shown(made.call.arguments);
  made.call.gist = fmt::format("{} {}{}", wanted.head.method, wanted.head.authority,
                               wanted.head.path.substr(0, wanted.head.path.find('?')));
  made.call.destructive = destroys(wanted.head.method);
  made.call.reads_only = made.call.destructive == false;
  made.start = [wanted = std::move(wanted)](Seat seat) -> std::unique_ptr<Run> {
    return std::make_unique<RequestRun>(std::move(seat), wanted);
  };
  return made;
}

}  // namespace

constinit const Row http_request{
    "http.request", "Sends one HTTPS request to a host of an endpoint and returns the answer.",
    any_fields,     true,
    is_for_any,     plan};
constinit const Row github_request{
    "github.request", "Sends one request to GitHub's API and returns the answer.",
    bound_fields,     true,
    is_for_github,    plan};
constinit const Row gcp_request{
    "gcp.request", "Sends one request to a Google Cloud API and returns the answer.",
    bound_fields,  true,
    is_for_gcp,    plan};
constinit const Row aws_request{"aws.request", "Sends one request to an AWS API and returns the answer.",
                                 bound_fields, true, is_for_aws, plan};

}  // namespace claw::toolcall
