#include "protocol/http/wire/target.h"

#include <algorithm>

#include "base/text.h"
#include "protocol/http/wire/chars.h"

namespace claw::http {

namespace {

bool is_name_char(
    char c) {  // Registered names that DNS could hold; the underscore is common inside clusters.
  return (c >= '0' && c <= '9') || (lower_char(c) >= 'a' && lower_char(c) <= 'z') || c == '-' || c == '.' ||
         c == '_';
}

bool is_address_char(char c) {  // Inside brackets; no zone: an address of this host only.
  return (c >= '0' && c <= '9') || (lower_char(c) >= 'a' && lower_char(c) <= 'f') || c == ':' || c == '.';
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || port > 65535) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return !text.empty() && text.size() <= 5 && port >= 1 && port <= 65535;
}

struct Parts {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

Parts split_authority(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : text.find(':', bracket);
  if (colon == std::string_view::npos) return {text, {}, false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

std::string_view default_port(std::string_view scheme) {
  if (scheme == "http") return "80";
  return scheme == "https" ? "443" : "";
}

Status read_absolute(std::string_view target, Request& request) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return invalid("request target has none of the four forms");
  request.scheme = lower(target.substr(0, colon));
  if (default_port(request.scheme).empty()) {
    return invalid("scheme " + quoted(request.scheme) + " of the request target is neither http nor https");
  }
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view path = rest.substr(end);
  if (!is_authority(rest.substr(0, end))) return invalid("request target has no valid authority");
  request.authority = rest.substr(0, end);
  request.is_absolute = true;
  if (path.starts_with('/')) request.path = path;
  else if (path.empty() && request.method == "OPTIONS") request.path = "*";
  else request.path.append("/").append(path);
  return Done{};
}

}  // namespace

bool is_authority(std::string_view text) {
  const Parts parts = split_authority(text);
  if (parts.has_port && !is_port(parts.port)) return false;
  if (!parts.host.starts_with('[')) {
    return !parts.host.empty() && std::all_of(parts.host.begin(), parts.host.end(), is_name_char);
  }
  const std::string_view inside = parts.host.substr(1);
  return inside.size() > 2 && inside.ends_with(']') &&
         std::all_of(inside.begin(), inside.end() - 1, is_address_char);
}

bool same_authority(std::string_view a, std::string_view b, std::string_view scheme) {
  if (same_name(a, b)) return true;
  const Parts first = split_authority(a);
  const Parts second = split_authority(b);
  const std::string_view usual = default_port(scheme);
  return same_name(first.host, second.host) && (first.has_port ? first.port : usual) ==
                                                   (second.has_port ? second.port : usual);
}

Status read_target(std::string_view target, Request& request) {
  if (!is_target(target)) return invalid("request target has bytes that must be percent-encoded");
  if (request.method == "CONNECT") {
    if (!is_authority(target) || !split_authority(target).has_port) {
      return invalid("target of CONNECT is not `host:port`");
    }
    request.authority = target;
    return Done{};
  }
  if (target == "*") {
    if (request.method != "OPTIONS") return invalid("request target `*` is for OPTIONS only");
    request.path = target;
    return Done{};
  }
  if (!target.starts_with('/')) return read_absolute(target, request);
  request.path = target;
  return Done{};
}

std::string_view target_of(const Request& request) {
  if (request.method == "CONNECT") return request.path.empty() ? request.authority : std::string_view();
  if (request.path == "*" && request.method != "OPTIONS") return {};
  const bool has_form = request.path.starts_with('/') || request.path == "*";
  return has_form && is_target(request.path) ? request.path : std::string_view();
}

}  // namespace claw::http
