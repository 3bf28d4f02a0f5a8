#include "config/hosts.h"

#include <fmt/format.h>

#include <charconv>

#include "base/host.h"
#include "base/text.h"

namespace claw::config {

namespace {

// RFC 4291 §2.2: eight groups of hexadecimal digits, one run of them left out as `::`, the last two perhaps
// as IPv4.
bool is_ipv6(std::string_view host) {
  std::size_t groups = 0;
  const std::size_t gap = host.find("::");
  if (gap != std::string_view::npos && host.find("::", gap + 1) != std::string_view::npos) return false;
  const auto count = [&](std::string_view half, bool last) {
    if (half.empty()) return true;
    const std::vector<std::string_view> parts = split(half, ':');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool mapped = last && i + 1 == parts.size() && is_ip4(parts[i]);
      const bool hex = !parts[i].empty() && parts[i].size() <= 4 &&
                       parts[i].find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
      if (!mapped && !hex) return false;
      groups += mapped ? 2 : 1;
    }
    return true;
  };
  if (gap == std::string_view::npos) return count(host, true) && groups == 8;
  return count(host.substr(0, gap), false) && count(host.substr(gap + 2), true) && groups < 8;
}

Result<std::uint16_t> parse_port(std::string_view text, unsigned lowest) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < lowest || value > 65535)
    return invalid(fmt::format("{} is no port", quoted(text)));
  return static_cast<std::uint16_t>(value);
}

bool ends_with_colon(std::string_view entry) {
  return !entry.empty() && entry.back() == ':' && !is_ipv6(entry);
}

bool is_any(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

// Printable ASCII without what a URL only has escaped: nothing of it can end a request line.
bool is_url_text(std::string_view url) {
  return std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '\\' && c != '"' && c != '<' && c != '>';
  });
}

// `host[:port]` of a URL: a scheme's one address, never `user@`.
Result<HostPort> parse_authority(std::string_view authority, std::uint16_t default_port) {
  if (authority.find('@') != std::string_view::npos) {
    return invalid("a URL here has no user; that is a secret's");
  }
  CLAW_TRY(HostPort place, parse_host(authority));
  if (is_wildcard(place.host)) return invalid("a wildcard is no address to connect to");
  if (place.port == 0) place.port = default_port;
  return place;
}

std::string with_port(std::string_view host, std::uint16_t port) { return fmt::format("{}:{}", host, port); }

}  // namespace

std::string HostPort::text() const {
  const std::string shown = is_ipv6(host) ? fmt::format("[{}]", host) : host;
  return port == 0 ? shown : with_port(shown, port);
}

bool is_wildcard(std::string_view entry) { return entry.starts_with("*."); }

bool is_ip_literal(std::string_view host) { return is_ip4(host) || is_ipv6(host); }

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (is_ip4(host) && host.starts_with("127."));
}

bool wildcard_covers(std::string_view pattern, std::string_view host) {
  if (!is_wildcard(pattern)) return false;
  const std::string suffix = lower(pattern.substr(1));
  return host.size() > suffix.size() && lower(host).ends_with(suffix);
}

Result<SplitHost> split_host_port(std::string_view entry) {
  if (entry.empty()) return invalid("a host cannot be empty");
  if (entry.front() == '[') {
    const std::size_t close = entry.find(']');
    if (close == std::string_view::npos) return invalid(fmt::format("{} lacks a `]`", quoted(entry)));
    const std::string_view rest = entry.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return invalid(fmt::format("{} is no host", quoted(entry)));
    return SplitHost{entry.substr(1, close - 1), rest.empty() ? rest : rest.substr(1)};
  }
  const std::size_t colon = entry.find(':');
  if (colon == 0 && !is_ipv6(entry)) return SplitHost{};  // A port of nothing is nothing.
  if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos)
    return SplitHost{entry, {}};  // No port, or an IPv6 literal without brackets.
  return SplitHost{entry.substr(0, colon), entry.substr(colon + 1)};
}

Result<HostPort> parse_host(std::string_view entry) {
  CLAW_TRY(const SplitHost parts, split_host_port(entry));
  HostPort host{lower(parts.host), 0};
  if (ends_with_colon(entry)) return invalid(fmt::format("{} lacks a port after the `:`", quoted(entry)));
  if (!parts.port.empty()) {
    CLAW_TRY(host.port, parse_port(parts.port, 1));
  }
  if (is_ip_literal(host.host)) return host;
  if (entry.front() == '[') return invalid(fmt::format("{} is no IPv6 address", quoted(entry)));
  if (host.host.find('*') == std::string::npos) {
    if (!is_host_name(host.host)) return invalid(fmt::format("{} is no host", quoted(entry)));
    return host;
  }
  if (!is_wildcard(host.host)) return invalid("a wildcard is the whole first label, as in `*.example.com`");
  const std::string_view suffix = std::string_view(host.host).substr(2);
  if (!is_host_name(suffix)) return invalid(fmt::format("{} is no host", quoted(entry)));
  if (suffix.find('.') == std::string_view::npos)
    return invalid("a wildcard needs two labels behind it, as in `*.example.com`");
  return host;
}

