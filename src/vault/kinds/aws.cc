// AWS by keys: aws_credential. The agent signed with keys of no worth; its signature is taken out and the
// very request that will be sent is signed with the real ones. An EKS cluster is given a token instead.
#include "vault/kinds/aws.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "vault/kinds/draft.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/kinds.h"

namespace claw::vault {

namespace {

// The agent's own, which ours replaces or which would contradict it.
bool is_replaced(std::string_view name) {
  return name == "x-amz-date" || name == "x-amz-security-token" || name == "x-amz-content-sha256";
}

// Of the framing that is taken off, and the checksum that came at its end.
bool is_of_chunks(std::string_view name) {
  return name == "x-amz-decoded-content-length" || name == "x-amz-trailer" ||
         name == "x-amz-sdk-checksum-algorithm";
}

bool is_signature_parameter(std::string_view name) {
  return name == "X-Amz-Signature" || name == "X-Amz-Credential" || name == "X-Amz-Date" ||
         name == "X-Amz-SignedHeaders" || name == "X-Amz-Security-Token";
}

Result<std::string> payload_hash(const AwsRequest& aws, const Request& request) {
  if (aws.payload != Payload::hashed) return aws.payload_hash;
  if (!request.body) return invalid("an AWS signature needs the body");
  return to_hex(crypto::view(crypto::sha256(*request.body)));
}

// `host`, `content-type` and every `x-amz-` header: what AWS asks for, and nothing that a hop may change.
Result<Signable> signable(const Request& request, const AwsRequest& aws) {
  Signable out;
  out.method = std::string(request.method);
  out.path = std::string(path_of(request.path));
  out.query = parse_query(query_of(request.path));
  out.encode_path_once = aws.is_s3;
  CLAW_TRY(out.payload_hash, payload_hash(aws, request));
  out.headers.emplace_back("host", request.authority.empty() ? request.host : request.authority);
  for (const auto& [field, value] : request.fields) {
    const std::string name = lower(field);
    if (is_replaced(name) || (aws.payload == Payload::chunked && is_of_chunks(name))) continue;
    if (name.starts_with("x-amz-") || name == "content-type" || name == "content-md5") {
      out.headers.emplace_back(name, value);
    }
  }
  return out;
}

void put_unwrapping(Draft& draft, const Request& request) {
  draft.unwrap_aws_chunked();
  for (const std::string_view name : {"x-amz-decoded-content-length", "x-amz-trailer",
                                      "x-amz-sdk-checksum-algorithm"}) {
    draft.drop_header(name);
  }
  std::string encodings;  // All but `aws-chunked`.
  for (const auto& [name, value] : request.fields) {
    if (!equals_ignoring_case(name, "Content-Encoding")) continue;
    for (const std::string_view piece : split(value, ',')) {
      const std::string_view encoding = trim(piece);
      if (encoding.empty() || equals_ignoring_case(encoding, "aws-chunked")) continue;
      encodings.append(encodings.empty() ? "" : ",").append(encoding);
    }
  }
  if (encodings.empty()) draft.drop_header("Content-Encoding");
  else draft.plain_header("Content-Encoding", std::move(encodings));
}

Status put_in_header(Draft& draft, const Job& job, const AwsRequest& aws, const AwsKeys& keys) {
  CLAW_TRY(Signable request, signable(job.request, aws));
  const std::string date = amz_date(job.clock.wall_us());
  request.headers.emplace_back("x-amz-date", date);
  draft.plain_header("x-amz-date", date);
  if (aws.is_s3 || header_of(job.request, "x-amz-content-sha256")) {
    request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
    draft.plain_header("x-amz-content-sha256", request.payload_hash);
  }
  if (keys.session.empty()) {
    draft.drop_header("x-amz-security-token");
  } else {
    request.headers.emplace_back("x-amz-security-token", std::string(keys.session.reveal()));
    CLAW_TRY_DONE(draft.header("x-amz-security-token", "", keys.session));
  }
  const std::string signature = signature_of(request, aws.scope, date, keys.secret);
  draft.plain_header("Authorization", "AWS4-HMAC-SHA256 Credential=" + keys.id + "/" +
                                          scope_text(aws.scope, date) + ", SignedHeaders=" +
                                          signed_headers(request) + ", Signature=" + signature);
  for (auto& [name, value] : request.headers) {
    if (name == "x-amz-security-token") wipe(value);
  }
  return Done{};
}

void put_in_query(Draft& draft, Signable request, const Job& job, const AwsRequest& aws,
                  const AwsKeys& keys) {
  const std::string date = amz_date(job.clock.wall_us());
  std::erase_if(request.query, [](const auto& each) { return is_signature_parameter(each.first); });
  const auto put = [&](std::string name, std::string value) {
    draft.plain_query(name, value);
    request.query.emplace_back(std::move(name), std::move(value));
  };
  put("X-Amz-Credential", keys.id + "/" + scope_text(aws.scope, date));
  put("X-Amz-Date", date);
  put("X-Amz-SignedHeaders", signed_headers(request));
  if (keys.session.empty()) draft.drop_query("X-Amz-Security-Token");
  else put("X-Amz-Security-Token", std::string(keys.session.reveal()));
  draft.hide(keys.session);
  draft.plain_query("X-Amz-Signature", signature_of(request, aws.scope, date, keys.secret));
  for (const std::string_view name : {"Authorization", "x-amz-date", "x-amz-security-token"}) {
    draft.drop_header(name);
  }
  for (auto& [name, value] : request.query) {
    if (name == "X-Amz-Security-Token") wipe(value);
  }
}

}  // namespace

bool aws_needs_body(const Credential& credential, const Request& request) {
  if (request.cluster) return false;
  const Result<AwsRequest> aws = read_aws(credential, request);
  return aws && aws->payload == Payload::hashed;
}

Result<AwsKeys> aws_keys(const Job& job) {
  CLAW_TRY(const Secret id, job.secrets.get("access_key_id"));
  CLAW_TRY(Secret secret, job.secrets.get("secret_access_key"));
  CLAW_TRY(std::optional<Secret> session, job.secrets.find("session_token"));
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!std::ranges::all_of(id.reveal(), is_letter)) return invalid("the secret is no AWS access key id");
  return AwsKeys{std::string(id.reveal()), std::move(secret), session ? std::move(*session) : Secret()};
}

