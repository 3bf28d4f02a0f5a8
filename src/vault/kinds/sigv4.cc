#include "vault/kinds/sigv4.h"

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "vault/kinds/encode.h"

namespace claw::vault {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string sha256_hex(std::string_view text) { return to_hex(crypto::view(crypto::sha256(text))); }

// Dot segments resolved and runs of slashes as one, as AWS's own SDKs do for every service but S3.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view piece : split(path, '/')) {
    if (piece.empty() || piece == ".") continue;
    if (piece != "..") kept.push_back(piece);
    else if (!kept.empty()) kept.pop_back();
  }
  std::string out = "/";
  for (const std::string_view piece : kept) {
    if (out.size() > 1) out += '/';
    out += piece;
  }
  if (path.ends_with('/') && !kept.empty()) out += '/';
  return out;
}

// Each piece as S3 sees the key: decoded once, encoded once. An encoded slash stays one.
std::string encoded_once(std::string_view path) {
  std::string out;
  for (const std::string_view piece : split(path, '/')) {
    if (!out.empty() || piece.data() != path.data()) out += '/';
    out += percent_encode(percent_decode(piece));
  }
  return out;
}

std::string canonical_path(const Signable& request) {
  if (request.path.empty()) return "/";
  if (request.encode_path_once) return encoded_once(request.path);
  return percent_encode(normalized(request.path), "/");
}

std::string canonical_query(const Signable& request) {
  Pairs encoded;
  for (const auto& [name, value] : request.query) {
    encoded.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::ranges::sort(encoded);
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

// Trimmed, and runs of spaces as one.
std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    if (c != ' ' || !out.ends_with(' ')) out.push_back(c);
  }
  return out;
}

// Sorted by name; values of the same name in the order they came, joined by commas.
std::map<std::string, std::string> canonical_headers(const Signable& request) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : request.headers) {
    const auto [at, is_new] = out.try_emplace(name, canonical_value(value));
    if (!is_new) at->second += "," + canonical_value(value);
  }
  return out;
}

Secret hmac(const Secret& key, std::string_view text) {
  const crypto::Digest digest = crypto::hmac_sha256(key.reveal(), text);
  return Secret(std::string(crypto::view(digest)));
}

}  // namespace

std::string signed_headers(const Signable& request) {
  std::string names;
  for (const auto& [name, value] : canonical_headers(request)) {
    names.append(names.empty() ? "" : ";").append(name);
  }
  return names;
}

std::string canonical_request(const Signable& request) {
  std::string text = request.method + "\n" + canonical_path(request) + "\n" + canonical_query(request) + "\n";
  for (const auto& [name, value] : canonical_headers(request)) {
    text.append(name).append(":").append(value).append("\n");
  }
  return text + "\n" + signed_headers(request) + "\n" + request.payload_hash;
}

std::string amz_date(std::int64_t wall_us) {
  std::string date;  // `2015-08-30T12:36:00.000000Z` without what separates.
  for (const char c : format_time(wall_us).substr(0, 19)) {
    if (c != '-' && c != ':') date.push_back(c);
  }
  return date + "Z";
}

std::string scope_text(const Scope& scope, std::string_view date) {
  return std::string(date.substr(0, 8)) + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

std::string signature_of(const Signable& request, const Scope& scope, std::string_view date,
                         const Secret& secret_key) {
  const std::string to_sign = std::string(algorithm) + "\n" + std::string(date) + "\n" +
                              scope_text(scope, date) + "\n" + sha256_hex(canonical_request(request));
  Secret key = joined({"AWS4", secret_key.reveal()});
  for (const std::string_view part :
       {date.substr(0, 8), std::string_view(scope.region), std::string_view(scope.service),
        std::string_view("aws4_request")}) {
    key = hmac(key, part);
  }
  return to_hex(hmac(key, to_sign).reveal());
}

}  // namespace claw::vault