Result<HostPort> parse_listen(std::string_view entry) {
  CLAW_TRY(const SplitHost parts, split_host_port(entry));
  HostPort address{lower(parts.host), 0};
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (!is_ip_literal(address.host)) {
    return invalid(
        fmt::format("{} is no address to listen on; write an IP address, `127.0.0.1:5432`", quoted(entry)));
  }
  if (parts.port.empty()) return invalid(fmt::format("{} lacks a port", quoted(entry)));
  CLAW_TRY(address.port, parse_port(parts.port, 0));
  return address;
}

Result<std::string> parse_unix(std::string_view entry) {
  constexpr std::size_t bytes_max = 107;  // unix(7), sun_path, with its end.
  std::string path(entry.substr(std::min(entry.size(), unix_prefix.size())));
  if (!entry.starts_with(unix_prefix) || !path.starts_with('/') || path.size() > bytes_max) {
    return invalid(fmt::format("{} is no `unix:/path` of at most {} bytes", quoted(entry), bytes_max));
  }
  return path;
}

bool collide(const HostPort& a, const HostPort& b) {
  if (a.port != b.port || a.port == 0) return false;
  if (a.host == b.host || a.host == "::" || b.host == "::") return true;
  return (is_any(a.host) && is_ip4(b.host)) || (is_any(b.host) && is_ip4(a.host));
}

Result<Origin> parse_origin(std::string_view url) {
  Origin origin{!url.starts_with("http://"), {}};
  if (origin.tls && !url.starts_with("https://"))
    return invalid(fmt::format("{} does not begin with `https://` or `http://`", quoted(url)));
  const std::string_view authority = url.substr(url.find("//") + 2);
  if (authority.find_first_of("/?#") != std::string_view::npos)
    return invalid(
        fmt::format("{} has something behind the host; requests keep their own path", quoted(url)));
  CLAW_TRY(origin.place, parse_authority(authority, origin.tls ? https_port : http_port));
  return origin;
}

Result<Origin> parse_server(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return parse_origin(text);
  Origin origin;
  CLAW_TRY(origin.place, parse_authority(text, https_port));
  return origin;
}

Status check_https_url(std::string_view url) {
  if (!url.starts_with("https://"))
    return invalid(fmt::format("{} does not begin with `https://`", quoted(url)));
  if (!is_url_text(url) || url.find('#') != std::string_view::npos)
    return invalid(fmt::format("{} is no URL", quoted(url)));
  const std::string_view rest = url.substr(std::string_view("https://").size());
  CLAW_TRY_DONE(parse_authority(rest.substr(0, rest.find_first_of("/?")), https_port));
  return Done{};
}

Status check_service_url(std::string_view url) {
  constexpr std::string_view plain = "http://";
  if (!url.starts_with(plain)) return check_https_url(url);
  const std::string_view rest = url.substr(plain.size());
  CLAW_TRY_DONE(check_https_url("https://" + std::string(rest)));
  CLAW_TRY(const SplitHost split, split_host_port(rest.substr(0, rest.find_first_of("/?"))));
  if (is_loopback(split.host)) return Done{};
  return invalid(fmt::format("{} is not on this machine: write `https://`", quoted(url)));
}

std::optional<std::uint32_t> HostIndex::add(std::string_view profile, const Place& place,
                                            std::uint32_t endpoint) {
  Hosts& hosts = profiles_[std::string(profile)];
  const std::uint16_t port = place.host.port == 0 ? place.default_port : place.host.port;
  const std::string full = with_port(place.host.host, port);
  const std::string& declared = place.host.port == 0 ? place.host.host : full;
  hosts.declared.try_emplace(declared, endpoint);
  if (place.host.port == 0) hosts.implied.try_emplace(full, endpoint);
  if (place.host.port == https_port && place.is_http) hosts.implied.try_emplace(place.host.host, endpoint);
  const auto [owner, is_new] = hosts.owners.try_emplace(full, endpoint);
  return is_new || owner->second == endpoint ? std::nullopt : std::optional(owner->second);
}

std::optional<std::uint32_t> HostIndex::find(std::string_view profile, std::string_view host,
                                             std::optional<std::uint16_t> port) const {
  const auto found = profiles_.find(profile);
  if (found == profiles_.end()) return std::nullopt;
  const auto look = [&](const std::string& name) -> std::optional<std::uint32_t> {
    const std::string key = port ? with_port(name, *port) : name;
    for (const auto* hosts : {&found->second.declared, &found->second.implied})
      if (const auto entry = hosts->find(key); entry != hosts->end()) return entry->second;
    return std::nullopt;
  };
  std::string name = lower(host);
  if (name.ends_with('.')) name.pop_back();  // The root's dot names the same host.
  if (const auto exact = look(name)) return exact;
  if (is_ip_literal(name)) return std::nullopt;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (dot == 0) continue;
    if (const auto covering = look("*" + name.substr(dot))) return covering;
  }
  return std::nullopt;
}

}  // namespace claw::config
