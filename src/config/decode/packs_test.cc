#include "config/decode/packs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "action/requests.h"
#include "action/sql.h"
#include "base/text.h"
#include "config/load.h"
#include "policy/ruleset.h"

namespace claw::config {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::string_view amz_json = "application/x-amz-json-1.1";

LoadResult with(std::string_view use, std::string_view more = {}) {
  return load_text(
      "a.hcl", fmt::format("schema_version = 2\nendpoint \"https\" \"api\" {{\n  hosts = [\"a.example\"]\n"
                           "  listen = \"127.0.0.1:0\"\n  use = [{}]\n  {}\n}}\n"
                           "credential \"bearer_token\" \"c\" {{ endpoint = https.api }}\n"
                           "profile \"default\" {{ credentials = [bearer_token.c] }}\n",
                           use, more));
}

struct Request {
  std::string_view line;          // `GET api.github.com/user?a=b`
  std::string_view body = {};
  std::string_view type = json_type;
  std::string_view header = {};   // `name: value`
};

action::Multimap query_of(std::string_view text) {
  action::Multimap query;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::size_t value = std::min(equals + 1, pair.size());
    query.push_back({std::string(pair.substr(0, equals)), {std::string(pair.substr(value))}});
  }
  return query;
}

std::string judged(const Snapshot& snapshot, const Request& request) {
  action::HttpRequest http;
  const std::size_t space = request.line.find(' ');
  const std::size_t slash = request.line.find('/', space);
  const std::size_t mark = std::min(request.line.find('?', slash), request.line.size());
  http.method = request.line.substr(0, space);
  http.host = request.line.substr(space + 1, slash - space - 1);
  http.path = request.line.substr(slash, mark - slash);
  http.query = query_of(request.line.substr(std::min(mark + 1, request.line.size())));
  http.body = request.body;
  if (!request.body.empty()) http.headers.push_back({"content-type", {std::string(request.type)}});
  if (const std::size_t colon = request.header.find(": "); colon != std::string_view::npos) {
    http.headers.push_back(
        {std::string(request.header.substr(0, colon)), {std::string(request.header.substr(colon + 2))}});
  }
  const Endpoint& endpoint = snapshot.endpoints.front();
  action::Action action;
  action.context = action::make_context(endpoint.family, {{}, endpoint.typed, "c", "test"});
  action.subject = action::make_http_subject(std::move(http));
  cel::Arena arena;
  const policy::Decision decision = endpoint.ruleset->judge(action, arena);
  return fmt::format("{} {}", policy::name_of(decision.outcome), decision.rule_name);
}

struct Case {
  std::string_view verdict;  // `deny no-secrets`: and by which rule of the pack.
  Request request;
};

void play(const LoadResult& loaded, std::string_view pack, std::span<const Case> cases) {
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  for (const Case& one : cases) {
    const std::size_t space = one.verdict.find(' ');
    const std::string wanted =
        fmt::format("{} {}/{}", one.verdict.substr(0, space), pack, one.verdict.substr(space + 1));
    EXPECT_EQ(judged(*loaded.snapshot, one.request), wanted) << one.request.line << " " << one.request.body;
  }
}

