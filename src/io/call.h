// One question to a server, waited for: the command line's way to ask a running gateway, by its Unix socket
// or from elsewhere. Blocking; never used on a loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/address.h"
#include "io/tls.h"

namespace claw::io {

// Sends `request`, reads until the other side closes. At most 64 MiB come back.
Result<std::string> call_unix(const std::string& path, std::string_view request, std::uint32_t timeout_ms);

// The same over TCP; by TLS where there is a context, whose trust decides who may answer.
Result<std::string> call_tcp(const Address& address, std::shared_ptr<TlsContext> context,
                             std::string_view request, std::uint32_t timeout_ms);

// An answer that has no end of its own: `each` gets what comes, until it returns false or the other side
// closes.
struct Endless {
  Address address;                        // A Unix socket's, or TCP,
  std::shared_ptr<TlsContext> context;    // by TLS where there is a context.
  std::uint32_t silent_ms_max = 60'000;
};
Status follow(const Endless& server, std::string_view request,
              const std::function<bool(std::string_view)>& each);

}  // namespace claw::io
