// The ClientHello of TLS 1.0 to 1.3 (RFC 8446 §4.1.2), read before any TLS library sees it: which host the
// agent asks for and in which protocols it may speak. It may come in many records and many reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace claw::tls {

constexpr std::size_t hello_bytes_max = 32 * 1024;  // Post-quantum key shares take 2 KiB; nobody needs more.

struct Hello {
  std::string server_name;         // Lower case, no trailing dot; empty when there is none.
  std::vector<std::string> alpn;   // In the client's order.
  bool has_ech = false;            // Encrypted: the name that is shown is not the one that is meant.
};

bool is_tls(std::string_view bytes);  // Do these first bytes (one is enough) begin a handshake's TLS record?

// A hello, not yet (nothing), or why this is none. Records of other types before it are an error; what
// follows it in `bytes` is not looked at. Duplicate extensions, two names, a name that is no host: errors.
Result<std::optional<Hello>> decode_hello(std::string_view bytes);

}  // namespace claw::tls
