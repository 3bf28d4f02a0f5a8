// What a request says of itself before anything is known: the host it means, the token of its agent, the
// places where a placeholder may stand. It only reads; whether a claim is true is for session and gateway.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "protocol/http/wire/fields.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

constexpr std::string_view proxy_token_header = "Proxy-Authorization";

struct Authority {
  std::string host;
  std::uint16_t port = 0;
};

// `name`, `name:port`, `[v6]` or `[v6]:port`; nothing else names a host to two readers alike.
std::optional<Authority> read_authority(std::string_view text, std::uint16_t default_port);

// The agent's token, taken out wherever it stands: of a proxy in one header, at an endpoint's own door in any
// that SDKs have for a key.
std::optional<Secret> take_token(Fields& fields, bool is_own_door);

// Wherever a placeholder may stand: any header (also inside `Basic`), and the target, for keys in queries and
// tokens in paths.
std::vector<std::string> carriers_of(const Request& request);

}  // namespace claw::http
