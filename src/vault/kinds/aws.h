// Which AWS request this is, and what it may be signed as: read from the agent's own signature, its headers
// and its host. Shared by aws.cc, which signs it, and aws_role.cc, which asks for other keys to sign with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/sigv4.h"

namespace claw::vault {

constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

enum class Payload : std::uint8_t {
  given,    // The agent's own hash, or UNSIGNED-PAYLOAD.
  chunked,  // In aws-chunked framing, each piece signed with the agent's key: unwrapped, sent unsigned.
  hashed,   // Nothing said: the body has to be hashed.
};

struct AwsRequest {
  Scope scope;
  bool in_query = false;  // A presigned URL.
  bool is_s3 = false;
  Payload payload = Payload::hashed;
  std::string payload_hash;  // Of `given` and `chunked`.
};
// Code::invalid: a signature we do not make (SigV4a, event streams), or a scope this credential is not for.
Result<AwsRequest> read_aws(const Credential& credential, const Request& request);

struct AwsKeys {
  std::string id;
  Secret secret;
  Secret session;  // Empty: lasting keys.
};
Result<AwsKeys> aws_keys(const Job& job);
// The keys of the role in `role_arn`, or the question to STS. Under its `session_policy`, unless the
// request's verdict was one for changes.
using Role = std::variant<AwsKeys, Exchange>;
Result<Role> assume_role(const Job& job, const AwsKeys& keys);

// `k8s-aws-v1.…`: a presigned GetCallerIdentity that an EKS cluster takes as a bearer token; good for 15 min.
Result<Secret> eks_token(const AwsKeys& keys, std::string_view cluster, std::string_view region,
                         std::int64_t wall_us);
// The same one for all requests to the cluster until a minute before its end: the API server remembers a
// token it has seen, and asks AWS about each that is new. Code::invalid where the credential is for another
// service or region.
Result<Secret> lent_eks_token(const Job& job, const AwsKeys& keys, const Cluster& cluster);

}  // namespace claw::vault
