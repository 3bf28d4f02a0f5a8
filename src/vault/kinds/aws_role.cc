// Keys that last an hour and can do less: AssumeRole of AWS STS, optionally under a session policy, for an
// aws_credential with `role_arn`; and the token an EKS cluster takes, which is a presigned STS request.
#include <algorithm>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "vault/kinds/aws.h"
#include "vault/kinds/encode.h"
#include "vault/kinds/kinds.h"
#include "vault/kinds/oauth.h"

namespace claw::vault {

namespace {

// What `session_policy = "read_only"` narrows a session to; kept by AWS for every service.
constexpr std::string_view read_only_policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";

std::string region_of(const Credential& credential) {
  return std::string(credential.setting("region", "us-east-1"));
}

std::string sts_host(std::string_view region) {
  return "sts." + std::string(region) + (region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
}

constexpr std::int64_t eks_token_us = 15LL * 60 * 1'000'000;  // From the time it was signed at, says EKS.

// A cluster's own rules say what its token is good for: one role there is enough.
bool is_narrowed(const Job& job) {
  return !job.credential.setting("session_policy").empty() &&
         (!job.request.may_write || job.request.cluster.has_value());
}

// Two roles of one credential are kept side by side; no credential has a blank in its name.
std::string entry_of(const Job& job) {
  return (is_narrowed(job) ? "" : "whole ") + job.credential.name;
}

Result<Secret> role_form(const Job& job) {
  const Credential& credential = job.credential;
  Form form;
  form.add("Action", "AssumeRole").add("Version", "2011-06-15");
  form.add("RoleArn", credential.setting("role_arn")).add("RoleSessionName", "clawpatrol");
  form.add_unless_empty("ExternalId", credential.setting("external_id"));
  const std::string_view policy = is_narrowed(job) ? credential.setting("session_policy") : "";
  if (policy == "read_only") {
    form.add("PolicyArns.member.1.arn", read_only_policy);
  } else if (!policy.empty()) {
    if (const auto parsed = json::parse(policy); !parsed || parsed->object() == nullptr) {
      return invalid("`session_policy` is `read_only` or a policy in JSON");
    }
    form.add("Policy", policy);
  }
  return std::move(form).finish();
}

Result<Exchange> ask_sts(const Job& job, const AwsKeys& keys) {
  const Scope scope{region_of(job.credential), "sts"};
  CLAW_TRY(Exchange exchange, post(job.credential, "https://" + sts_host(scope.region) + "/"));
  CLAW_TRY(exchange.body, role_form(job));
  const std::string date = amz_date(job.clock.wall_us());
  exchange.fields = {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-Amz-Date", date}};
  if (!keys.session.empty()) {
    exchange.fields.emplace_back("X-Amz-Security-Token", std::string(keys.session.reveal()));
  }
  Signable request;
  request.method = exchange.method;
  request.path = exchange.path;
  request.headers.emplace_back("host", exchange.host);
  for (const auto& [name, value] : exchange.fields) request.headers.emplace_back(lower(name), value);
  request.payload_hash = to_hex(crypto::view(crypto::sha256(exchange.body.reveal())));
  exchange.authorization =
      joined({"AWS4-HMAC-SHA256 Credential=", keys.id, "/", scope_text(scope, date), ", SignedHeaders=",
              signed_headers(request), ", Signature=", signature_of(request, scope, date, keys.secret)});
  return exchange;
}

// STS answers a flat list of elements without attributes; more XML than this is not read.
std::string element(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::size_t from = xml.find(open);
  if (from == std::string_view::npos) return {};
  const std::size_t to = xml.find("</" + std::string(name) + ">", from);
  if (to == std::string_view::npos) return {};
  return std::string(xml.substr(from + open.size(), to - from - open.size()));
}

}  // namespace

Result<Role> assume_role(const Job& job, const AwsKeys& keys) {
  const Origin origin = origin_of(job.credential, {keys.id, keys.secret.reveal(), keys.session.reveal()});
  CLAW_TRY(std::optional<Grant> grant,
           job.grants.find(entry_of(job), origin, job.clock.monotonic_us()));
  if (grant) return Role(AwsKeys{grant->id, std::move(grant->token), std::move(grant->session)});
  CLAW_TRY(Exchange exchange, ask_sts(job, keys));
  exchange.entry = entry_of(job);
  exchange.state = state_of(job.credential, origin);
  return Role(std::move(exchange));
}

Result<Grant> read_aws_role(std::string_view answer, std::int64_t now_us) {
  Grant grant;
  grant.id = element(answer, "AccessKeyId");
  grant.token = Secret(element(answer, "SecretAccessKey"));
  grant.session = Secret(element(answer, "SessionToken"));
  if (grant.id.empty() || grant.token.empty() || grant.session.empty()) {
    return invalid("STS answered without keys");
  }
  CLAW_TRY(const std::int64_t until_us, parse_time(element(answer, "Expiration")));
  grant.lives_us = std::max<std::int64_t>(until_us - now_us, 0);
  return grant;
}

Result<Secret> eks_token(const AwsKeys& keys, std::string_view cluster, std::string_view region,
                         std::int64_t wall_us) {
  if (cluster.empty()) return invalid("an EKS token is for a cluster");
  const Scope scope{std::string(region), "sts"};
  const std::string date = amz_date(wall_us);
  Signable request;
  request.method = "GET";
  request.path = "/";
  request.headers = {{"host", sts_host(region)}, {"x-k8s-aws-id", std::string(cluster)}};
  request.query = {{"Action", "GetCallerIdentity"},
                   {"Version", "2011-06-15"},
                   {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                   {"X-Amz-Credential", keys.id + "/" + scope_text(scope, date)},
                   {"X-Amz-Date", date},
                   {"X-Amz-Expires", "60"},
                   {"X-Amz-SignedHeaders", signed_headers(request)}};
  if (!keys.session.empty()) {
    request.query.emplace_back("X-Amz-Security-Token", std::string(keys.session.reveal()));
  }
  request.payload_hash = to_hex(crypto::view(crypto::sha256("")));
  Form query;
  for (const auto& [name, value] : request.query) query.add(name, value);
  query.add("X-Amz-Signature", signature_of(request, scope, date, keys.secret));
  const Secret url = joined({"https://", sts_host(region), "/?", std::move(query).finish().reveal()});
  return joined({"k8s-aws-v1.", base64url(url.reveal())});
}

Result<Secret> lent_eks_token(const Job& job, const AwsKeys& keys, const Cluster& cluster) {
  if (job.credential.setting("service", "sts") != "sts" ||
      job.credential.setting("region", cluster.region) != cluster.region) {
    return invalid("this credential is for another service or region than the cluster's");
  }
  if (cluster.region.empty()) return invalid("an EKS token is for a cluster in a region");
  // No credential has a blank in its name; keys that took others' place make it another origin.
  const std::string entry = "eks " + std::string(cluster.region) + " " + std::string(cluster.name) + " " +
                            job.credential.name;
  const Origin origin = origin_of(job.credential, {keys.id, keys.secret.reveal(), keys.session.reveal()});
  const std::int64_t now_us = job.clock.monotonic_us();
  CLAW_TRY(std::optional<Grant> kept, job.grants.find(entry, origin, now_us));
  if (kept) return std::move(kept->token);
  CLAW_TRY(Secret token, eks_token(keys, cluster.name, cluster.region, job.clock.wall_us()));
  Grant grant;
  grant.token = token.clone();
  grant.lives_us = eks_token_us;
  job.grants.keep(entry, origin, std::move(grant), now_us);
  return token;
}

}  // namespace claw::vault
