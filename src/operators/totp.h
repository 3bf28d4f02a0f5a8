// One-time codes by time (RFC 6238: HMAC-SHA-1, six digits, steps of 30 s, as every authenticator app has
// them) and the codes for the day the phone is lost. Says which step a code is of; that each counts once is
// for whoever keeps the last one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace claw::totp {

constexpr std::int64_t step_us = 30LL * 1'000'000;
constexpr std::size_t secret_bytes = 20;  // RFC 4226 §4: as long as the digest.

Secret generate();  // 20 random bytes.

std::string code_at(std::string_view secret, std::int64_t step, unsigned digits = 6);  // RFC 4226 §5.3.

// The step, later than `after`, whose code this is: now's or one on either side, because clocks differ.
std::optional<std::int64_t> step_of(std::string_view secret, std::string_view code, std::int64_t wall_us,
                                    std::int64_t after);

std::string to_base32(std::string_view bytes);  // RFC 4648 §6, without padding.

// `otpauth://totp/ISSUER:NAME?secret=…&issuer=…`, as authenticator apps read it from a picture.
Secret uri(std::string_view secret, std::string_view issuer, std::string_view name);

// `k7m2q-x4tpa-…`: 80 random bits in base32, in groups. `plain` takes away how a person wrote it down.
Secret generate_recovery_code();
std::string plain_recovery_code(std::string_view code);

}  // namespace claw::totp
