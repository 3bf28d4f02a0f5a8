#include "protocol/http/claims.h"

#include <charconv>

#include "base/host.h"
#include "base/id.h"
#include "base/text.h"

namespace claw::http {

namespace {

// The word after `Basic `, decoded; nothing when it is no such thing.
std::optional<std::string> basic_payload(std::string_view value) {
  if (value.size() < 6 || !equals_ignoring_case(value.substr(0, 6), "Basic ")) return std::nullopt;
  auto decoded = from_base64(trim(value.substr(6)));
  if (!decoded) return std::nullopt;
  return std::move(decoded).value();
}

// A token as `Bearer TOKEN`, or as the password of `Basic`; for one without a colon the whole payload.
std::optional<Secret> token_in(std::string_view value) {
  if (value.size() > 7 && equals_ignoring_case(value.substr(0, 7), "Bearer ")) {
    return Secret(std::string(trim(value.substr(7))));
  }
  auto payload = basic_payload(value);
  if (!payload) return std::nullopt;
  const std::size_t colon = payload->find(':');
  Secret token(colon == std::string::npos ? *payload : payload->substr(colon + 1));
  if (token.empty() && colon != std::string::npos) token = Secret(payload->substr(0, colon));
  wipe(*payload);
  return token;
}

// Where agents of an endpoint's own door may put their token, since SDKs have one place for a key: it is
// taken for a token only if it looks like ours, and never goes upstream, wherever else it stands.
constexpr std::string_view token_headers[] = {proxy_token_header, "Authorization", "X-Api-Key", "Api-Key",
                                              "X-Goog-Api-Key", "Private-Token"};
constexpr std::string_view token_prefix = "clawp_";

// The first token among the fields of that name; two of a name are no way to hide one.
std::optional<Secret> find_token(const Fields& fields, std::string_view name) {
  const bool is_proxys = name == proxy_token_header;
  for (const Field field : fields) {
    if (!same_name(field.name, name)) continue;
    auto token = token_in(field.value);
    if (!token && !is_proxys) token = Secret(std::string(field.value));
    if (token && (is_proxys || token->reveal().starts_with(token_prefix))) return token;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Authority> read_authority(std::string_view text, std::uint16_t default_port) {
  Authority result;
  result.port = default_port;
  const std::size_t close = text.starts_with('[') ? text.find(']') : 0;
  if (close == std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':', close);
  std::string_view host = text.substr(0, std::min(colon, text.size()));
  if (close != 0) {
    if (host.size() != close + 1) return std::nullopt;
    host = text.substr(1, close - 1);
  }
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, result.port);
    if (failure != std::errc() || stop != end || result.port == 0) return std::nullopt;
  }
  while (host.ends_with('.')) host.remove_suffix(1);
  const bool is_literal = close != 0;
  constexpr std::string_view ip6_chars = "0123456789abcdefABCDEF:.";
  const bool is_ip6 = is_literal && !host.empty() && host.find_first_not_of(ip6_chars) == host.npos;
  if (is_literal ? !is_ip6 : !is_ip4(host) && !is_host_name(host)) return std::nullopt;
  result.host = lower(host);
  return result;
}

std::optional<Secret> take_token(Fields& fields, bool is_own_door) {
  std::optional<Secret> taken;
  for (const std::string_view name : token_headers) {
    if (name != proxy_token_header && !is_own_door) break;
    auto token = find_token(fields, name);
    if (!token) continue;
    fields.remove(name);
    if (!taken) taken = std::move(token);
  }
  return taken;
}

std::vector<std::string> carriers_of(const Request& request) {
  std::vector<std::string> carriers;
  for (const Field field : request.fields) {
    carriers.emplace_back(field.value);
    if (auto payload = basic_payload(field.value)) carriers.push_back(std::move(*payload));
  }
  carriers.push_back(request.path);
  return carriers;
}

}  // namespace claw::http
