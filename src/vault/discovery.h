// Where the tokens of an MCP server come from, found out from the server itself: its protected resource's
// metadata (RFC 9728) names an authorization server, whose metadata (RFC 8414) has the addresses. Says what
// to ask and reads what came back; asks nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::vault {

// Where the metadata may be, the likeliest first. https only.
Result<std::vector<std::string>> resource_metadata_urls(std::string_view resource);
Result<std::vector<std::string>> server_metadata_urls(std::string_view issuer);

// What a server's metadata says of it. It must be about this very resource, or its origin.
struct Resource {
  std::string issuer;    // The first that it names.
  std::string resource;  // As the server calls itself; what tokens are asked for.
  std::string scopes;    // All that it knows; empty: it does not say.
};
Result<Resource> read_resource_metadata(std::string_view resource, std::string_view body);

// Where to log in, to register and to ask for tokens. The issuer must be the one that was asked for, and PKCE
// with S256 must be there: RFC 8414 §3.3, OAuth 2.1 §7.5.
struct LoginServer {
  std::string auth_url;
  std::string token_url;
  std::string register_url;       // Empty: it registers nobody.
  std::vector<std::string> proofs;  // How clients say who they are; empty: it does not say.
  bool says_issuer = false;       // With each code (RFC 9207).
  bool takes_documents = false;   // Clients may be the address of their metadata document.
  bool has_offline = false;       // Refresh tokens are asked for by the scope `offline_access`.

  bool takes_proof(std::string_view name) const;
};
Result<LoginServer> read_server_metadata(std::string_view issuer, std::string_view body);

}  // namespace claw::vault
