#include "vault/kinds/oauth.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/kinds.h"

namespace claw::vault {

namespace {

// RFC 6749 §5.1: `expires_in` is only recommended.
constexpr std::int64_t lives_s_default = 3600;
// No endpoint gives more, and a larger number must not overflow.
constexpr std::int64_t lives_s_max = 366 * 86400;

using Pairs = std::vector<std::pair<std::string, Secret>>;

Pairs refresh_fields(const Provider& provider, const Secret& refresh_token) {
  Pairs fields;
  fields.emplace_back("grant_type", Secret("refresh_token"));
  fields.emplace_back("refresh_token", refresh_token.clone());
  if (!provider.audience.empty()) fields.emplace_back("audience", Secret(provider.audience));
  if (!provider.resource.empty()) fields.emplace_back("resource", Secret(provider.resource));
  return fields;
}

Pairs client_fields(const Provider& provider) {
  Pairs fields;
  fields.emplace_back("grant_type", Secret("client_credentials"));
  if (!provider.scopes.empty()) fields.emplace_back("scope", Secret(provider.scopes));
  if (!provider.audience.empty()) fields.emplace_back("audience", Secret(provider.audience));
  return fields;
}

Secret encode_fields(BodyStyle style, const Pairs& fields) {
  if (style == BodyStyle::form) {
    Form form;
    for (const auto& [name, value] : fields) form.add(name, value.reveal());
    return std::move(form).finish();
  }
  std::string text;
  text.reserve(8 << 10);
  json::Writer w(text);
  w.begin_object();
  for (const auto& [name, value] : fields) w.member(name, value.reveal());
  w.end_object();
  return Secret(std::move(text));
}

// What was found out when a person connected it. A login at one server is nothing for another, should the
// policy's `url` have changed since.
Status found_out(const Job& job, Provider& provider) {
  CLAW_TRY(const Secret token_url, job.secrets.get("token_url"));
  provider.token_url = std::string(token_url.reveal());
  if (auto url = parse_https(provider.token_url); !url) return std::move(url).error();
  CLAW_TRY(const std::optional<Secret> style, job.secrets.find("auth_style"));
  if (style && style->reveal() == "basic") provider.auth = AuthStyle::basic;
  CLAW_TRY(const std::optional<Secret> resource, job.secrets.find("resource"));
  if (resource) provider.resource = std::string(resource->reveal());
  return Done{};
}

Status check_server(const Job& job) {
  if (job.credential.kind != "mcp_oauth") return Done{};
  CLAW_TRY(const std::optional<Secret> resource, job.secrets.find("resource"));
  if (!resource) return Done{};
  const std::string url(job.credential.setting("resource"));
  const std::string_view origin = std::string_view(url).substr(0, url.find('/', url.find("//") + 2));
  const std::string_view kept = resource->reveal();
  const bool is_it = kept == origin || (kept.starts_with(origin) && kept[origin.size()] == '/');
  if (is_it) return Done{};
  return Error{Code::denied, "this login is for another server; connect it again", {}};
}

// A dynamically registered client has its id among the secrets, as connect.h keeps it there.
Result<Provider> known_provider(const Job& job) {
  CLAW_TRY(Provider provider, provider_of(job.credential));
  if (job.credential.kind == "mcp_oauth") CLAW_TRY_DONE(found_out(job, provider));
  else if (!provider.client_id.empty() || provider.register_url.empty()) return provider;
  if (!provider.client_id.empty()) return provider;
  CLAW_TRY(const std::optional<Secret> id, job.secrets.find("client_id"));
  if (id) provider.client_id = std::string(id->reveal());
  return provider;
}

// A refusal's code is a word (RFC 6749 §5.2); anything else may be an echo of what was sent.
std::string error_word(std::string_view answer) {
  const Result<json::Value> parsed = json::parse(answer);
  if (!parsed || parsed->object() == nullptr) return {};
  std::string word = parsed->text_or("error", "");
  if (const json::Value* error = parsed->find("error"); error != nullptr && error->object() != nullptr) {
    word = error->text_or("type", error->text_or("code", ""));
  }
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return word.size() <= 40 && std::ranges::all_of(word, fits) ? word : std::string();
}

}  // namespace

bool is_document(std::string_view client_id) { return client_id.starts_with("https://"); }

Error refusal_of(int status, std::string_view answer) {
  const std::string word = error_word(answer);
  return Error{status >= 400 && status < 500 && status != 408 && status != 429 ? Code::denied
                                                                               : Code::unavailable,
               fmt::format("the token endpoint answered {}{}{}", status, word.empty() ? "" : ", ", word), {}};
}

Result<Exchange> post(const Credential& credential, std::string_view url) {
  CLAW_TRY(Url to, parse_https(url));
  Exchange exchange;
  exchange.credential = credential.name;
  exchange.entry = credential.name;
  exchange.method = "POST";
  exchange.host = std::move(to.host);
  exchange.port = to.port;
  exchange.path = std::move(to.path);
  exchange.fields = {{"Accept", "application/json"}};
  return exchange;
}

Result<Exchange> token_request(const Credential& credential, const Provider& provider, Pairs fields,
                               const std::optional<Secret>& client_secret) {
  CLAW_TRY(Exchange exchange, post(credential, provider.token_url));
  if (provider.auth == AuthStyle::basic && client_secret) {
    const Secret pair = joined({percent_encode(provider.client_id), ":",
                                percent_encode(client_secret->reveal())});
    exchange.authorization = joined({"Basic ", to_base64(pair.reveal())});
  } else {
    if (!provider.client_id.empty()) fields.emplace_back("client_id", Secret(provider.client_id));
    if (client_secret) fields.emplace_back("client_secret", client_secret->clone());
  }
  exchange.fields.emplace_back("Content-Type", provider.body == BodyStyle::json
                                                   ? "application/json"
                                                   : "application/x-www-form-urlencoded");
  exchange.body = encode_fields(provider.body, fields);
  return exchange;
}

Result<Token> token_for(const Job& job) {
  CLAW_TRY_DONE(check_server(job));
  CLAW_TRY(const std::optional<Secret> refresh, job.secrets.find("refresh_token"));
  CLAW_TRY(std::optional<Secret> client, job.secrets.find("client_secret"));
  if (is_document(job.credential.setting("client_id"))) client.reset();
  const bool by_client = job.credential.kind == "oauth2" && client && !refresh;
  if (!refresh && !by_client) {  // A token without an end, as personal ones are.
    auto token = job.secrets.get("access_token");
    if (!token && token.error().code == Code::not_found && job.credential.kind == "mcp_oauth") {
      return Error{Code::not_found, "nobody has logged in yet: `clawpatrol credentials connect`", {}};
    }
    if (!token) return std::move(token).error();
    Grant grant;
    grant.token = std::move(*token);
    return Token(std::move(grant));
  }
  CLAW_TRY(const Provider provider, known_provider(job));
  const Origin origin = origin_of(job.credential, {client ? client->reveal() : ""},
                                  refresh ? refresh->reveal() : "");
  CLAW_TRY(std::optional<Grant> live, job.grant(origin));
  if (live) return Token(std::move(*live));
  Pairs fields = by_client ? client_fields(provider) : Pairs();
  if (!by_client) {
    const std::optional<Secret> renewed = job.grants.renewed(job.credential.name, origin);
    fields = refresh_fields(provider, renewed ? *renewed : *refresh);
  }
  CLAW_TRY(Exchange exchange, token_request(job.credential, provider, std::move(fields), client));
  exchange.state = state_of(job.credential, origin);
  return Token(std::move(exchange));
}

Result<Grant> read_oauth(std::string_view answer, std::int64_t /*now_us*/) {
  const Result<json::Value> parsed = json::parse(answer);
  if (!parsed) return invalid("the token endpoint answered no JSON");
  // Some endpoints answer 200 with an error inside.
  if (parsed->find("error") != nullptr) return refusal_of(400, answer);
  Grant grant;
  grant.token = Secret(parsed->text_or("access_token", ""));
  grant.renewed = Secret(parsed->text_or("refresh_token", ""));
  const std::string type = parsed->text_or("token_type", "Bearer");
  if (grant.token.empty()) return invalid("the token endpoint answered without an access_token");
  if (!equals_ignoring_case(type, "bearer")) {
    return invalid("the token endpoint gave a token that is no bearer");
  }
  const std::int64_t lives_s = parsed->int_or("expires_in", lives_s_default);
  grant.lives_us = std::clamp<std::int64_t>(lives_s, 0, lives_s_max) * 1'000'000;
  return grant;
}

// `KIND REST SEED`: digests only, so it may be seen.
std::string state_of(const Credential& credential, const Origin& origin) {
  return fmt::format("{} {} {}", credential.kind, origin.rest, origin.seed);
}

Result<State> parse_state(std::string_view state) {
  const std::vector<std::string_view> parts = split(state, ' ');
  if (parts.size() != 3) return invalid("no exchange of the vault's");
  return State{std::string(parts[0]), {std::string(parts[1]), std::string(parts[2])}};
}

Result<Injection> lend_oauth(const Job& job) {
  CLAW_TRY(Token token, token_for(job));
  if (auto* exchange = std::get_if<Exchange>(&token)) return Injection(std::move(*exchange));
  Draft draft(job.credential);
  CLAW_TRY_DONE(draft.authorization("Bearer", std::get<Grant>(token).token));
  return std::move(draft).finish();
}

}  // namespace claw::vault
