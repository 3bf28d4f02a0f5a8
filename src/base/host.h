// Hosts and ports as the web has them. What a host may be called: one reading for everybody who takes a name
// from a stranger (SOCKS, ClientHello, Host, the config), so that none of them lets pass what another
// understands differently. RFC 1035 §2.3.4, with the `_` that real names have; WHATWG URL §3.5 for what is a
// number.
#pragma once

#include <cstdint>
#include <string_view>

namespace claw {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

// Four decimal numbers without leading zeros, which some resolvers would read as octal.
bool is_ip4(std::string_view host);

// A last label that is a number, decimal or `0x7f`, makes the whole an IPv4 address to somebody's resolver:
// `127.1` and `0x7f000001` are loopback, past any rule that names 127.0.0.1. The root's dot is looked past.
bool ends_in_number(std::string_view host);

// A name by which DNS could know a host, in either case and without the root's dot; no address.
bool is_host_name(std::string_view host);

}  // namespace claw
