#include "outbound/request.h"

#include <algorithm>
#include <charconv>

#include "base/host.h"
#include "base/text.h"

namespace claw::outbound {

namespace {

constexpr std::size_t url_bytes_max = 8 * 1024;

// `[::1]:443`, `127.0.0.1`, `name:8443`.
Status split_authority(Request& request, std::string_view authority) {
  const Error bad = invalid(quoted(authority) + " is no host");
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad;
    request.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (request.host.find(':') == std::string::npos || !io::to_socket_address({request.host, 0, {}})) {
      return bad;
    }
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    request.host = lower(authority.substr(0, colon));
    port = authority.substr(colon);
    if (!is_ip4(request.host) && !is_host_name(request.host)) return bad;
  }
  if (port.empty()) return Done{};
  port.remove_prefix(1);
  const auto read = std::from_chars(port.data(), port.data() + port.size(), request.port);
  const bool whole = read.ec == std::errc() && read.ptr == port.data() + port.size();
  if (!whole || request.port == 0) return bad;
  return Done{};
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || (is_ip4(host) && host.starts_with("127."));
}

}  // namespace

io::Reach reach_of(std::string_view host) {
  const bool is_address = is_ip4(host) || host.find(':') != std::string_view::npos;
  return is_address || host == "localhost" ? io::Reach::anywhere : io::Reach::no_local_services;
}

Status aim(Request& request, std::string_view url) {
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7F && c != '#' && c != '\\'; };
  if (url.size() > url_bytes_max || !std::all_of(url.begin(), url.end(), is_visible)) {
    return invalid("this is no URL of a server");
  }
  request.has_tls = url.starts_with("https://");
  if (!request.has_tls && !url.starts_with("http://")) {
    return invalid("the URL does not begin with `https://`");
  }
  const std::string_view rest = url.substr(request.has_tls ? 8 : 7);
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  request.port = request.has_tls ? https_port : http_port;
  if (rest.substr(0, slash).find('@') != std::string_view::npos) return invalid("the URL has a user in it");
  CLAW_TRY_DONE(split_authority(request, rest.substr(0, slash)));
  if (!request.has_tls && !is_this_machine(request.host)) {
    return invalid("`http://` is for servers on this machine only");
  }
  const std::string_view path = rest.substr(slash);
  request.path = Secret(path.starts_with('/') ? std::string(path) : "/" + std::string(path));
  request.reach = reach_of(request.host);
  return Done{};
}

Result<std::shared_ptr<io::TlsContext>> trust_of(const std::string& ca_file) {
  return io::TlsContext::client({{}, {}, ca_file}, io::TlsTrust::chain_and_name);
}

}  // namespace claw::outbound
