#include "approval/channel/signature.h"

#include <algorithm>
#include <charconv>

#include "approval/channel/channel.h"
#include "base/crypto.h"
#include "base/text.h"

namespace claw::channel {

namespace {

Error late() { return {Code::denied, "this is not from now", {}}; }

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      const Result<std::string> byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      out += *byte;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Status check_time(std::optional<std::string_view> seconds, std::int64_t wall_us) {
  constexpr std::size_t digits_max = 11;  // So that no multiplication below overflows.
  if (!seconds || seconds->empty() || seconds->size() > digits_max) return late();
  std::int64_t said = 0;
  const auto read = std::from_chars(seconds->data(), seconds->data() + seconds->size(), said);
  const bool whole = read.ec == std::errc() && read.ptr == seconds->data() + seconds->size() && said >= 0;
  if (!whole) return late();
  const std::int64_t apart_us = said * 1'000'000 - wall_us;
  if (apart_us > callback_age_us_max || apart_us < -callback_age_us_max) return late();
  return Done{};
}

std::string slack_signature(std::string_view secret, std::string_view seconds, std::string_view body) {
  std::string signed_text = "v0:";
  signed_text.append(seconds).append(":").append(body);
  return "v0=" + to_hex(crypto::view(crypto::hmac_sha256(secret, signed_text)));
}

Result<std::string> webhook_signature(std::string_view secret, std::string_view id, std::string_view seconds,
                                      std::string_view body) {
  constexpr std::string_view prefix = "whsec_";
  Secret key{std::string(secret)};
  if (secret.starts_with(prefix)) {
    CLAW_TRY(std::string bytes, from_base64(secret.substr(prefix.size())));
    key = Secret(std::move(bytes));
  }
  std::string signed_text(id);
  signed_text.append(".").append(seconds).append(".").append(body);
  return "v1," + to_base64(crypto::view(crypto::hmac_sha256(key.reveal(), signed_text)));
}

bool has_signature(std::string_view given, std::string_view wanted) {
  bool found = false;
  for (const std::string_view each : split(given, ' ')) found = crypto::equal(each, wanted) || found;
  return found;
}

std::optional<std::string> form_value(std::string_view body, std::string_view name) {
  std::optional<std::string> found;
  for (const std::string_view pair : split(body, '&')) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::optional<std::string> key = decoded(pair.substr(0, equals));
    if (!key || *key != name) continue;
    if (found) return std::nullopt;
    found = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!found) return std::nullopt;
  }
  return found;
}

}  // namespace claw::channel
