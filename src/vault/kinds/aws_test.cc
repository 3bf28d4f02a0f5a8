#include "vault/kinds/aws.h"

#include <gtest/gtest.h>

#include "vault/kinds/encode.h"
#include "vault/kinds/support_test.h"

namespace claw::vault {

namespace {

constexpr std::string_view empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The example of the S3 documentation: its keys, its bucket, its day.
Bench s3_bench(std::map<std::string, std::string> settings = {}) {
  Bench bench("aws_credential", std::move(settings));
  bench.secrets.slots = {{"access_key_id", "AKIAIOSFODNN7EXAMPLE"},
                         {"secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}};
  bench.clock.advance_us(parse_time("2013-05-24T00:00:00Z").value() - bench.clock.wall_us());
  bench.method = "GET";
  bench.host = "examplebucket.s3.amazonaws.com";
  bench.fields = {
      {"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAPLACEHOLDER/20130523/us-east-1/s3/aws4_request, "
                        "SignedHeaders=host;x-amz-date, Signature=00"},
      {"X-Amz-Date", "20130523T000000Z"},
      {"x-amz-content-sha256", std::string(empty_hash)}};
  return bench;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string agent_signature(std::string_view scope) {
  return "AWS4-HMAC-SHA256 Credential=AKIAPLACEHOLDER/" + std::string(scope) +
         ",SignedHeaders=host,Signature=00";
}

bool asks_body(const Bench& bench) { return aws_needs_body(bench.credential, bench.request()); }

}  // namespace

TEST(aws, a_request_is_signed_as_the_documentation_does) {
  Bench bench = s3_bench();
  bench.path = "/?lifecycle";
  EXPECT_FALSE(asks_body(bench));
  EXPECT_EQ(bench.said(),
            "header x-amz-date=20130524T000000Z|header x-amz-content-sha256=" + std::string(empty_hash) +
                "|drop x-amz-security-token|header Authorization=AWS4-HMAC-SHA256 "
                "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
                "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  bench.path = "/?max-keys=2&prefix=J";
  EXPECT_TRUE(has(bench.said(), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
  EXPECT_EQ(bench.hidden(), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY|");
}

TEST(aws, a_presigned_url_is_signed_in_its_query) {
  Bench bench = s3_bench();
  bench.fields = {{"Authorization", "x"}};
  bench.path =
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAPLACEHOLDER%2F20130523%2Fus-east-1%"
      "2Fs3%2F"
      "aws4_request&X-Amz-Date=20130523T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "00"
      "&X-Amz-Security-Token=fake";
  const std::string said = bench.said();
  EXPECT_TRUE(has(said, "query X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"))
      << said;
  EXPECT_TRUE(has(
      said,
      "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404|drop Authorization"))
      << said;
  EXPECT_TRUE(has(said, "drop-query X-Amz-Security-Token"));
  bench.secrets.slots["session_token"] = "SESSION+/";
  EXPECT_TRUE(has(bench.said(), "|query X-Amz-Security-Token=SESSION+/|"));
  EXPECT_TRUE(has(bench.hidden(), "SESSION+/|"));
}

TEST(aws, a_session_token_is_sent_and_signed_and_the_agents_own_never) {
  Bench bench = s3_bench();
  bench.fields.emplace_back("X-AMZ-SECURITY-TOKEN", "mine");
  EXPECT_TRUE(has(bench.said(), "drop x-amz-security-token"));
  EXPECT_FALSE(has(bench.said(), "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token"));
  bench.secrets.slots["session_token"] = "real";
  EXPECT_TRUE(has(bench.said(), "header x-amz-security-token=real"));
  EXPECT_TRUE(has(bench.said(), "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
}

TEST(aws, every_amz_header_is_signed_and_nothing_a_hop_may_change) {
  Bench bench = s3_bench();
  bench.fields.insert(bench.fields.end(), {{"X-Amz-ACL", "private"}, {"Content-Type", "text/plain"},
                                           {"User-Agent", "x"}, {"Range", "bytes=0-9"}});
  EXPECT_TRUE(
      has(bench.said(), "SignedHeaders=content-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date,"));
}

TEST(aws, the_scope_is_the_agents_or_the_hosts) {
  Bench bench = s3_bench();
  bench.body = "";
  const std::map<std::string, std::string> hosts = {
      {"dynamodb.eu-west-1.amazonaws.com", "/eu-west-1/dynamodb/"},
      {"iam.amazonaws.com", "/us-east-1/iam/"},
      {"b.s3.eu-west-1.amazonaws.com", "/eu-west-1/s3/"},
      {"s3.amazonaws.com", "/us-east-1/s3/"},
      {"a.b.s3.amazonaws.com", "/us-east-1/s3/"},
      {"b.s3.dualstack.eu-west-1.amazonaws.com", "/eu-west-1/s3/"},
      {"EC2.cn-north-1.amazonaws.com.cn", "/cn-north-1/ec2/"}};
  bench.fields.clear();
  for (const auto& [host, scope] : hosts) {
    bench.host = host;
    EXPECT_TRUE(has(bench.said(), scope)) << bench.said();
  }
  bench.host = "minio.internal";
  EXPECT_TRUE(bench.said().starts_with("error: "));
  bench.fields = {{"authorization", agent_signature("20130523/local-1/s3/aws4_request")}};
  EXPECT_TRUE(has(bench.said(), "/local-1/s3/"));
}

TEST(aws, a_credential_for_one_region_and_service_signs_for_no_other) {
  Bench bench = s3_bench({{"region", "us-east-1"}, {"service", "s3"}});
  EXPECT_TRUE(has(bench.said(), "/us-east-1/s3/"));
  bench.credential.settings["region"] = "eu-west-1";
  EXPECT_TRUE(bench.said().starts_with("error: "));
  bench.credential.settings = {{"service", "sqs"}};
  EXPECT_TRUE(bench.said().starts_with("error: "));
  bench.credential.settings = {{"region", "us-west-9"}, {"service", "s3"}};
  bench.fields.clear();
  bench.host = "minio.internal";
  EXPECT_TRUE(has(bench.said(), "/us-west-9/s3/"));
}

TEST(aws, a_body_is_asked_for_only_where_nothing_else_says_its_hash) {
  Bench bench = s3_bench();
  bench.host = "sqs.eu-west-1.amazonaws.com";
  bench.fields = {{"Authorization", agent_signature("20130523/eu-west-1/sqs/aws4_request")}};
  ASSERT_TRUE(asks_body(bench));
  EXPECT_TRUE(bench.said().starts_with("error: "));
  bench.body = "{}";
  const std::string first = bench.said();
  EXPECT_FALSE(has(first, "x-amz-content-sha256"));
  bench.body = "{ }";
  EXPECT_NE(first, bench.said());
  bench.fields.emplace_back("X-Amz-Content-Sha256", std::string(empty_hash));
  EXPECT_FALSE(asks_body(bench));
  EXPECT_TRUE(has(bench.said(), "header x-amz-content-sha256=" + std::string(empty_hash)));
  bench.fields.back().second = "not a hash";
  EXPECT_TRUE(bench.said().starts_with("error: "));
  Bench s3 = s3_bench();
  s3.fields.pop_back();
  EXPECT_FALSE(asks_body(s3));
  EXPECT_TRUE(has(s3.said(), "x-amz-content-sha256=UNSIGNED-PAYLOAD"));
}

TEST(aws, a_chunked_upload_is_unwrapped_and_sent_unsigned) {
  Bench bench = s3_bench();
  bench.method = "PUT";
  for (const char* how : {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                          "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}) {
    bench.fields[2].second = how;
    bench.fields.resize(3);
    bench.fields.insert(bench.fields.end(), {{"X-Amz-Decoded-Content-Length", "5"},
                                             {"X-Amz-Trailer", "x-amz-checksum-crc32"},
                                             {"Content-Encoding", "aws-chunked, gzip"}});
    const std::string said = bench.said();
    EXPECT_FALSE(asks_body(bench));
    EXPECT_TRUE(said.starts_with("drop x-amz-decoded-content-length|drop x-amz-trailer|"
                                 "drop x-amz-sdk-checksum-algorithm|header Content-Encoding=gzip|"))
        << said;
    EXPECT_TRUE(has(said, "x-amz-content-sha256=UNSIGNED-PAYLOAD"));
    EXPECT_TRUE(has(said, "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"));
    EXPECT_TRUE(said.ends_with("|unwrap"));
  }
  bench.fields[5].second = "aws-chunked";
  EXPECT_TRUE(has(bench.said(), "|drop Content-Encoding|"));
}

TEST(aws, what_cannot_be_signed_anew_is_refused) {
  Bench bench = s3_bench();
  bench.body = "";
  const auto refused_with = [&](std::string name, std::string value) {
    Bench changed = s3_bench();
    std::erase_if(changed.fields, [&](const auto& field) { return field.first == name; });
    changed.fields.emplace_back(std::move(name), std::move(value));
    return changed.said().starts_with("error: ");
  };
  EXPECT_TRUE(refused_with("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=A/20130523/s3/aws4_request"));
  EXPECT_TRUE(refused_with("X-Amz-Region-Set", "*"));
  EXPECT_TRUE(refused_with("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS"));
  EXPECT_TRUE(refused_with("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"));
  for (const char* scope :
       {"", "a/b/aws4_request", "20130523/us-east-1/s3/aws5_request", "20130523/US/s3/aws4_request",
        "20130523//s3/aws4_request", "20130523/us-east-1/s 3/aws4_request"}) {
    EXPECT_TRUE(refused_with("Authorization", agent_signature(scope))) << scope;
  }
  EXPECT_TRUE(refused_with("Authorization", "AWS4-HMAC-SHA256 Signature=00"));
  bench.path = "/?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256";
  EXPECT_TRUE(bench.said().starts_with("error: "));
  bench.path = "*";
  EXPECT_TRUE(bench.said().starts_with("error: "));
  Bench other = s3_bench();  // Streams are S3's.
  other.fields[0].second = agent_signature("20130523/us-east-1/sqs/aws4_request");
  other.fields[2].second = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  EXPECT_TRUE(other.said().starts_with("error: "));
}

TEST(aws, the_host_is_signed_with_its_port) {
  Bench bench = s3_bench();
  Request request = bench.request();
  const auto signed_as = [&] {
    const auto made = lend_aws({bench.credential, request, bench.secrets, bench.grants, bench.clock});
    return text_of(*std::get<0>(made.value()));
  };
  const std::string plain = signed_as();
  request.authority = "examplebucket.s3.amazonaws.com:9000";
  EXPECT_NE(signed_as(), plain);
  request.authority = "examplebucket.s3.amazonaws.com";
  EXPECT_EQ(signed_as(), plain);
}

TEST(aws_role, sts_is_asked_first_and_its_keys_are_used) {
  Bench bench = s3_bench({{"role_arn", "arn:aws:iam::1:role/agent"}, {"session_policy", "read_only"}});
  const auto asked = bench.lend();
  const auto& exchange = std::get<Exchange>(*asked);
  EXPECT_EQ(exchange.host, "sts.us-east-1.amazonaws.com");
  EXPECT_TRUE(has(std::string(exchange.body.reveal()),
                  "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fagent"));
  EXPECT_TRUE(has(std::string(exchange.body.reveal()), "ReadOnlyAccess"));
  EXPECT_TRUE(
      has(std::string(exchange.authorization.reveal()), "SignedHeaders=content-type;host;x-amz-date,"));
  const std::string answer =
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
      "<SecretAccessKey>rolekey</SecretAccessKey><SessionToken>rolesession</SessionToken>"
      "<Expiration>2013-05-24T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
  ASSERT_TRUE(bench.answer(exchange, answer).ok());
  EXPECT_TRUE(has(bench.said(), "Credential=ASIAROLE/"));
  EXPECT_TRUE(has(bench.said(), "header x-amz-security-token=rolesession"));
  bench.clock.advance_us(3'600'000'000 - token_margin_us);
  EXPECT_TRUE(bench.said().starts_with("POST https://sts."));
  for (std::size_t size = 0; size < answer.find("</Expiration>"); ++size) {
    EXPECT_FALSE(read_aws_role(answer.substr(0, size), bench.clock.wall_us()).ok()) << size;
  }
  bench.credential.settings["session_policy"] = "everything";
  EXPECT_TRUE(bench.said().starts_with("error: "));
}

std::string role_answer(std::string_view id) {
  return "<Credentials><AccessKeyId>" + std::string(id) +
         "</AccessKeyId><SecretAccessKey>rolekey</SecretAccessKey><SessionToken>rolesession</SessionToken>"
         "<Expiration>2013-05-24T01:00:00Z</Expiration></Credentials>";
}

TEST(aws_role, what_may_write_has_the_whole_role_and_both_are_kept_side_by_side) {
  for (const std::string policy : {"read_only", R"({"Statement": []})"}) {
    Bench bench = s3_bench({{"role_arn", "arn:aws:iam::1:role/agent"}, {"session_policy", policy}});
    const auto narrowed = bench.lend();
    bench.may_write = true;
    const auto whole = bench.lend();
    const auto& first = std::get<Exchange>(*narrowed);
    const auto& second = std::get<Exchange>(*whole);
    EXPECT_NE(first.entry, second.entry);
    EXPECT_EQ(first.credential, second.credential);
    EXPECT_TRUE(has(std::string(first.body.reveal()), "Policy")) << policy;
    EXPECT_FALSE(has(std::string(second.body.reveal()), "Policy")) << policy;
    ASSERT_TRUE(bench.answer(second, role_answer("ASIAWHOLE")).ok());
    bench.may_write = false;
    EXPECT_TRUE(bench.said().starts_with("POST https://sts.")) << "a read is never lent the whole role";
    ASSERT_TRUE(bench.answer(first, role_answer("ASIANARROW")).ok());
    EXPECT_TRUE(has(bench.said(), "Credential=ASIANARROW/"));
    bench.may_write = true;
    EXPECT_TRUE(has(bench.said(), "Credential=ASIAWHOLE/"));
  }
}

TEST(aws_role, without_a_session_policy_there_is_one_role) {
  Bench bench = s3_bench({{"role_arn", "arn:aws:iam::1:role/agent"}});
  const auto asked = bench.lend();
  ASSERT_TRUE(bench.answer(std::get<Exchange>(*asked), role_answer("ASIAONE")).ok());
  for (const bool may_write : {false, true}) {
    bench.may_write = may_write;
    EXPECT_TRUE(has(bench.said(), "Credential=ASIAONE/"));
  }
}

TEST(aws_role, an_eks_token_is_a_presigned_question_who_one_is) {
  const AwsKeys keys{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), {}};
  const std::int64_t now = parse_time("2015-08-30T12:36:00Z").value();
  const Secret token = eks_token(keys, "prod", "eu-west-1", now).value();
  constexpr std::string_view prefix = "k8s-aws-v1.";
  ASSERT_TRUE(token.reveal().starts_with(prefix));
  const std::string url = from_base64url(token.reveal().substr(prefix.size())).value();
  EXPECT_TRUE(url.starts_with("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&")) << url;
  EXPECT_TRUE(has(url, "&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=")) << url;
  EXPECT_NE(
      url, from_base64url(eks_token(keys, "test", "eu-west-1", now)->reveal().substr(prefix.size())).value());
  EXPECT_FALSE(eks_token(keys, "", "eu-west-1", now).ok());
}

namespace {

// `Bearer k8s-aws-v1.…` as the URL that is in it; anything else as it is.
std::string question_in(Bench& bench) {
  const std::string said = bench.said();
  constexpr std::string_view before = "header Authorization=Bearer k8s-aws-v1.";
  if (!said.starts_with(before)) return said;
  return from_base64url(said.substr(before.size())).value();
}

Bench eks_bench(std::map<std::string, std::string> settings = {}) {
  Bench bench = s3_bench(std::move(settings));
  bench.method = "GET";
  bench.host = "abc.gr7.eu-west-1.eks.amazonaws.com";
  bench.path = "/api/v1/pods";
  bench.fields = {{"Authorization", "Bearer whatever the agent has"}};
  bench.cluster = Cluster{"prod", "eu-west-1"};
  return bench;
}

}  // namespace

TEST(aws_eks, a_cluster_is_given_a_token_and_not_a_signature) {
  Bench bench = eks_bench();
  EXPECT_TRUE(
      question_in(bench).starts_with("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&"))
      << bench.said();
  EXPECT_FALSE(aws_needs_body(bench.credential, bench.request()));
  EXPECT_TRUE(has(bench.hidden(), "k8s-aws-v1."));
  const std::string first = bench.said();
  bench.cluster = Cluster{"test", "eu-west-1"};
  EXPECT_NE(bench.said(), first);
  bench.cluster = Cluster{"prod", "cn-north-1"};
  EXPECT_TRUE(question_in(bench).starts_with("https://sts.cn-north-1.amazonaws.com.cn/?"));
}

TEST(aws_eks, a_token_is_kept_and_made_anew_before_its_fifteen_minutes_end) {
  Bench bench = eks_bench();
  const std::string first = bench.said();
  bench.clock.advance_us(13 * 60'000'000LL + 59'000'000);
  EXPECT_EQ(bench.said(), first);
  bench.clock.advance_us(1'000'000);
  const std::string second = bench.said();
  EXPECT_NE(second, first);
  EXPECT_EQ(bench.said(), second);
}

TEST(aws_eks, keys_that_took_others_place_sign_anew) {
  Bench bench = eks_bench();
  const std::string first = bench.said();
  bench.secrets.slots["access_key_id"] = "AKIDOTHER";
  const std::string second = bench.said();
  EXPECT_NE(second, first);
  EXPECT_TRUE(has(question_in(bench), "X-Amz-Credential=AKIDOTHER%2F"));
}

TEST(aws_eks, a_roles_keys_sign_and_its_session_is_in_the_token) {
  Bench bench = eks_bench({{"role_arn", "arn:aws:iam::1:role/agent"}});
  const auto asked = bench.lend();
  const std::string answer =
      "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>rolekey</SecretAccessKey>"
      "<SessionToken>rolesession</SessionToken><Expiration>2013-05-24T01:00:00Z</Expiration></Credentials>";
  ASSERT_TRUE(bench.answer(std::get<Exchange>(*asked), answer).ok());
  EXPECT_TRUE(has(question_in(bench), "X-Amz-Credential=ASIAROLE%2F"));
  EXPECT_TRUE(has(question_in(bench), "X-Amz-Security-Token=rolesession"));
  // The role's keys end before the token does: no token outlives them.
  bench.clock.advance_us(3'600'000'000 - token_margin_us);
  EXPECT_TRUE(bench.said().starts_with("POST https://sts."));
}

TEST(aws_eks, a_cluster_has_one_token_whatever_the_verdict_was) {
  Bench bench = eks_bench({{"role_arn", "arn:aws:iam::1:role/agent"}, {"session_policy", "read_only"}});
  const auto asked = bench.lend();
  ASSERT_TRUE(bench.answer(std::get<Exchange>(*asked), role_answer("ASIANARROW")).ok());
  const std::string read = bench.said();
  bench.may_write = true;
  EXPECT_EQ(bench.said(), read);
}

TEST(aws_eks, what_is_for_something_else_or_says_no_cluster_is_refused) {
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"service", "s3"}, {"region", "us-east-1"}}) {
    EXPECT_TRUE(eks_bench({{name, value}}).said().starts_with("error: ")) << name;
  }
  for (const Cluster& cluster : {Cluster{}, Cluster{"prod", ""}, Cluster{"", "eu-west-1"}}) {
    Bench bench = eks_bench();
    bench.cluster = cluster;
    EXPECT_TRUE(bench.said().starts_with("error: ")) << cluster.name << cluster.region;
  }
}

}  // namespace claw::vault
