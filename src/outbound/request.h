// One request of the gateway's own to somebody else's server, and what came back: to token endpoints,
// channels and models. Redirects are answers like any other: whoever asked decides, and nobody follows them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "io/reach.h"
#include "io/tls.h"

namespace claw::outbound {

constexpr std::uint32_t timeout_ms_default = 30'000;          // Slower servers are down.
constexpr std::size_t answer_bytes_default = 1024 * 1024;     // A token, a receipt, a verdict: kilobytes.

struct Request {
  std::string method = "POST";
  std::string host;           // A name, an IPv4 address or an IPv6 address without brackets.
  std::uint16_t port = 443;
  bool has_tls = true;
  Secret path;                // Origin-form; some vendors have their token in it.
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, Secret>> secret_fields;
  Secret body;
  std::shared_ptr<io::TlsContext> trust;  // Null: the system's roots.
  io::Reach reach = io::Reach::no_local_services;
  std::uint32_t timeout_ms = timeout_ms_default;
  std::size_t answer_bytes_max = answer_bytes_default;
};

struct Answer {
  int status = 0;
  std::string body;
  std::int64_t retry_after_s = -1;  // As the server asked, in seconds; -1: it did not.
  std::string challenge = {};       // `WWW-Authenticate`, all of them.
};

// Sets host, port, has_tls, path and reach from `https://host[:port][/path]`; `http` only for this machine.
// Code::invalid for anything else, user names and fragments included.
Status aim(Request& request, std::string_view url);

// How far a connection may lead to what is configured as `host`: only who writes an address, or `localhost`,
// means this machine or its link.
io::Reach reach_of(std::string_view host);

// Server certificates by the roots of a PEM file, and by those alone; an empty path: by the system's.
Result<std::shared_ptr<io::TlsContext>> trust_of(const std::string& ca_file);

}  // namespace claw::outbound
