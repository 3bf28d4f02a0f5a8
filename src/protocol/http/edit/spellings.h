// The ways in which an answer may spell a secret: as it is, in base64 wherever it stands in what was encoded,
// in hexadecimal, percent-encoded, escaped for JSON as common encoders do it. For redact.h only. What an
// upstream does otherwise with a secret (reverses it, encrypts it, breaks lines in it) is not found.
#pragma once

#include <string_view>
#include <vector>

#include "base/secret.h"

namespace claw::http {

// Each spelling once; none is shorter than the secret's 6 bytes or more.
std::vector<Secret> spellings_of(std::string_view secret);

}  // namespace claw::http
