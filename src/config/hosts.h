// Hosts as configurations write them and agents ask for them: `name`, `name:port`, `*.suffix`, IP literals.
// HostIndex answers which endpoint of a profile owns a destination. Exact beats wildcard, the longest
// suffix wins, and `host:443` is `host` for endpoints of the HTTP families only. No name is resolved here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "config/model.h"

namespace claw::config {

bool is_wildcard(std::string_view entry);
bool is_ip_literal(std::string_view host);
bool is_loopback(std::string_view host);  // 127.0.0.0/8, ::1 or `localhost`.
bool wildcard_covers(std::string_view pattern, std::string_view host);  // One label or more in front.

struct SplitHost {
  std::string_view host;  // Without brackets; as written.
  std::string_view port;  // Empty when there is none.
};
Result<SplitHost> split_host_port(std::string_view entry);

// A host entry of an endpoint: wildcard only as the whole leftmost label, at least two labels behind it.
Result<HostPort> parse_host(std::string_view entry);

// An address to listen on: an IP literal or `localhost`, and a port which may be 0.
Result<HostPort> parse_listen(std::string_view entry);

// A Unix socket to listen on: `unix:/path`, absolute, as long as a socket's path may be. The path.
constexpr std::string_view unix_prefix = "unix:";
Result<std::string> parse_unix(std::string_view entry);

// Whether two listeners cannot both have these: one port, and one address or one that stands for all. `[::]`
// takes IPv4 too.
bool collide(const HostPort& a, const HostPort& b);

struct Origin {
  bool tls = true;
  HostPort place;  // With a port.
};
// `https://name[:port]` or `http://name[:port]`, and nothing behind it.
Result<Origin> parse_origin(std::string_view url);
// The same, or `name[:port]` alone, which is https: as a kubeconfig has it, and as people say it.
Result<Origin> parse_server(std::string_view text);

// A place that is told secrets: https, a host, no user and no fragment; path and query are its own.
Status check_https_url(std::string_view url);
// The same, or `http` at an address of this machine.
Status check_service_url(std::string_view url);

struct Place {
  HostPort host;
  std::uint16_t default_port = 0;  // Of the endpoint's protocol, where `host` has none.
  bool is_http = false;            // `host:443` is also `host`.
};

class HostIndex {
 public:
  // Returns the endpoint that already has this host and port in the profile; the first keeps it.
  std::optional<std::uint32_t> add(std::string_view profile, const Place& place, std::uint32_t endpoint);
  std::optional<std::uint32_t> find(std::string_view profile, std::string_view host,
                                    std::optional<std::uint16_t> port) const;

 private:
  struct Hosts {  // Keys are `host`, `host:port`, `*.suffix` and `*.suffix:port`.
    std::unordered_map<std::string, std::uint32_t> declared;  // As written.
    std::unordered_map<std::string, std::uint32_t> implied;   // The other spelling of the same place.
    std::unordered_map<std::string, std::uint32_t> owners;    // Always with the port.
  };
  std::map<std::string, Hosts, std::less<>> profiles_;
};

}  // namespace claw::config
