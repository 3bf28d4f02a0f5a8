// How things are written on the web: base64url, percent-encoding, forms, addresses and their queries. Bytes
// and text only; who may be spoken to is not decided here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace claw {

// RFC 4648 §5, without padding. Reading takes no padding, no other alphabet, and one spelling of each text
// only.
std::string base64url(std::string_view bytes);
Result<std::string> from_base64url(std::string_view text);

// RFC 3986 §2.1: all but letters, digits and `-._~` as %XX, capitals; `keep` names further bytes left alone.
std::string percent_encode(std::string_view text, std::string_view keep = {});
std::string percent_decode(std::string_view text);  // A `%` that begins no escape stays as it is.

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

// The parameters of a query, decoded, in order; `+` is a space.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace claw
