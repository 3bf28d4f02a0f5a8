#include "base/web/encoding.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace claw {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
// A token, a key or a policy, encoded; grown once, so that no shorter copy of a secret is left behind.
constexpr std::size_t form_bytes = 8 << 10;

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_host(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, fits);
}

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

Result<std::string> from_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return invalid("text is not base64url");
  std::string plain(text);
  std::ranges::replace(plain, '-', '+');
  std::ranges::replace(plain, '_', '/');
  while (plain.size() % 4 != 0) plain.push_back('=');
  CLAW_TRY(std::string bytes, from_base64(plain));
  if (base64url(bytes) != text) return invalid("text is not base64url");  // Bits that stand for nothing.
  return bytes;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string out;
  out.reserve(text.size() * 3);
  for (const char c : text) {
    if (is_unreserved(c) || keep.find(c) != std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(hex_digits[byte >> 4]);
    out.push_back(hex_digits[byte & 15]);
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                        hex_value(text[i + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i]);
    if (escape) i += 2;
  }
  return out;
}

Form& Form::add(std::string_view name, std::string_view value) {
  if (text_.empty()) text_.reserve(form_bytes);
  if (!text_.empty()) text_.push_back('&');
  text_.append(percent_encode(name)).push_back('=');
  std::string encoded = percent_encode(value);
  text_.append(encoded);
  wipe(encoded);
  return *this;
}

Form& Form::add_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

Result<Url> parse_https(std::string_view text) {
  constexpr std::string_view scheme = "https://";
  const Error error = invalid("not an https address: " + quoted(text));
  if (!lower(text.substr(0, scheme.size())).starts_with(scheme)) return error;
  text.remove_prefix(scheme.size());
  if (!std::ranges::all_of(text, is_visible) || text.find('#') != std::string_view::npos) return error;
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  Url url;
  url.path = std::string(text.substr(end));
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
  if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const char* last = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), last, url.port);
    if (failure != std::errc() || stop != last || url.port == 0) return error;
    authority = authority.substr(0, colon);
  }
  url.host = lower(authority);
  if (!is_host(url.host)) return error;
  return url;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view piece : split(query, '&')) {
    if (piece.empty()) continue;
    std::string spaced(piece);
    std::ranges::replace(spaced, '+', ' ');
    const std::size_t equals = std::min(spaced.find('='), spaced.size());
    const std::string_view all(spaced);
    pairs.emplace_back(percent_decode(all.substr(0, equals)),
                       percent_decode(all.substr(std::min(equals + 1, all.size()))));
  }
  return pairs;
}

}  // namespace claw