constexpr Case github[] = {
    {"allow reads", {"GET api.github.com/repos/o/r/issues"}},
    {"allow reads", {"HEAD api.github.com/repos/o/r"}},
    {"allow reads", {"GET api.github.com/search/code?q=x"}},
    {"allow reads", {"GET github.corp.example/api/v3/repos/o/r/pulls/1"}},
    {"allow reads", {"GET raw.githubusercontent.com/o/r/main/README.md"}},
    {"allow reads", {"GET github.com/o/r.git/info/refs?service=git-upload-pack"}},
    {"allow reads", {"GET api.github.com/repos/o/r/actions/secrets"}},
    {"allow git-fetch",
     {"POST github.com/o/r.git/git-upload-pack", "0032want", "application/x-git-upload-pack-request"}},
    {"allow git-fetch",
     {"POST github.com/o/r.git/info/lfs/objects/batch", R"({"operation":"download","objects":[]})"}},
    {"approve writes-ask", {"POST github.com/o/r.git/info/lfs/objects/batch", R"({"operation":"upload"})"}},
    {"approve git-push-asks",
     {"POST github.com/o/r.git/git-receive-pack", "0000PACK", "application/x-git-receive-pack-request"}},
    {"approve writes-ask", {"POST api.github.com/repos/o/r/issues", R"({"title":"t"})"}},
    {"approve writes-ask", {"DELETE api.github.com/repos/o/r/issues/comments/1"}},
    {"approve writes-ask", {"DELETE api.github.com/repos/o/r/git/refs/heads/old"}},
    {"approve writes-ask", {"PATCH api.github.com/repos/o/r", R"({"description":"d"})"}},
    {"approve writes-ask",
     {"PATCH api.github.com/repos/o/r/git/refs/heads/x", R"({"sha":"a","force":false})"}},
    {"approve writes-ask", {"POST api.github.com/orgs/o/repos", R"({"name":"n"})"}},
    {"deny no-repository-removal", {"DELETE api.github.com/repos/o/r"}},
    {"deny no-repository-removal", {"DELETE api.github.com/repos/o/r/"}},
    {"deny no-repository-removal", {"DELETE api.github.com/repositories/1296269"}},
    {"deny no-repository-removal", {"DELETE github.corp.example/api/v3/repos/o/r"}},
    {"deny no-repository-removal", {"DELETE api.github.com/orgs/o/packages/npm/p"}},
    {"deny no-exposure", {"POST api.github.com/repos/o/r/transfer", R"({"new_owner":"x"})"}},
    {"deny no-exposure", {"PATCH api.github.com/repos/o/r", R"({"private":false})"}},
    {"deny no-exposure", {"PATCH api.github.com/repositories/1", R"({"visibility":"public"})"}},
    {"deny no-exposure", {"PATCH api.github.com/repos/o/r", R"({"description":"d","archived":true})"}},
    {"deny no-exposure", {"PATCH api.github.com/repos/o/r", "visibility=public", "text/plain"}},
    {"deny no-exposure", {"PATCH api.github.com/repos/o/r"}},
    {"deny no-exposure", {"PATCH api.github.com/repos/o/r?private=false", R"({"description":"d"})"}},
    {"deny no-exposure", {"POST api.github.com/repos/o/r", R"({"private":false})"}},
    {"approve writes-ask", {"GET api.github.com/repos/o/r", "", json_type, "Upgrade: websocket"}},
    {"deny no-protection", {"PUT api.github.com/repos/o/r/branches/main/protection", "{}"}},
    {"deny no-protection",
     {"DELETE api.github.com/repos/o/r/branches/feature/x/protection/required_signatures"}},
    {"deny no-protection", {"POST api.github.com/repos/o/r/rulesets", "{}"}},
    {"deny no-protection", {"PUT api.github.com/orgs/o/rulesets/1", "{}"}},
    {"deny no-protection", {"DELETE api.github.com/repos/o/r/vulnerability-alerts"}},
    {"deny no-secrets", {"PUT api.github.com/repos/o/r/actions/secrets/NAME", "{}"}},
    {"deny no-secrets", {"PUT api.github.com/repos/o/r/dependabot/secrets/NAME", "{}"}},
    {"deny no-secrets", {"PUT api.github.com/repos/o/r/codespaces/secrets/NAME", "{}"}},
    {"deny no-secrets", {"PUT api.github.com/repos/o/r/agents/secrets/NAME", "{}"}},
    {"deny no-protection", {"POST api.github.com/repos/o/r/secret-scanning/push-protection-bypasses", "{}"}},
    {"deny no-secrets", {"DELETE api.github.com/orgs/o/actions/secrets/NAME"}},
    {"deny no-secrets", {"PUT api.github.com/repositories/1/environments/prod/secrets/NAME", "{}"}},
    {"deny no-secret-values", {"GET api.github.com/repos/o/r/secret-scanning/alerts"}},
    {"deny no-secret-values", {"POST api.github.com/repos/o/r/actions/runners/registration-token"}},
    {"deny no-access", {"POST api.github.com/repos/o/r/keys", "{}"}},
    {"deny no-access", {"POST api.github.com/repos/o/r/hooks", "{}"}},
    {"deny no-access", {"PUT api.github.com/repos/o/r/collaborators/eve", "{}"}},
    {"deny no-access", {"POST api.github.com/user/keys", "{}"}},
    {"deny no-access", {"PUT api.github.com/orgs/o/memberships/eve", "{}"}},
    {"deny no-access", {"DELETE api.github.com/teams/1"}},
    {"deny no-force-push",
     {"PATCH api.github.com/repos/o/r/git/refs/heads/main", R"({"sha":"a","force":true})"}},
    {"deny no-force-push",
     {"PATCH api.github.com/repos/o/r/git/refs/heads/main", R"({"sha":"a","force":"1"})"}},
    {"deny no-force-push",
     {"PATCH api.github.com/repos/o/r/git/refs/heads/main", "force=true", "text/plain"}},
    {"deny no-force-push", {"POST api.github.com/repos/o/r/git/refs/heads/main?force=1", R"({"sha":"a"})"}},
    {"deny unreadable",
     {"PATCH api.github.com/repos/o/r/git/refs/heads/main", R"({"force":false,"force":true})"}},
    {"deny unreadable", {"POST api.github.com/repos/o/r", "", json_type, "X-HTTP-Method-Override: DELETE"}},
    {"allow graphql-reads", {"POST api.github.com/graphql", R"({"query":"query { viewer { login } }"})"}},
    {"approve writes-ask",
     {"POST api.github.com/graphql", R"({"query":"mutation { addComment(input:{}) { x } }"})"}},
    {"deny no-graphql-harm",
     {"POST api.github.com/graphql",
      R"({"query":"mutation { a: deleteBranchProtectionRule(input:{}) { x } }"})"}},
    {"deny no-graphql-harm",
     {"POST api.github.com/graphql",
      R"({"query":"mutation { ...f } fragment f on Mutation { updateRef(input:{force:true}) { x } }"})"}},
    {"deny no-graphql-harm",
     {"POST api.github.com/graphql", R"({"query":"mutation { addComment { x } archiveRepository { x } }"})"}},
    {"deny unreadable", {"POST api.github.com/graphql", R"({"query":"mutation {"})"}},
    {"deny no-graphql-harm", {"GET api.github.com/graphql"}},
};

TEST(packs, github_is_read_and_asked_about_and_never_taken_away) {
  play(with("\"github-guarded\""), "github-guarded", github);
}

constexpr Case chosen[] = {
    {"allow reads", {"GET api.github.com/repos/Org/Repo/issues"}},
    {"allow reads", {"GET api.github.com/repos/team/anything"}},
    {"allow reads", {"GET github.com/org/repo.git/info/refs?service=git-upload-pack"}},
    {"allow git-fetch",
     {"POST github.com/org/repo/git-upload-pack", "x", "application/x-git-upload-pack-request"}},
    {"allow reads", {"GET api.github.com/rate_limit"}},
    {"approve writes-ask", {"POST api.github.com/repos/org/repo/issues", "{}"}},
    {"approve writes-ask", {"GET api.github.com/search/code?q=x"}},
    {"approve writes-ask", {"POST api.github.com/graphql", R"({"query":"{ viewer { login } }"})"}},
    {"deny other-repositories", {"GET api.github.com/repos/org/repo2"}},
    {"deny other-repositories", {"GET api.github.com/repos/org/re.o"}},
    {"deny other-repositories", {"GET api.github.com/repositories/12"}},
    {"deny other-repositories", {"POST api.github.com/repos/other/repo/issues", "{}"}},
    {"deny other-repositories", {"GET github.com/org/repo2.git/info/refs"}},
    {"deny other-repositories", {"POST github.com/other/repo.git/git-receive-pack", "x", "text/plain"}},
    {"deny other-repositories", {"GET raw.githubusercontent.com/other/repo/main/x"}},
};

TEST(packs, an_agent_keeps_to_the_repositories_its_endpoint_names) {
  play(with("\"github-guarded\"", "repositories = [\"org/repo\", \"team/*\", \"a/b.c\"]"), "github-guarded",
       chosen);
  for (const char* name :
       {"org", "org/repo/x", "*/*", "*/repo", "org/re*", "org/re|po", "org/", "org/..", "o\\\"g/r"}) {
    const LoadResult loaded = with("\"github-guarded\"", fmt::format("repositories = [\"{}\"]", name));
    EXPECT_NE(loaded.report().find("is no repository"), std::string::npos) << name << loaded.report();
  }
}

constexpr Case gcp[] = {
    {"allow reads", {"GET compute.googleapis.com/compute/v1/projects/p/zones/z/instances"}},
    {"allow reads", {"GET storage.googleapis.com/storage/v1/b/bucket/o/name?alt=media"}},
    {"allow reads", {"POST cloudresourcemanager.googleapis.com/v1/projects/p:getIamPolicy", "{}"}},
    {"allow reads", {"POST iam.googleapis.com/v1/projects/p/serviceAccounts/a@p:testIamPermissions", "{}"}},
    {"allow reads",
     {"POST compute.googleapis.com/compute/v1/projects/p/zones/z/disks/d/testIamPermissions", "{}"}},
    {"allow reads", {"POST logging.googleapis.com/v2/entries:list", "{}"}},
    {"allow reads",
     {"POST pubsub.googleapis.com/google.pubsub.v1.Publisher/ListTopics", "x", "application/grpc"}},
    {"approve writes-ask", {"POST compute.googleapis.com/compute/v1/projects/p/zones/z/instances", "{}"}},
    {"approve writes-ask", {"POST bigquery.googleapis.com/bigquery/v2/projects/p/queries", "{}"}},
    {"approve writes-ask", {"PATCH run.googleapis.com/v2/projects/p/locations/l/services/s", "{}"}},
    {"approve writes-ask", {"POST secretmanager.googleapis.com/v1/projects/p/secrets:undelete", "{}"}},
    {"approve writes-ask", {"POST compute.googleapis.com/compute/v1/projects/p/list", "{}"}},
    {"deny no-secrets", {"GET secretmanager.googleapis.com/v1/projects/p/secrets/s/versions/latest:access"}},
    {"deny no-secrets",
     {"POST "
      "secretmanager.googleapis.com/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion",
      "x", "application/grpc"}},
    {"deny no-secrets", {"GET apikeys.googleapis.com/v2/projects/p/locations/global/keys/k/keyString"}},
    {"deny no-secrets",
     {"POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken", "{}"}},
    {"deny no-secrets", {"POST oauth2.googleapis.com/token", "a=b", form_type}},
    {"deny no-deletes", {"DELETE compute.googleapis.com/compute/v1/projects/p/zones/z/instances/i"}},
    {"deny no-deletes",
     {"POST "
      "cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1:destroy",
      "{}"}},
    {"deny no-deletes", {"POST storage.googleapis.com/bucket?delete", "<Delete/>", "application/xml"}},
    {"deny no-deletes", {"POST spanner.googleapis.com/v1/x:batchDelete", "{}"}},
    {"deny no-deletes", {"POST serviceusage.googleapis.com/v1/projects/p/services/s:disable", "{}"}},
    {"deny no-deletes", {"POST x.googleapis.com/google.x.v1.X/DeleteThing", "x", "application/grpc"}},
    {"deny no-permissions", {"POST cloudresourcemanager.googleapis.com/v1/projects/p:setIamPolicy", "{}"}},
    {"deny no-permissions",
     {"POST compute.googleapis.com/compute/v1/projects/p/zones/z/disks/d/setIamPolicy", "{}"}},
    {"deny no-permissions", {"PUT storage.googleapis.com/storage/v1/b/bucket/iam", "{}"}},
    {"deny no-permissions", {"POST storage.googleapis.com/storage/v1/b/bucket/acl", "{}"}},
    {"deny no-permissions",
     {"PATCH storage.googleapis.com/storage/v1/b/bucket?predefinedAcl=publicRead", "{}"}},
    {"deny no-permissions",
     {"PUT storage.googleapis.com/bucket/object", "x", "text/plain", "x-goog-acl: public-read"}},
    {"deny no-permissions", {"POST iam.googleapis.com/v1/projects/p/serviceAccounts/a@p/keys", "{}"}},
    {"deny no-permissions", {"POST iam.googleapis.com/v1/projects/p/serviceAccounts", "{}"}},
    {"deny no-permissions",
     {"POST compute.googleapis.com/compute/v1/projects/p/setCommonInstanceMetadata", "{}"}},
    {"deny no-permissions", {"PUT cloudbilling.googleapis.com/v1/projects/p/billingInfo", "{}"}},
    {"deny no-permissions", {"POST x.googleapis.com/v1/b", R"({"entity":"allUsers"})"}},
    {"approve writes-ask",
     {"POST storage.googleapis.com/upload/storage/v1/b/b/o?name=x", "allUsers", "text/plain"}},
    {"deny no-batches", {"POST storage.googleapis.com/batch/storage/v1", "x", "multipart/mixed; boundary=b"}},
    {"deny unreadable",
     {"POST storage.googleapis.com/storage/v1/b/x", "", json_type, "X-HTTP-Method-Override: DELETE"}},
};

TEST(packs, google_cloud_is_read_and_asked_about_and_never_opened) {
  play(with("\"gcp-guarded\""), "gcp-guarded", gcp);
}

constexpr Case aws[] = {
    {"allow reads",
     {"POST ec2.eu-west-1.amazonaws.com/", "Action=DescribeInstances&Version=2016-11-15", form_type}},
    {"allow reads", {"GET sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"}},
    {"allow reads", {"POST iam.amazonaws.com/", "Action=ListUsers", form_type}},
    {"allow reads",
     {"POST dynamodb.eu-west-1.amazonaws.com/", "{}", amz_json, "X-Amz-Target: DynamoDB_20120810.GetItem"}},
    {"allow reads",
     {"POST dynamodb.eu-west-1.amazonaws.com/", "{}", amz_json, "x-amz-target: DynamoDB_20120810.Query"}},
    {"allow reads", {"GET bucket.s3.eu-west-1.amazonaws.com/key"}},
    {"allow reads", {"HEAD s3.amazonaws.com/bucket/key"}},
    {"allow reads", {"GET lambda.eu-west-1.amazonaws.com/2015-03-31/functions/"}},
    {"allow reads",
     {"POST ssm.eu-west-1.amazonaws.com/", R"({"Name":"/a"})", amz_json,
      "X-Amz-Target: AmazonSSM.GetParameter"}},
    {"approve writes-ask", {"POST ec2.eu-west-1.amazonaws.com/", "Action=RunInstances", form_type}},
    {"approve writes-ask",
     {"PUT bucket.s3.eu-west-1.amazonaws.com/delete-me/key", "x", "text/plain", "x-amz-acl: private"}},
    {"approve writes-ask", {"POST lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations", "{}"}},
    {"approve writes-ask",
     {"POST dynamodb.eu-west-1.amazonaws.com/", "{}", amz_json, "X-Amz-Target: DynamoDB_20120810.PutItem"}},
    {"approve writes-ask",
     {"POST timestream.eu-west-1.amazonaws.com/", "{}", amz_json, "X-Amz-Target: Timestream_20181101.Query"}},
    {"deny no-secrets",
     {"POST secretsmanager.eu-west-1.amazonaws.com/", "{}", amz_json,
      "X-Amz-Target: secretsmanager.GetSecretValue"}},
    {"deny no-secrets",
     {"POST secretsmanager.eu-west-1.amazonaws.com/", "{}", amz_json,
      "X-Amz-Target: secretsmanager.BatchGetSecretValue"}},
    {"deny no-secrets",
     {"POST ssm.eu-west-1.amazonaws.com/", R"({"Name":"/a","WithDecryption":true})", amz_json,
      "X-Amz-Target: AmazonSSM.GetParameter"}},
    {"deny no-secrets",
     {"POST ssm.eu-west-1.amazonaws.com/", R"({"Path":"/","WithDecryption":"true"})", amz_json,
      "X-Amz-Target: AmazonSSM.GetParametersByPath"}},
    {"deny no-secrets", {"POST sts.amazonaws.com/", "Action=AssumeRole&RoleArn=x", form_type}},
    {"deny no-secrets", {"POST sts.amazonaws.com/", "Action=GetSessionToken", form_type}},
    {"deny no-secrets", {"POST ec2.eu-west-1.amazonaws.com/", "Action=GetPasswordData", form_type}},
    {"deny no-secrets",
     {"POST ecr.eu-west-1.amazonaws.com/", "{}", amz_json,
      "X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"}},
    {"deny no-secrets", {"GET portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=x"}},
    {"deny no-deletes", {"POST ec2.eu-west-1.amazonaws.com/", "Action=TerminateInstances", form_type}},
    {"deny no-deletes", {"GET rds.eu-west-1.amazonaws.com/?Action=DeleteDBInstance"}},
    {"deny no-deletes",
     {"POST kms.eu-west-1.amazonaws.com/", "{}", amz_json, "X-Amz-Target: TrentService.DisableKey"}},
    {"deny no-deletes", {"DELETE bucket.s3.eu-west-1.amazonaws.com/key"}},
    {"deny no-deletes", {"POST bucket.s3.eu-west-1.amazonaws.com/?delete", "<Delete/>", "application/xml"}},
    {"deny no-deletes", {"POST kafka.eu-west-1.amazonaws.com/v1/DeleteCluster", "{}"}},
    {"deny no-deletes",
     {"POST monitoring.eu-west-1.amazonaws.com/service/GraniteServiceVersion20100801/operation/DeleteAlarms",
      "x", "application/cbor"}},
    {"deny no-permissions", {"POST iam.amazonaws.com/", "Action=CreateUser&UserName=eve", form_type}},
    {"deny no-permissions", {"POST iam.amazonaws.com/", "Action=AttachUserPolicy", form_type}},
    {"deny no-permissions", {"POST sns.eu-west-1.amazonaws.com/", "Action=AddPermission", form_type}},
    {"deny no-permissions",
     {"POST ec2.eu-west-1.amazonaws.com/", "Action=AuthorizeSecurityGroupIngress", form_type}},
    {"deny no-permissions",
     {"POST ec2.eu-west-1.amazonaws.com/", "Action=ModifySnapshotAttribute", form_type}},
    {"deny no-permissions", {"POST lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/policy", "{}"}},
    {"deny no-exposure", {"PUT bucket.s3.eu-west-1.amazonaws.com/?policy", "{}"}},
    {"deny no-exposure", {"PUT bucket.s3.eu-west-1.amazonaws.com/key?acl", "x", "application/xml"}},
    {"deny no-exposure",
     {"PUT bucket.s3.eu-west-1.amazonaws.com/key", "x", "text/plain", "x-amz-acl: public-read"}},
    {"deny no-exposure",
     {"PUT bucket.s3.eu-west-1.amazonaws.com/key", "x", "text/plain", "x-amz-grant-read: uri=all"}},
    {"deny one-action",
     {"POST ec2.eu-west-1.amazonaws.com/?Action=DescribeInstances", "Action=TerminateInstances", form_type}},
    {"deny one-action",
     {"POST ec2.eu-west-1.amazonaws.com/", "Action=DescribeVpcs&Action=DeleteVpc", form_type}},
    {"deny one-action", {"POST ec2.eu-west-1.amazonaws.com/", "Action=TerminateInstances", "text/plain"}},
    {"deny one-action", {"POST sqs.eu-west-1.amazonaws.com/1/q", "Action=PurgeQueue", "text/plain"}},
    {"deny one-action",
     {"POST vpce-1.ec2.eu-west-1.vpce.amazonaws.com/", "{}", amz_json, "X-Amz-Target: a.DescribeX"}},
    {"deny one-action", {"GET x.eu-west-1.amazonaws.com/?action=DeleteDomain"}},
    {"deny one-action",
     {"POST iam.amazonaws.com/", R"({"a":"&Action=DeleteUser&"})", amz_json, "X-Amz-Target: x.DescribeY"}},
    {"deny one-action",
     {"POST dynamodb.eu-west-1.amazonaws.com/", "x", "text/plain",
      "X-Amz-Target: DynamoDB_20120810.GetItem"}},
    {"deny one-action",
     {"GET dynamodb.eu-west-1.amazonaws.com/", "", json_type, "X-Amz-Target: DynamoDB_20120810.DeleteItem"}},
};

TEST(packs, aws_is_read_and_asked_about_and_never_opened) {
  play(with("\"aws-guarded\""), "aws-guarded", aws);
}

constexpr Case any_api[] = {
    {"allow reads", {"GET api.example.com/v1/things"}},
    {"allow asks-that-only-look", {"POST search.example.com/index/_search", "{}"}},
    {"allow asks-that-only-look", {"POST api.example.com/graphql", R"({"query":"{ things { id } }"})"}},
    {"approve writes-ask", {"POST api.example.com/v1/things", "{}"}},
    {"approve writes-ask", {"GET api.example.com/v1/things/1/delete"}},
    {"approve writes-ask", {"POST search.example.com/index/_close"}},
    {"deny no-deletes", {"DELETE api.example.com/v1/things/1"}},
    {"deny no-deletes", {"POST jenkins.example/job/j/doDelete"}},
    {"deny no-deletes", {"POST search.example.com/index/_delete_by_query", "{}"}},
    {"deny no-deletes",
     {"POST api.example.com/graphql", R"({"query":"mutation { deleteEntity(guid: \"a\") }"})"}},
};

TEST(packs, any_api_is_read_and_asked_about_and_nothing_deleted) {
  play(with("\"https-guarded\""), "https-guarded", any_api);
}

// What one pack lets pass must not be what another, on the same endpoint, would have asked about.
TEST(packs, together_they_are_as_strict_as_each) {
  const LoadResult loaded =
      with("\"https-guarded\", \"github-guarded\", \"gcp-guarded\", \"aws-guarded\"");
  EXPECT_EQ(loaded.report(), "");
  ASSERT_TRUE(loaded.snapshot);
  const auto strict = [&](std::span<const Case> cases) {
    for (const Case& one : cases) {
      if (one.verdict.starts_with("allow")) continue;
      const std::string got = judged(*loaded.snapshot, one.request);
      EXPECT_FALSE(got.starts_with("allow")) << one.request.line << " " << got;
      if (one.verdict.starts_with("deny")) {
        EXPECT_TRUE(got.starts_with("deny")) << one.request.line << " " << got;
      }
    }
  };
  strict(github);
  strict(gcp);
  strict(aws);
  EXPECT_EQ(judged(*loaded.snapshot, {"GET api.github.com/repos/o/r"}), "allow github-guarded/reads");
  EXPECT_EQ(judged(*loaded.snapshot, {"GET ec2.amazonaws.com/?Action=DescribeVpcs"}),
            "allow aws-guarded/reads");
}

TEST(packs, every_pack_loads_without_complaint_where_it_belongs) {
  for (const Pack& pack : packs()) {
    if (pack.family != action::Family::http) continue;
    const LoadResult loaded = with(fmt::format("\"{}\"", pack.name));
    EXPECT_EQ(loaded.report(), "") << pack.name;
    ASSERT_TRUE(loaded.snapshot);
    for (const Rule& rule : loaded.snapshot->rules) {
      EXPECT_LT(rule.priority, -900'000) << rule.name;
      EXPECT_EQ(rule.condition.find("PACK_"), std::string::npos) << rule.name;
      EXPECT_FALSE(rule.verdict == "deny" && rule.reason.empty()) << rule.name;
    }
  }
}

// A body that is cut leaves what needs it undecided, and only that.
TEST(packs, a_cut_body_denies_where_it_matters) {
  const LoadResult loaded = with("\"github-guarded\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const auto cut = [&](std::string method, std::string path) {
    action::HttpRequest http;
    http.method = std::move(method);
    http.host = "api.github.com";
    http.path = std::move(path);
    http.headers.push_back({"content-type", {"application/json"}});
    http.body = "{\"a\":";
    http.truncated = true;
    action::Action action;
    action.context = action::make_context(action::Family::http, {{}, "https.api", "c", "test"});
    action.subject = action::make_http_subject(std::move(http));
    cel::Arena arena;
    return policy::name_of(loaded.snapshot->endpoints.front().ruleset->judge(action, arena).outcome);
  };
  EXPECT_EQ(cut("PATCH", "/repos/o/r"), "deny");
  EXPECT_EQ(cut("PATCH", "/repos/o/r/git/refs/heads/x"), "deny");
  EXPECT_EQ(cut("POST", "/graphql"), "deny");
  EXPECT_EQ(cut("POST", "/repos/o/r/releases/1/assets"), "approve");
}

}  // namespace
}  // namespace claw::config
