#include "vault/discovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "base/web/encoding.h"
#include "vault/challenge.h"

namespace claw::vault {
namespace {

struct Parts {
  std::string origin;  // `https://host[:port]`
  std::string path;    // Without a slash at its end; may be empty.
};

Result<Parts> parts_of(std::string_view text) {
  CLAW_TRY(const Url url, parse_https(text));
  const std::size_t begin = text.find("//") + 2;
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  std::string path = url.path.substr(0, url.path.find('?'));
  while (path.ends_with('/')) path.pop_back();
  return Parts{std::string(text.substr(0, end)), path};
}

Result<std::string> https_member(const json::Value& document, std::string_view name) {
  const std::string url = document.text_or(name, "");
  if (auto parsed = parse_https(url); !parsed) {
    return invalid(fmt::format("the metadata's `{}` is no https address", name));
  }
  return url;
}

std::vector<std::string> texts_in(const json::Value& document, std::string_view name) {
  std::vector<std::string> texts;
  const json::Value* found = document.find(name);
  if (found == nullptr || found->array() == nullptr) return texts;
  for (const json::Value& each : *found->array()) {
    if (each.string() != nullptr) texts.push_back(*each.string());
  }
  return texts;
}

bool has(const json::Value& document, std::string_view list, std::string_view wanted) {
  const std::vector<std::string> texts = texts_in(document, list);
  return std::ranges::find(texts, wanted) != texts.end();
}

}  // namespace

// RFC 9728 §3.1: between the host and the path; some servers have it only at the root.
Result<std::vector<std::string>> resource_metadata_urls(std::string_view resource) {
  CLAW_TRY(const Parts parts, parts_of(resource));
  const std::string root = parts.origin + "/.well-known/oauth-protected-resource";
  if (parts.path.empty()) return std::vector<std::string>{root};
  return std::vector<std::string>{root + parts.path, root};
}

// RFC 8414 §3.1, and as OpenID Connect Discovery has it.
Result<std::vector<std::string>> server_metadata_urls(std::string_view issuer) {
  CLAW_TRY(const Parts parts, parts_of(issuer));
  std::vector<std::string> urls = {parts.origin + "/.well-known/oauth-authorization-server" + parts.path,
                                   parts.origin + "/.well-known/openid-configuration" + parts.path};
  if (!parts.path.empty()) urls.push_back(parts.origin + parts.path + "/.well-known/openid-configuration");
  return urls;
}

Result<Resource> read_resource_metadata(std::string_view resource, std::string_view body) {
  CLAW_TRY(const json::Value document, json::parse(body));
  CLAW_TRY(const Parts asked, parts_of(resource));
  Resource found;
  found.resource = document.text_or("resource", "");
  CLAW_TRY(const Parts about, parts_of(found.resource));
  const bool is_it = about.origin == asked.origin && (about.path == asked.path || about.path.empty());
  if (!is_it) return invalid("the server's metadata is about another resource, " + quoted(found.resource));
  const std::vector<std::string> servers = texts_in(document, "authorization_servers");
  if (servers.empty()) return invalid("the server's metadata names no authorization server");
  found.issuer = servers.front();
  CLAW_TRY_DONE(parts_of(found.issuer));
  found.scopes = scopes_in(join(texts_in(document, "scopes_supported"), " "));
  return found;
}

bool LoginServer::takes_proof(std::string_view name) const {
  return std::ranges::find(proofs, name) != proofs.end();
}

Result<LoginServer> read_server_metadata(std::string_view issuer, std::string_view body) {
  CLAW_TRY(const json::Value document, json::parse(body));
  if (document.text_or("issuer", "") != issuer) {
    return invalid("the authorization server's metadata is of another issuer");
  }
  if (!has(document, "code_challenge_methods_supported", "S256")) {
    return Error{Code::unsupported, "the authorization server does not say that it has PKCE with S256", {}};
  }
  LoginServer found;
  CLAW_TRY(found.auth_url, https_member(document, "authorization_endpoint"));
  CLAW_TRY(found.token_url, https_member(document, "token_endpoint"));
  if (document.find("registration_endpoint") != nullptr) {
    CLAW_TRY(found.register_url, https_member(document, "registration_endpoint"));
  }
  found.proofs = texts_in(document, "token_endpoint_auth_methods_supported");
  found.says_issuer = document.bool_or("authorization_response_iss_parameter_supported", false);
  found.takes_documents = document.bool_or("client_id_metadata_document_supported", false);
  found.has_offline = has(document, "scopes_supported", "offline_access");
  return found;
}

}  // namespace claw::vault
