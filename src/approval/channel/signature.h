// What channels' servers sign and how it is checked: in constant time, and only while it is fresh.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace claw::channel {

// Unix seconds as ten digits or so, nothing else; Code::denied when it is no such number, or further from
// `wall_us` than callback_age_us_max, before or after.
Status check_time(std::optional<std::string_view> seconds, std::int64_t wall_us);

// Slack's `v0=` (https://api.slack.com/authentication/verifying-requests-from-slack).
std::string slack_signature(std::string_view secret, std::string_view seconds, std::string_view body);

// Standard Webhooks: `v1,BASE64`. A secret `whsec_BASE64` is its bytes, any other is itself.
Result<std::string> webhook_signature(std::string_view secret, std::string_view id, std::string_view seconds,
                                      std::string_view body);

// One of the signatures, separated by spaces, is `wanted`.
bool has_signature(std::string_view given, std::string_view wanted);

// The value of that name in an application/x-www-form-urlencoded body; nothing where it is not there, stands
// twice, or is badly encoded.
std::optional<std::string> form_value(std::string_view body, std::string_view name);

}  // namespace claw::channel
