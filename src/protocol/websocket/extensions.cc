#include <charconv>

#include "base/text.h"
#include "protocol/websocket/codec.h"

namespace claw::websocket {
namespace {

// RFC 7692 §7.1.2: 8 to 15, no leading zero; by RFC 6455 §9.1 a token or a quoted string.
Result<int> window_bits_of(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  int bits = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bits);
  const bool is_whole = error == std::errc() && end == value.data() + value.size() && value.front() != '0';
  if (!is_whole || bits < 8 || bits > 15) return invalid(quoted(value) + " is no window size");
  return bits;
}

// `name` or `name=value`; each at most once, and a value exactly where one belongs.
Status read_parameter(std::string_view text, Negotiated& negotiated, std::vector<std::string_view>& seen) {
  const std::size_t equals = text.find('=');
  const bool has_value = equals != text.npos;
  const std::string_view name = trim(text.substr(0, equals));
  const std::string_view value = has_value ? trim(text.substr(equals + 1)) : std::string_view();
  if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
    return invalid("parameter " + quoted(name) + " twice");
  }
  seen.push_back(name);
  Deflate& side = name.starts_with("client_") ? negotiated.client : negotiated.server;
  const std::string_view what = name.substr(std::min<std::size_t>(name.size(), 7));  // Both are 7 long.
  const bool is_known_side = name.starts_with("client_") || name.starts_with("server_");
  if (is_known_side && what == "no_context_takeover" && !has_value) {
    side.no_context_takeover = true;
  } else if (is_known_side && what == "max_window_bits" && has_value) {
    CLAW_TRY(side.window_bits, window_bits_of(value));
  } else {
    return invalid("parameter " + quoted(name) + " of permessage-deflate makes no sense here");
  }
  return Done{};
}

}  // namespace

Result<Negotiated> read_extensions(std::string_view sec_websocket_extensions) {
  Negotiated negotiated;
  const std::string_view text = trim(sec_websocket_extensions);
  if (text.empty()) return negotiated;
  if (text.find(',') != text.npos) return Error{Code::unsupported, "more than one WebSocket extension", {}};
  std::vector<std::string_view> seen;
  const std::vector<std::string_view> parts = split(text, ';');
  if (trim(parts.front()) != "permessage-deflate") {
    return Error{Code::unsupported, "WebSocket extension " + quoted(trim(parts.front())), {}};
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    CLAW_TRY_DONE(read_parameter(trim(parts[i]), negotiated, seen));
  }
  negotiated.client.enabled = negotiated.server.enabled = true;
  return negotiated;
}

}  // namespace claw::websocket
