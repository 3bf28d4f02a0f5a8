// How secrets and what surrounds them are written on the web: base64url, percent-encoding, forms, the pieces
// of a request's path. Used by every kind that speaks to a token endpoint or signs. Knows no kind itself.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "vault/request.h"

namespace claw::vault {

std::string base64url(std::string_view bytes);  // RFC 4648 §5, without padding.
Result<std::string> from_base64url(std::string_view text);

// RFC 3986 §2.1: all but letters, digits and `-._~` as %XX, capitals; `keep` names further bytes left alone.
std::string percent_encode(std::string_view text, std::string_view keep = {});
std::string percent_decode(std::string_view text);  // A `%` that begins no escape stays as it is.

Secret joined(std::initializer_list<std::string_view> parts);  // In one buffer: no half-made copies remain.

// An application/x-www-form-urlencoded body.
class Form {
 public:
  Form& add(std::string_view name, std::string_view value);
  Form& add_unless_empty(std::string_view name, std::string_view value);
  Secret finish() && { return Secret(std::move(text_)); }

 private:
  std::string text_;
};

struct Url {
  std::string host;  // Lower case.
  std::uint16_t port = 443;
  std::string path;  // With its query; at least `/`.
};
// Only `https://`; neither user names nor fragments. Code::invalid otherwise.
Result<Url> parse_https(std::string_view text);

std::string_view path_of(std::string_view target);   // Without the query.
std::string_view query_of(std::string_view target);  // Without the `?`.

// The parameters of a query, decoded, in order; `+` is a space.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

// The first header of that name, in any case; nothing when there is none.
std::optional<std::string_view> header_of(const Request& request, std::string_view name);

}  // namespace claw::vault
