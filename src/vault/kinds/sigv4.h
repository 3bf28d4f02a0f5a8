// AWS Signature Version 4 (docs.aws.amazon.com, "Create a signed AWS API request"): the canonical request,
// the string to sign and the signature. Pure; aws.cc decides what to sign and with which keys.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace claw::vault {

struct Scope {
  std::string region;
  std::string service;
};

struct Signable {
  std::string method;
  std::string path;   // As it will be sent, without the query.
  std::vector<std::pair<std::string, std::string>> query;    // Decoded.
  std::vector<std::pair<std::string, std::string>> headers;  // Lower-case names; only what is signed.
  std::string payload_hash;
  bool encode_path_once = false;  // S3 and its kin: their paths are keys, `..` and all.
};

std::string signed_headers(const Signable& request);  // `host;x-amz-date`
std::string canonical_request(const Signable& request);

std::string amz_date(std::int64_t wall_us);  // `20150830T123600Z`
std::string scope_text(const Scope& scope, std::string_view date);  // `20150830/us-east-1/iam/aws4_request`
// Hexadecimal.
std::string signature_of(const Signable& request, const Scope& scope, std::string_view date,
                         const Secret& secret_key);

}  // namespace claw::vault
