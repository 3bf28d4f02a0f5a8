#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "config/load.h"

namespace claw::config {
namespace {

// One kubernetes endpoint with `attributes`, reached through a proxy on loopback, and `more` beside it.
LoadResult with(std::string_view attributes, std::string_view more = {}, int version = 2) {
  return load_text(
      "a.hcl",
      fmt::format("schema_version = {}\n{}listener \"proxy\" \"dev\" {{ listen = \"127.0.0.1:0\" }}\n"
                  "credential \"bearer_token\" \"key\" {{ endpoint = kubernetes.prod }}\n"
                  "profile \"default\" {{ credentials = [bearer_token.key] }}\n"
                  "rule \"reads\" {{\n  endpoint = kubernetes.prod\n  condition = \"k8s.verb == 'get'\"\n"
                  "  verdict = \"allow\"\n}}\nendpoint \"kubernetes\" \"prod\" {{\n  {}\n}}\n{}",
                  version, version < 2 ? "gateway {}\n" : "", attributes, more));
}

TEST(decode_kubernetes, an_endpoint_is_served_and_has_safe_defaults) {
  const LoadResult loaded = with("server = \"https://k8s.example.com:6443\"");
  EXPECT_EQ(loaded.report(), "");
  ASSERT_TRUE(loaded.snapshot);
  const Endpoint& endpoint = *loaded.snapshot->endpoint("kubernetes.prod");
  EXPECT_EQ(endpoint.unserved, "");
  EXPECT_EQ(endpoint.family, action::Family::k8s);
  EXPECT_EQ(endpoint.upstream.text(), "k8s.example.com:6443");
  EXPECT_TRUE(endpoint.http.upstream_tls);
  EXPECT_TRUE(endpoint.http.scan_answers);
  EXPECT_EQ(endpoint.http.set_cookie, SetCookie::strip);
  EXPECT_FALSE(endpoint.http.private_network);
  EXPECT_EQ(endpoint.kubernetes.read_as_user, "");
  EXPECT_EQ(loaded.snapshot->find_endpoint("default", "k8s.example.com", 6443), &endpoint);
}

struct Server {
  std::string_view written;
  std::string_view upstream;
  std::string_view host;     // As agents name it.
};

constexpr Server servers[] = {
    {"https://K8s.example.com:6443", "k8s.example.com:6443", "k8s.example.com:6443"},
    {"k8s.example.com:6443", "k8s.example.com:6443", "k8s.example.com:6443"},
    {"k8s.example.com", "k8s.example.com:443", "k8s.example.com"},
    {"https://k8s.example.com", "k8s.example.com:443", "k8s.example.com"},
    {"198.51.100.10", "198.51.100.10:443", "198.51.100.10"},
    {"198.51.100.10:6443", "198.51.100.10:6443", "198.51.100.10:6443"},
    {"https://[2001:db8::1]:6443", "[2001:db8::1]:6443", "[2001:db8::1]:6443"},
    {"2001:db8::1", "[2001:db8::1]:443", "[2001:db8::1]"},
    {"http://127.0.0.1:8001", "127.0.0.1:8001", "127.0.0.1:8001"},
};

TEST(decode_kubernetes, a_server_is_written_as_people_write_it) {
  for (const Server& server : servers) {
    const LoadResult loaded = with(fmt::format("server = \"{}\"", server.written));
    ASSERT_TRUE(loaded.snapshot) << server.written << loaded.report();
    EXPECT_EQ(loaded.report(), "") << server.written;
    const Endpoint& endpoint = *loaded.snapshot->endpoint("kubernetes.prod");
    EXPECT_EQ(endpoint.upstream.text(), server.upstream);
    ASSERT_EQ(endpoint.hosts.size(), 1U) << server.written;
    EXPECT_EQ(endpoint.hosts.front().text(), server.host);
    EXPECT_EQ(endpoint.http.upstream_tls, !server.written.starts_with("http://"));
    const bool is_address = server.written.find("example") == std::string_view::npos;
    EXPECT_EQ(endpoint.http.private_network, is_address) << server.written;
  }
}

TEST(decode_kubernetes, hosts_are_other_names_for_it_and_may_hold_the_server_too) {
  const LoadResult loaded = with(
      "hosts = [\"k8s.internal\", \"10.0.0.1:6443\"]\n  server = \"https://10.0.0.1:6443\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.report(), "");
  const Endpoint& endpoint = *loaded.snapshot->endpoint("kubernetes.prod");
  EXPECT_EQ(endpoint.hosts.size(), 2U);
  EXPECT_EQ(endpoint.upstream.text(), "10.0.0.1:6443");
  const LoadResult bare = with("hosts = [\"*.gr7.eu-west-1.eks.amazonaws.com\"]\n  private_network = true");
  ASSERT_TRUE(bare.snapshot) << bare.report();
  EXPECT_EQ(bare.snapshot->endpoint("kubernetes.prod")->upstream.host, "");
  EXPECT_TRUE(bare.snapshot->endpoint("kubernetes.prod")->http.private_network);
}

TEST(decode_kubernetes, every_attribute_reaches_the_snapshot_and_the_dump) {
  const LoadResult loaded = with(
      "server = \"k8s.internal\"\n  cluster_name = \"corp-prod\"\n  region = \"us-east-2\"\n"
      "  read_as_user = \"system:serviceaccount:ops:reader\"\n  read_as_groups = [\"view\", \"dev\"]\n"
      "  ca_cert = \"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\"\n"
      "  upstream_http = \"1.1\"\n  set_cookie = \"pass\"\n  scan_answers = false");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const Endpoint& endpoint = *loaded.snapshot->endpoint("kubernetes.prod");
  EXPECT_EQ(endpoint.http.upstream_http, UpstreamHttp::http1);
  EXPECT_EQ(endpoint.http.set_cookie, SetCookie::pass);
  EXPECT_FALSE(endpoint.http.scan_answers);
  EXPECT_NE(endpoint.http.roots_pem.find("AA=="), std::string::npos);
  const auto dump = json::parse(loaded.snapshot->to_json());
  ASSERT_TRUE(dump) << dump.error().text();
  const json::Value& shown = dump->find("endpoints")->array()->front();
  EXPECT_EQ(shown.text_or("family", ""), "k8s");
  EXPECT_TRUE(shown.find("http")->bool_or("own_roots", false));
  const json::Value& own = *shown.find("kubernetes");
  EXPECT_EQ(own.text_or("cluster_name", ""), "corp-prod");
  EXPECT_EQ(own.text_or("region", ""), "us-east-2");
  EXPECT_EQ(own.text_or("read_as_user", ""), "system:serviceaccount:ops:reader");
  EXPECT_EQ(own.find("read_as_groups")->array()->size(), 2U);
}

TEST(decode_kubernetes, streams_are_recorded_unless_it_says_otherwise) {
  const auto recorded = [](std::string_view more) {
    const LoadResult loaded = with("server = \"k8s.example.com\"\n  " + std::string(more));
    EXPECT_TRUE(loaded.snapshot) << loaded.report();
    const KubernetesSettings& settings = loaded.snapshot->endpoint("kubernetes.prod")->kubernetes;
    return std::pair(settings.record_streams, settings.record_input);
  };
  EXPECT_EQ(recorded(""), std::pair(true, true));
  EXPECT_EQ(recorded("record_input = false"), std::pair(true, false));
  EXPECT_EQ(recorded("record_streams = false"), std::pair(false, false));
  EXPECT_EQ(recorded("record_streams = false\n  record_input = false"), std::pair(false, false));
}

TEST(decode_kubernetes, clear_text_to_another_machine_is_a_warning) {
  const LoadResult loaded = with("server = \"http://k8s.internal\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("clear text"), std::string::npos) << loaded.report();
  EXPECT_NE(loaded.report().find("`server = \"https://k8s.internal\"`"), std::string::npos);
}

struct Mistake {
  std::string_view attributes;
  std::string_view says;
  std::string_view where;  // `line:column`, of the whole file.
};

constexpr Mistake mistakes[] = {
    {"", "`hosts` or `server` is missing", "10:1"},
    {"server = \"https://k8s.example.com/k8s/clusters/c-1\"", "something behind the host", "11:12"},
    {"server = \"ftp://k8s.example.com\"", "does not begin with `https://`", "11:12"},
    {"server = \"*.example.com\"", "wildcard is no address", "11:12"},
    {"server = \"admin@k8s.example.com\"", "has no user", "11:12"},
    {"server = \"k8s.example.com:0\"", "is no port", "11:12"},
    {"server = \"\"", "cannot be empty", "11:12"},
    {"server = [\"a.b\"]", "`server` expects an address such as", "11:12"},
    {"srver = \"k8s.example.com\"", "did you mean `server`", "11:3"},
    {"hosts = [\"a.b\", \"A.b\"]", "listed twice", "11:19"},
    {"hosts = [\"*.b.example\"]\n  listen = \"127.0.0.1:0\"", "`server = \"https://…\"`", "12:12"},
    {"server = \"a.b\"\n  cluster_name = \"c\"", "`region` is missing", "12:18"},
    {"server = \"a.b\"\n  region = \"eu-west-1\"", "`cluster_name` is missing", "12:12"},
    {"server = \"a.b\"\n  cluster_name = \"c d\"\n  region = \"r\"", "`c d` is no name of AWS", "12:18"},
    {"server = \"a.b\"\n  cluster_name = \"c\"\n  region = \"\"", "is no name of AWS", "13:12"},
    {"server = \"a.b\"\n  read_as_groups = [\"g\"]", "`read_as_user` is missing", "12:20"},
    {"server = \"a.b\"\n  read_as_user = \"\"", "cannot stand in a header", "12:18"},
    {"server = \"a.b\"\n  read_as_user = \"a\\r\\nX: b\"", "cannot stand in a header", "12:18"},
    {"server = \"a.b\"\n  read_as_user = \"u\"\n  read_as_groups = [\"system:masters\"]",
     "may do everything", "13:21"},
    {"server = \"a.b\"\n  record_streams = \"no\"", "`record_streams` expects", "12:20"},
    {"server = \"a.b\"\n  record_streams = false\n  record_input = true", "no input is recorded either",
     "13:18"},
    {"server = \"a.b\"\n  read_as_user = 7", "`read_as_user` expects a string", "12:18"},
    {"server = \"a.b\"\n  ca_cert = \"ca.pem\"", "<<file:ca.pem>>", "12:13"},
    {"server = \"http://127.0.0.1\"\n  ca_cert = \"-----BEGIN CERTIFICATE-----\"", "nothing to verify",
     "12:13"},
    {"server = \"a.b\"\n  upstream = \"https://a.b\"", "unknown attribute `upstream`", "12:3"},
    {"server = \"a.b\"\n  method_override = true", "unknown attribute `method_override`", "12:3"},
    {"server = \"a.b\"\n  use = [\"https-guarded\"]", "is for http, not k8s", "12:10"},
    {"server = \"a.b\"\n  use = [\"kubernetes-garded\"]", "did you mean `kubernetes-guarded`", "12:10"},
};

TEST(decode_kubernetes, every_mistake_is_refused_where_it_stands_with_what_is_meant) {
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = with(mistake.attributes);
    EXPECT_FALSE(loaded.snapshot) << mistake.attributes;
    EXPECT_NE(loaded.report().find(mistake.says), std::string::npos) << mistake.attributes << "\n"
                                                                     << loaded.report();
    EXPECT_NE(loaded.report().find(fmt::format("a.hcl:{}: error", mistake.where)), std::string::npos)
        << mistake.attributes << "\n" << loaded.report();
    EXPECT_NE(loaded.report().find('^'), std::string::npos);
  }
}

TEST(decode_kubernetes, these_kinds_prove_who_we_are_to_a_cluster_and_no_others) {
  for (const std::string_view kind : {"bearer_token", "basic_auth", "header_token", "cookie_token", "oauth2",
                                      "google_credential", "google_gke_credential", "mtls_credential",
                                      "aws_credential", "passthrough"}) {
    EXPECT_EQ(with("server = \"a.b\"\n  cluster_name = \"c\"\n  region = \"eu-west-1\"",
                   fmt::format("credential \"{}\" \"c\" {{\n endpoint = kubernetes.prod\n {}\n}}\n", kind,
                               kind == "basic_auth"     ? "username = \"u\""
                               : kind == "header_token" ? "header = \"X-Key\""
                               : kind == "oauth2" ? "token_url = \"https://i.example\"\n client_id = \"c\""
                                                  : ""))
                  .report(),
              "")
        << kind;
  }
  for (const std::string_view kind : {"github_oauth", "slack_tokens", "ssh_key", "postgres_credential"}) {
    const LoadResult loaded = with(
        "server = \"a.b\"", fmt::format("credential \"{}\" \"c\" {{ endpoint = kubernetes.prod }}\n", kind));
    EXPECT_FALSE(loaded.snapshot) << kind;
    EXPECT_NE(loaded.report().find("endpoints of kind kubernetes take `bearer_token`"), std::string::npos);
  }
}

TEST(decode_kubernetes, an_eks_credential_needs_to_be_told_the_cluster) {
  const auto bound = [](std::string_view endpoint, std::string_view settings, int version = 2) {
    return with(
        fmt::format("server = \"a.b\"\n  {}", endpoint),
        fmt::format("credential \"aws_credential\" \"aws\" {{\n  endpoint = kubernetes.prod\n  {}\n}}\n",
                    settings),
        version);
  };
  constexpr std::string_view cluster = "cluster_name = \"c\"\n  region = \"eu-west-1\"";
  EXPECT_EQ(bound(cluster, "").report(), "");
  EXPECT_EQ(bound(cluster, "region = \"eu-west-1\"\n  service = \"sts\"").report(), "");
  const LoadResult unsaid = bound("", "");
  EXPECT_FALSE(unsaid.snapshot);
  EXPECT_NE(unsaid.report().find("a.hcl:15:14: error"), std::string::npos) << unsaid.report();
  EXPECT_NE(unsaid.report().find("write its `cluster_name` and `region`"), std::string::npos);
  const LoadResult other = bound(cluster, "service = \"s3\"");
  EXPECT_FALSE(other.snapshot);
  EXPECT_NE(other.report().find("is for the service `s3`"), std::string::npos) << other.report();
  const LoadResult far = bound(cluster, "region = \"us-east-1\"");
  EXPECT_FALSE(far.snapshot);
  EXPECT_NE(far.report().find("the cluster is in `eu-west-1`"), std::string::npos) << far.report();
  const LoadResult old = bound("", "", 1);
  EXPECT_TRUE(old.snapshot) << old.report();
  EXPECT_NE(old.report().find("does not say which EKS cluster"), std::string::npos);
}

TEST(decode_kubernetes, an_endpoint_that_nobody_can_come_to_is_a_warning) {
  const LoadResult loaded = load_text(
      "a.hcl",
      "schema_version = 2\nendpoint \"kubernetes\" \"k\" { server = \"a.b\" }\n"
      "credential \"mtls_credential\" \"m\" { endpoint = kubernetes.k }\n"
      "profile \"default\" { credentials = [mtls_credential.m] }\n"
      "rule \"r\" {\n endpoint = kubernetes.k\n verdict = \"allow\"\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("no agent comes in here"), std::string::npos) << loaded.report();
}

TEST(decode_kubernetes, yaml_says_the_same) {
  const LoadResult loaded = load_text("a.yaml",
                                      "schema_version: 2\n"
                                      "endpoint:\n  kubernetes:\n    prod:\n"
                                      "      server: k8s.internal:6443\n      listen: 127.0.0.1:0\n"
                                      "      tls_cert: auto\n      read_as_user: reader\n"
                                      "      read_as_groups: [view]\n      use: [kubernetes-guarded]\n"
                                      "credential:\n  mtls_credential:\n"
                                      "    admin: {endpoint: kubernetes.prod}\n"
                                      "profile:\n  default: {credentials: [mtls_credential.admin]}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.report(), "");
  const Endpoint& endpoint = *loaded.snapshot->endpoint("kubernetes.prod");
  EXPECT_EQ(endpoint.upstream.text(), "k8s.internal:6443");
  EXPECT_TRUE(endpoint.entrance.self_made);
  EXPECT_EQ(endpoint.kubernetes.read_as_groups, std::vector<std::string>{"view"});
}

}  // namespace
}  // namespace claw::config
