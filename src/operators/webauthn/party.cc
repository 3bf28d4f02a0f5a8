#include "operators/webauthn/party.h"

#include "base/host.h"
#include "base/json.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "operators/webauthn/cose.h"

namespace claw::webauthn {

namespace {

constexpr int timeout_ms = 120'000;  // As long as a challenge is good for.
constexpr std::string_view party_name = "Claw Patrol";

bool is_loopback_name(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

void append_ids(json::Writer& w, std::string_view member, std::span<const std::string> ids) {
  w.key(member);
  w.begin_array();
  for (const std::string& id : ids) {
    w.begin_object();
    w.member("type", "public-key");
    w.member("id", base64url(id));
    w.end_object();
  }
  w.end_array();
}

}  // namespace

Result<Party> party_of(std::string_view public_url) {
  const Error unsupported{Code::unsupported,
                          "passkeys need `public_url` to be https with a host's name, or localhost", {}};
  std::string_view rest = public_url;
  std::string_view scheme;
  for (const std::string_view each : {"https://", "http://"}) {
    if (rest.starts_with(each)) scheme = each;
  }
  if (scheme.empty()) return unsupported;
  rest.remove_prefix(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view host = authority.substr(0, authority.find(':'));
  std::string_view port = authority.substr(host.size());
  if (port == (scheme == "https://" ? ":443" : ":80")) port = {};
  const bool is_port = port.empty() || (port.size() > 1 && port.size() <= 6 &&
                                        port.find_first_not_of("0123456789", 1) == std::string_view::npos);
  // In capitals it would be another origin than the one browsers say.
  if (!is_port || lower(host) != host || !is_host_name(host) || ends_in_number(host)) return unsupported;
  if (scheme == "http://" && !is_loopback_name(host)) return unsupported;
  return Party{std::string(host), std::string(scheme) + std::string(host) + std::string(port)};
}

Status check_client_data(std::string_view text, Ceremony ceremony, const Party& party,
                         const IsOurs& is_ours) {
  if (text.size() > client_data_bytes_max) return Error{Code::limit, "client data is too long", {}};
  CLAW_TRY(const json::Value data, json::parse(text));
  if (data.object() == nullptr) return invalid("client data is no object");
  const std::string_view type = ceremony == Ceremony::create ? "webauthn.create" : "webauthn.get";
  if (data.text_or("type", "") != type) return Error{Code::denied, "client data of another ceremony", {}};
  if (data.text_or("origin", "") != party.origin) {
    return Error{Code::denied, "client data of another origin: " + quoted(data.text_or("origin", "")), {}};
  }
  const json::Value* cross = data.find("crossOrigin");
  const bool is_cross = cross != nullptr && (cross->boolean() == nullptr || *cross->boolean());
  if (is_cross || data.find("topOrigin") != nullptr) {
    return Error{Code::denied, "client data from a frame of another origin", {}};
  }
  const Result<std::string> challenge = from_base64url(data.text_or("challenge", ""));
  if (!challenge || !is_ours(*challenge)) {
    return Error{Code::denied, "the challenge is not for this, was used, or is too old", {}};
  }
  return Done{};
}

std::string creation_options(const Party& party, const User& user, std::string_view challenge,
                             std::span<const std::string> known_ids) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.key("rp");
  w.begin_object();
  w.member("id", party.id);
  w.member("name", party_name);
  w.end_object();
  w.key("user");
  w.begin_object();
  w.member("id", base64url(user.handle));
  w.member("name", user.name);
  w.member("displayName", user.name);
  w.end_object();
  w.member("challenge", base64url(challenge));
  w.key("pubKeyCredParams");
  w.begin_array();
  for (const int algorithm : {es256, eddsa, rs256}) {
    w.begin_object();
    w.member("type", "public-key");
    w.member("alg", algorithm);
    w.end_object();
  }
  w.end_array();
  w.member("timeout", timeout_ms);
  append_ids(w, "excludeCredentials", known_ids);
  w.key("authenticatorSelection");
  w.begin_object();
  w.member("residentKey", "preferred");
  w.member("requireResidentKey", false);
  w.member("userVerification", "preferred");
  w.end_object();
  w.member("attestation", "none");
  w.end_object();
  return text;
}

std::string request_options(const Party& party, std::string_view challenge,
                            std::span<const std::string> allowed_ids, Verification verification) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("challenge", base64url(challenge));
  w.member("timeout", timeout_ms);
  w.member("rpId", party.id);
  append_ids(w, "allowCredentials", allowed_ids);
  w.member("userVerification", verification == Verification::required ? "required" : "preferred");
  w.end_object();
  return text;
}

}  // namespace claw::webauthn
