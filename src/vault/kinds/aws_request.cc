#include <algorithm>
#include <array>

#include "base/text.h"
#include "vault/kinds/aws.h"
#include "vault/kinds/encode.h"

namespace claw::vault {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
// Their paths are keys of objects: encoded once, never normalised.
constexpr std::array<std::string_view, 4> s3_services = {"s3", "s3-object-lambda", "s3-outposts",
                                                         "s3express"};
// Services with one endpoint for the whole world sign for this region.
constexpr std::string_view global_region = "us-east-1";

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_scope_word(std::string_view word) {
  return !word.empty() && word.size() <= 64 &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

std::string query_value(const Request& request, std::string_view name) {
  for (const auto& [key, value] : parse_query(query_of(request.path))) {
    if (key == name) return value;
  }
  return {};
}

// `AKID/20150830/us-east-1/iam/aws4_request`
Result<Scope> parse_scope(std::string_view credential) {
  const std::vector<std::string_view> parts = split(credential, '/');
  if (parts.size() < 5 || parts.back() != "aws4_request") {
    return invalid("an AWS credential scope has five parts");
  }
  Scope scope{std::string(parts[parts.size() - 3]), std::string(parts[parts.size() - 2])};
  if (!is_scope_word(scope.region) || !is_scope_word(scope.service)) {
    return invalid("an AWS credential scope names a region and a service in small letters");
  }
  return scope;
}

Result<std::optional<Scope>> scope_of_signature(const Request& request) {
  if (const std::string name = query_value(request, "X-Amz-Algorithm"); !name.empty()) {
    if (name != algorithm) return invalid("only AWS4-HMAC-SHA256 signatures are made");
    CLAW_TRY(Scope scope, parse_scope(query_value(request, "X-Amz-Credential")));
    return std::optional(std::move(scope));
  }
  const std::string_view authorization = header_of(request, "Authorization").value_or("");
  if (!authorization.starts_with("AWS4-")) return std::optional<Scope>();
  if (!authorization.starts_with(std::string(algorithm) + " ")) {
    return invalid("only AWS4-HMAC-SHA256 signatures are made");
  }
  constexpr std::string_view key = "Credential=";
  const std::size_t at = authorization.find(key);
  if (at == std::string_view::npos) return invalid("an AWS signature without a credential scope");
  const std::string_view rest = authorization.substr(at + key.size());
  CLAW_TRY(Scope scope, parse_scope(rest.substr(0, rest.find_first_of(", "))));
  return std::optional(std::move(scope));
}

// `dynamodb.eu-west-1.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `iam.amazonaws.com`.
std::optional<Scope> scope_of_host(std::string_view host) {
  for (const std::string_view suffix : {".amazonaws.com", ".amazonaws.com.cn"}) {
    if (!host.ends_with(suffix)) continue;
    const std::vector<std::string_view> parts = split(host.substr(0, host.size() - suffix.size()), '.');
    if (parts.back() == "s3") return Scope{std::string(global_region), "s3"};
    if (parts.size() == 1) return Scope{std::string(global_region), std::string(parts[0])};
    std::string_view service = parts[parts.size() - 2];
    if (service == "dualstack" && parts.size() > 2) service = parts[parts.size() - 3];
    return Scope{std::string(parts.back()), std::string(service)};
  }
  return std::nullopt;
}

Result<Scope> scope_of(const Credential& credential, const Request& request) {
  CLAW_TRY(std::optional<Scope> found, scope_of_signature(request));
  if (!found) found = scope_of_host(lower(request.host));
  const std::string_view region = credential.setting("region");
  const std::string_view service = credential.setting("service");
  if (!found && !region.empty() && !service.empty()) return Scope{std::string(region), std::string(service)};
  if (!found) return invalid("neither a signature nor the host says which AWS region and service this is");
  if (!region.empty() && region != found->region) {
    return invalid("this credential is for the region " + quoted(region) + ", not " + quoted(found->region));
  }
  if (!service.empty() && service != found->service) {
    return invalid("this credential is for the service " + quoted(service) + ", not " +
                   quoted(found->service));
  }
  return std::move(*found);
}

// The header counts before the query's parameter, as for S3.
std::string declared_hash(const Request& request) {
  if (const auto header = header_of(request, "x-amz-content-sha256")) return std::string(*header);
  return query_value(request, "X-Amz-Content-Sha256");
}

Status read_payload(const Request& request, AwsRequest& aws) {
  const std::string declared = declared_hash(request);
  if (is_hash(declared) || declared == unsigned_payload) {
    aws.payload = Payload::given;
    aws.payload_hash = declared;
    return Done{};
  }
  if (declared.starts_with("STREAMING-")) {
    const bool known = declared == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ||
                       declared == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" ||
                       declared == "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    if (!known || !aws.is_s3 || aws.in_query) {
      return invalid("this way of signing a stream cannot be made anew: " + quoted(declared));
    }
    aws.payload = Payload::chunked;
    aws.payload_hash = unsigned_payload;
    return Done{};
  }
  if (!declared.empty()) return invalid("no x-amz-content-sha256: " + quoted(declared));
  if (!aws.is_s3) return Done{};
  aws.payload = Payload::given;  // TLS protects it, and S3 need not have it twice.
  aws.payload_hash = unsigned_payload;
  return Done{};
}

}  // namespace

Result<AwsRequest> read_aws(const Credential& credential, const Request& request) {
  if (!request.path.starts_with('/')) return invalid("an AWS request has a path");
  if (header_of(request, "X-Amz-Region-Set")) return invalid("only AWS4-HMAC-SHA256 signatures are made");
  AwsRequest aws;
  CLAW_TRY(aws.scope, scope_of(credential, request));
  aws.in_query = !query_value(request, "X-Amz-Algorithm").empty();
  aws.is_s3 = std::ranges::find(s3_services, aws.scope.service) != s3_services.end();
  CLAW_TRY_DONE(read_payload(request, aws));
  return aws;
}

}  // namespace claw::vault