Result<Injection> lend_aws(const Job& job) {
  AwsRequest aws;
  if (!job.request.cluster) {
    CLAW_TRY(aws, read_aws(job.credential, job.request));
  }
  CLAW_TRY(AwsKeys keys, aws_keys(job));
  if (!job.credential.setting("role_arn").empty()) {
    CLAW_TRY(Role role, assume_role(job, keys));
    if (auto* exchange = std::get_if<Exchange>(&role)) return Injection(std::move(*exchange));
    keys = std::move(std::get<AwsKeys>(role));
  }
  Draft draft(job.credential);
  if (job.request.cluster) {
    CLAW_TRY(const Secret token, lent_eks_token(job, keys, *job.request.cluster));
    CLAW_TRY_DONE(draft.authorization("Bearer", token));
    draft.hide(keys.secret);
    return std::move(draft).finish();
  }
  if (aws.payload == Payload::chunked) put_unwrapping(draft, job.request);
  if (aws.in_query) {
    CLAW_TRY(Signable request, signable(job.request, aws));
    if (header_of(job.request, "x-amz-content-sha256")) {
      request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
    }
    put_in_query(draft, std::move(request), job, aws, keys);
  } else {
    CLAW_TRY_DONE(put_in_header(draft, job, aws, keys));
  }
  draft.hide(keys.secret);  // It is never sent; should an upstream know it, it stays there.
  return std::move(draft).finish();
}

}  // namespace claw::vault
