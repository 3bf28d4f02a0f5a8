// Where the tokens of an MCP server come from, found out from the server itself: its protected resource's
// metadata (RFC 9728) names an authorization server, whose metadata (RFC 8414) has the addresses. Says what
// to ask and reads what came back; asks nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

// Where the metadata may be, the likeliest first. https only.
Result<std::vector<std::string>> resource_metadata_urls(std::string_view resource);
Result<std::vector<std::string>> server_metadata_urls(std::string_view issuer);

// The issuer that a resource's metadata names first. It must be about this very resource, or its origin.
Result<std::string> read_resource_metadata(std::string_view resource, std::string_view body);
// Into the provider: where to log in, to register and to ask for tokens. The issuer must be the one that was
// asked for, and PKCE with S256 must be there: RFC 8414 §3.3, OAuth 2.1 §7.5.
Status read_server_metadata(std::string_view issuer, std::string_view body, Provider& into);

}  // namespace claw::vault
