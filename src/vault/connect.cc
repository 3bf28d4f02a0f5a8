#include "vault/connect.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "vault/challenge.h"
#include "vault/kinds/encode.h"

namespace claw::vault {

namespace {

// RFC 8628 §3.2 and §3.5.
constexpr std::int64_t interval_s_default = 5;
constexpr std::int64_t interval_s_max = 60;
constexpr std::int64_t slow_down_s = 5;
constexpr std::int64_t code_lives_s_max = 1800;
// Nobody listens there: the person copies the address their browser could not open.
constexpr std::string_view redirect_default = "http://localhost:1456/callback";

std::string random_word() {
  std::string bytes(32, '\0');
  fill_random(bytes);
  return base64url(bytes);
}

bool is_printable(std::string_view text) {
  return !text.empty() && text.size() <= 2000 &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string value_of(const std::vector<std::pair<std::string, std::string>>& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

struct Pasted {
  std::string code;
  std::string state;
  std::string issuer = {};
};

// The whole address, or what some vendors show: `CODE#STATE`, or the code alone.
Result<Pasted> parse_pasted(std::string_view text) {
  text = trim(text);
  if (!is_printable(text)) return invalid("what was pasted is no code and no address");
  if (text.find("://") == std::string_view::npos) {
    const std::size_t hash = std::min(text.find('#'), text.size());
    return Pasted{std::string(text.substr(0, hash)),
                  std::string(text.substr(std::min(hash + 1, text.size())))};
  }
  const auto pairs = parse_query(query_of(text.substr(0, text.find('#'))));
  if (!value_of(pairs, "error").empty()) {
    return Error{Code::denied, "the vendor says that consent was refused", {}};
  }
  Pasted pasted{value_of(pairs, "code"), value_of(pairs, "state"), value_of(pairs, "iss")};
  if (pasted.code.empty()) return invalid("the pasted address has no `code`");
  return pasted;
}

}  // namespace

Connect::Connect(const Credential& credential, Provider provider, std::optional<Secret> client_secret,
                 const Clock& clock)
    : credential_(credential), provider_(std::move(provider)), client_secret_(std::move(client_secret)),
      clock_(&clock), at_(At::pasting), state_(random_word()), verifier_(random_word()) {
  if (provider_.redirect_url.empty()) provider_.redirect_url = redirect_default;
  if (!provider_.device_url.empty()) at_ = At::asking_code;
  else if (!provider_.resource.empty()) at_ = At::asking_server;
  else if (provider_.client_id.empty()) at_ = At::registering;
}

Result<Connect> Connect::begin(const Credential& credential, std::optional<Secret> client_secret,
                               const Clock& clock) {
  CLAW_TRY(Provider provider, provider_of(credential));
  if (!provider.resource.empty()) {
    CLAW_TRY(std::vector<std::string> places, resource_metadata_urls(provider.resource));
    // One of an earlier registration; documents have none.
    if (provider.client_id.empty() || is_document(provider.client_id)) client_secret.reset();
    Connect connect(credential, std::move(provider), std::move(client_secret), clock);
    connect.places_ = std::move(places);
    return connect;
  }
  if (provider.device_url.empty() && provider.auth_url.empty()) {
    return invalid("this credential has neither `device_url` nor `auth_url`: a person cannot connect it");
  }
  for (const std::string* url : {&provider.device_url, &provider.auth_url, &provider.register_url}) {
    if (url->empty()) continue;
    if (auto parsed = parse_https(*url); !parsed) return std::move(parsed).error();
  }
  if (provider.client_id.empty() && provider.register_url.empty()) {
    return invalid("this credential needs the `client_id` of an app registered with the vendor");
  }
  return Connect(credential, std::move(provider), std::move(client_secret), clock);
}

Result<Step> Connect::next() {
  if (until_us_ != 0 && clock_->monotonic_us() >= until_us_) {
    return Error{Code::timeout, "the code has expired; begin again", {}};
  }
  switch (at_) {
    case At::showing_code: at_ = At::waiting; return Step(show_);
    case At::waiting: at_ = At::polling; return Step(Pause{interval_us_});
    case At::pasting: return Step(AskPaste{authorize_url()});
    case At::done: return Step(std::exchange(connected_, {}));
    case At::asking_server:
    case At::finding_server:
    case At::finding_addresses:
    case At::registering:
    case At::asking_code:
    case At::polling:
    case At::redeeming: break;
  }
  const bool is_finding = at_ == At::finding_server || at_ == At::finding_addresses;
  CLAW_TRY(Exchange exchange, at_ == At::asking_server ? knock()
                              : is_finding             ? metadata_request()
                              : at_ == At::registering   ? registration()
                              : at_ == At::asking_code ? device_request()
                              : at_ == At::polling     ? poll()
                                                       : redemption());
  return Step(std::move(exchange));
}

Status Connect::answered(int status, std::string_view body, std::string_view challenge) {
  if (at_ == At::asking_server) return on_challenge(status, challenge), Done{};
  if (at_ == At::polling) return on_poll(status, body);
  if (at_ == At::finding_server || at_ == At::finding_addresses) return on_metadata(status, body);
  if (status < 200 || status >= 300) return refusal_of(status, body);
  if (at_ == At::registering) return on_registered(body);
  if (at_ == At::asking_code) return on_code(body);
  if (at_ == At::redeeming) return on_token(body);
  return invalid("nothing was asked");
}

Status Connect::pasted(std::string_view text) {
  if (at_ != At::pasting) return invalid("nothing was asked");
  CLAW_TRY(Pasted pasted, parse_pasted(text));
  // PKCE ties a bare code to this session; without PKCE only the state does.
  const bool is_ours = pasted.state.empty() ? provider_.pkce : crypto::equal(pasted.state, state_);
  if (!is_ours) return Error{Code::denied, "what was pasted belongs to another attempt; begin again", {}};
  // RFC 9207 §2.4: a code of another server would be given away to this one.
  if (!pasted.issuer.empty() && !issuer_.empty() && pasted.issuer != issuer_) {
    return Error{Code::denied, "another authorization server has answered: " + quoted(pasted.issuer), {}};
  }
  if (server_.says_issuer && pasted.issuer.empty()) {
    return Error{
        Code::denied, "paste the whole address: it says which authorization server has answered", {}};
  }
  code_ = Secret(std::move(pasted.code));
  at_ = At::redeeming;
  return Done{};
}

std::string Connect::authorize_url() const {
  Form query;
  query.add("response_type", "code").add("client_id", provider_.client_id);
  const std::string wanted = scopes();
  query.add("redirect_uri", provider_.redirect_url).add_unless_empty("scope", wanted);
  // OpenID Connect Core §11: without it the scope is passed over.
  if ((" " + wanted + " ").find(" offline_access ") != std::string::npos) query.add("prompt", "consent");
  query.add_unless_empty("audience", provider_.audience).add_unless_empty("resource", provider_.resource);
  if (provider_.pkce) {
    query.add("code_challenge", base64url(crypto::view(crypto::sha256(verifier_.reveal()))));
    query.add("code_challenge_method", "S256");
  }
  query.add("state", state_);
  std::string url = provider_.auth_url;
  url += url.find('?') == std::string::npos ? '?' : '&';
  if (!provider_.auth_extra.empty()) url.append(provider_.auth_extra).append("&");
  return url.append(std::move(query).finish().reveal());
}

// What a server without a login would answer as well: only its refusal is looked at.
Result<Exchange> Connect::knock() const {
  CLAW_TRY(Exchange exchange, post(credential_, provider_.resource));
  exchange.fields = {{"Accept", "application/json, text/event-stream"}, {"Content-Type", "application/json"}};
  exchange.body = Secret(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  return exchange;
}

void Connect::on_challenge(int status, std::string_view challenge) {
  at_ = At::finding_server;
  if (status != 401) return;
  Challenge said = read_challenge(challenge);
  wanted_scopes_ = std::move(said.scope);
  if (parse_https(said.resource_metadata)) places_.insert(places_.begin(), std::move(said.resource_metadata));
}

Result<Exchange> Connect::metadata_request() const {
  CLAW_TRY(Exchange exchange, post(credential_, places_.front()));
  exchange.method = "GET";
  return exchange;
}

void Connect::find_addresses(std::string issuer) {
  issuer_ = std::move(issuer);
  at_ = At::finding_addresses;
  places_ = server_metadata_urls(issuer_).value();
}

// What is not there is looked for at the next place; servers of the first versions are their own issuers.
Status Connect::on_metadata(int status, std::string_view body) {
  if (status < 200 || status >= 300) {
    places_.erase(places_.begin());
    if (!places_.empty()) return Done{};
    if (at_ == At::finding_addresses) return refusal_of(status, body);
    const std::string& resource = provider_.resource;
    find_addresses(resource.substr(0, resource.find('/', resource.find("//") + 2)));
    return Done{};
  }
  if (at_ == At::finding_addresses) return on_login_server(body);
  CLAW_TRY(Resource found, read_resource_metadata(provider_.resource, body));
  provider_.resource = std::move(found.resource);
  if (wanted_scopes_.empty()) wanted_scopes_ = std::move(found.scopes);
  find_addresses(std::move(found.issuer));
  return Done{};
}

Status Connect::on_login_server(std::string_view body) {
  CLAW_TRY(server_, read_server_metadata(issuer_, body));
  provider_.auth_url = server_.auth_url;
  provider_.token_url = server_.token_url;
  provider_.register_url = server_.register_url;
  if (is_document(provider_.client_id) && !server_.takes_documents) {
    return invalid("its authorization server takes no client that is a document's address: leave `client_id` "
                   "out, or register one there");
  }
  if (provider_.client_id.empty() && provider_.register_url.empty()) {
    return invalid("its authorization server registers no clients: the policy has to say a `client_id`");
  }
  at_ = provider_.client_id.empty() ? At::registering : At::pasting;
  return choose_proof();
}

// RFC 8414 §2: who does not say takes Basic; and real ones take public clients without saying so.
Status Connect::choose_proof() {
  if (at_ == At::pasting) {
    const bool in_body =
        server_.takes_proof("client_secret_post") && !server_.takes_proof("client_secret_basic");
    if (client_secret_) provider_.auth = in_body ? AuthStyle::body : AuthStyle::basic;
    return Done{};
  }
  for (const std::string_view each : {"none", "client_secret_basic", "client_secret_post"}) {
    if (!proof_.empty() || (!server_.proofs.empty() && !server_.takes_proof(each))) continue;
    proof_ = each;
  }
  if (!proof_.empty()) return Done{};
  return Error{
      Code::unsupported, "its authorization server wants a proof of clients that is not known here", {}};
}

// With a refresh token nobody has to log in again tomorrow.
std::string Connect::scopes() const {
  if (!provider_.scopes.empty() || !server_.has_offline) {
    return provider_.scopes.empty() ? wanted_scopes_ : provider_.scopes;
  }
  const bool is_there = (" " + wanted_scopes_ + " ").find(" offline_access ") != std::string::npos;
  if (is_there) return wanted_scopes_;
  return wanted_scopes_.empty() ? "offline_access" : wanted_scopes_ + " offline_access";
}

Result<Exchange> Connect::registration() const {
  CLAW_TRY(Exchange exchange, post(credential_, provider_.register_url));
  exchange.fields.emplace_back("Content-Type", "application/json");
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("client_name", "Claw Patrol");
  w.member("redirect_uris", std::vector<std::string>{provider_.redirect_url});
  w.member("grant_types", std::vector<std::string>{"authorization_code", "refresh_token"});
  w.member("response_types", std::vector<std::string>{"code"});
  w.member("token_endpoint_auth_method", proof_.empty() ? "none" : proof_);
  // OpenID Connect Registration §2: a web application's addresses are none of a person's own machine.
  const bool is_here = provider_.redirect_url.starts_with("http://");
  w.member("application_type", is_here ? "native" : "web");
  w.member_unless_empty("scope", scopes());
  w.end_object();
  exchange.body = Secret(std::move(body));
  return exchange;
}

Result<Exchange> Connect::device_request() const {
  CLAW_TRY(Exchange exchange, post(credential_, provider_.device_url));
  exchange.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  Form form;
  form.add("client_id", provider_.client_id).add_unless_empty("scope", provider_.scopes);
  form.add_unless_empty("audience", provider_.audience);
  exchange.body = std::move(form).finish();
  return exchange;
}

Result<Exchange> Connect::poll() const {
  std::vector<std::pair<std::string, Secret>> fields;
  fields.emplace_back("grant_type", Secret("urn:ietf:params:oauth:grant-type:device_code"));
  fields.emplace_back("device_code", code_.clone());
  return token_request(credential_, provider_, std::move(fields), client_secret_);
}

Result<Exchange> Connect::redemption() const {
  std::vector<std::pair<std::string, Secret>> fields;
  fields.emplace_back("grant_type", Secret("authorization_code"));
  fields.emplace_back("code", code_.clone());
  fields.emplace_back("redirect_uri", Secret(provider_.redirect_url));
  if (provider_.pkce) fields.emplace_back("code_verifier", verifier_.clone());
  if (!provider_.resource.empty()) fields.emplace_back("resource", Secret(provider_.resource));
  // Not of the standard; this vendor wants it.
  if (credential_.kind == "anthropic_oauth_subscription") fields.emplace_back("state", Secret(state_));
  return token_request(credential_, provider_, std::move(fields), client_secret_);
}

Status Connect::on_registered(std::string_view body) {
  CLAW_TRY(const json::Value answer, json::parse(body));
  provider_.client_id = answer.text_or("client_id", "");
  if (!is_printable(provider_.client_id)) return invalid("the vendor registered no client");
  const std::string secret = answer.text_or("client_secret", "");
  const std::string proof = answer.text_or("token_endpoint_auth_method", proof_);
  if (!secret.empty() && proof != "none") client_secret_ = Secret(secret);
  if (proof == "client_secret_basic") provider_.auth = AuthStyle::basic;
  registered_ = true;
  at_ = At::pasting;
  return Done{};
}

Status Connect::on_code(std::string_view body) {
  CLAW_TRY(const json::Value answer, json::parse(body));
  code_ = Secret(answer.text_or("device_code", ""));
  show_ = {answer.text_or("verification_uri", answer.text_or("verification_url", "")),
           answer.text_or("user_code", "")};
  if (code_.empty() || !is_printable(show_.code) || !is_printable(show_.url) || !parse_https(show_.url)) {
    return invalid("the vendor gave no code to show");
  }
  const auto seconds = [&](const char* key, std::int64_t otherwise, std::int64_t most) {
    return std::clamp<std::int64_t>(answer.int_or(key, otherwise), 1, most) * 1'000'000;
  };
  interval_us_ = seconds("interval", interval_s_default, interval_s_max);
  until_us_ = clock_->monotonic_us() + seconds("expires_in", code_lives_s_max, code_lives_s_max);
  at_ = At::showing_code;
  return Done{};
}

// RFC 8628 §3.5; some vendors say these errors with status 200.
Status Connect::on_poll(int status, std::string_view body) {
  const Result<json::Value> answer = json::parse(body);
  const std::string error = answer ? answer->text_or("error", "") : "";
  if (error == "authorization_pending" || error == "slow_down") {
    if (error == "slow_down") interval_us_ += slow_down_s * 1'000'000;
    at_ = At::waiting;
    return Done{};
  }
  if (status < 200 || status >= 300) return refusal_of(status, body);
  return on_token(body);
}

Status Connect::on_token(std::string_view body) {
  CLAW_TRY(Grant grant, read_oauth(body, clock_->wall_us()));
  // With a refresh token the other would be stale by the time it is used.
  if (grant.renewed.empty()) connected_.secrets.emplace_back("access_token", std::move(grant.token));
  else connected_.secrets.emplace_back("refresh_token", std::move(grant.renewed));
  connected_.stale = {"access_token", "refresh_token"};
  if (credential_.kind == "mcp_oauth") {
    connected_.secrets.emplace_back("token_url", Secret(provider_.token_url));
    connected_.secrets.emplace_back("resource", Secret(provider_.resource));
    connected_.stale.emplace_back("auth_style");
    if (provider_.auth == AuthStyle::basic) connected_.secrets.emplace_back("auth_style", Secret("basic"));
  }
  if (registered_) {
    connected_.stale.emplace_back("client_secret");
    connected_.secrets.emplace_back("client_id", Secret(provider_.client_id));
    if (client_secret_) connected_.secrets.emplace_back("client_secret", client_secret_->clone());
  }
  until_us_ = 0;
  at_ = At::done;
  return Done{};
}

}  // namespace claw::vault
