#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "config/load.h"

namespace claw::config {
namespace {

// One https endpoint with `attributes`, reached through a proxy on loopback, and `more` beside it.
LoadResult with(std::string_view attributes, std::string_view more = {}) {
  return load_text(
      "a.hcl",
      fmt::format("schema_version = 2\nlistener \"proxy\" \"dev\" {{ listen = \"127.0.0.1:0\" }}\n"
                  "endpoint \"https\" \"api\" {{\n  hosts = [\"api.example.com\"]\n  {}\n}}\n"
                  "credential \"bearer_token\" \"key\" {{ endpoint = https.api }}\n"
                  "profile \"default\" {{ credentials = [bearer_token.key] }}\n"
                  "rule \"reads\" {{\n  endpoint = https.api\n  condition = \"http.method == 'GET'\"\n"
                  "  verdict = \"allow\"\n}}\n{}",
                  attributes, more));
}

TEST(decode_http, an_endpoint_has_safe_defaults_and_says_nothing) {
  const LoadResult loaded = with("");
  EXPECT_EQ(loaded.report(), "");
  ASSERT_TRUE(loaded.snapshot);
  const Endpoint& endpoint = *loaded.snapshot->endpoint("https.api");
  EXPECT_EQ(endpoint.unserved, "");
  EXPECT_EQ(endpoint.upstream.host, "");
  EXPECT_TRUE(endpoint.http.upstream_tls);
  EXPECT_EQ(endpoint.http.upstream_http, UpstreamHttp::automatic);
  EXPECT_EQ(endpoint.http.set_cookie, SetCookie::strip);
  EXPECT_TRUE(endpoint.http.scan_answers);
  EXPECT_FALSE(endpoint.http.method_override);
  EXPECT_FALSE(endpoint.http.private_network);
  EXPECT_EQ(endpoint.http.roots_pem, "");
}

TEST(decode_http, every_attribute_reaches_the_snapshot) {
  const LoadResult loaded = with(
      "upstream = \"https://Gateway.internal:8443\"\n  upstream_http = \"2\"\n  set_cookie = \"pass\"\n"
      "  scan_answers = false\n  method_override = true\n  private_network = true\n"
      "  ca_cert = \"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\"\n"
      "  mode = \"observe\"\n  description = \"the api\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const Endpoint& endpoint = *loaded.snapshot->endpoint("https.api");
  EXPECT_EQ(endpoint.upstream.text(), "gateway.internal:8443");
  EXPECT_EQ(endpoint.http.upstream_http, UpstreamHttp::http2);
  EXPECT_EQ(endpoint.http.set_cookie, SetCookie::pass);
  EXPECT_FALSE(endpoint.http.scan_answers);
  EXPECT_TRUE(endpoint.http.method_override);
  EXPECT_TRUE(endpoint.http.private_network);
  EXPECT_NE(endpoint.http.roots_pem.find("AA=="), std::string::npos);
  EXPECT_EQ(endpoint.mode, policy::Mode::observe);
}

TEST(decode_http, an_upstream_has_the_port_of_its_scheme) {
  const LoadResult tls = with("upstream = \"https://api.example.com\"");
  ASSERT_TRUE(tls.snapshot) << tls.report();
  EXPECT_EQ(tls.snapshot->endpoint("https.api")->upstream.text(), "api.example.com:443");
  const LoadResult plain = with("upstream = \"http://127.0.0.1:3000\"");
  ASSERT_TRUE(plain.snapshot) << plain.report();
  EXPECT_EQ(plain.report(), "");
  const Endpoint& endpoint = *plain.snapshot->endpoint("https.api");
  EXPECT_FALSE(endpoint.http.upstream_tls);
  EXPECT_TRUE(endpoint.http.private_network);
}

TEST(decode_http, clear_text_to_another_machine_is_a_warning) {
  const LoadResult loaded = with("upstream = \"http://api.internal\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.snapshot->endpoint("https.api")->upstream.port, 80);
  EXPECT_NE(loaded.report().find("clear text"), std::string::npos) << loaded.report();
}

struct Mistake {
  std::string_view attributes;
  std::string_view says;
};

constexpr Mistake mistakes[] = {
    {"upstream = \"api.example.com\"", "does not begin with `https://`"},
    {"upstream = \"https://api.example.com/v1\"", "something behind the host"},
    {"upstream = \"https://api.example.com/\"", "something behind the host"},
    {"upstream = \"https://user:pw@api.example.com\"", "has no user"},
    {"upstream = \"https://*.example.com\"", "wildcard is no address"},
    {"upstream = \"https://\"", "cannot be empty"},
    {"upstream = \"https://api.example.com:99999\"", "is no port"},
    {"upstream = [\"https://a.example.com\"]", "`upstream` expects an address"},
    {"upstrem = \"https://a.example.com\"", "did you mean `upstream`"},
    {"upstream_http = \"3\"", "`upstream_http` cannot be `3`"},
    {"upstream_http = 2", "`upstream_http` expects one of"},
    {"set_cookie = \"passs\"", "did you mean `pass`"},
    {"scan_answers = \"no\"", "`scan_answers` expects true or false"},
    {"ca_cert = \"ca.pem\"", "<<file:ca.pem>>"},
    {"upstream = \"http://127.0.0.1\"\n  ca_cert = \"-----BEGIN CERTIFICATE-----\"", "nothing to verify"},
    {"repositories = [\"a/b\"]", "`repositories` is for the pack"},
    {"use = [\"postgres-guarded\"]", "is for sql, not http"},
    {"sslmode = \"require\"", "unknown attribute `sslmode`"},
};

TEST(decode_http, every_mistake_is_refused_with_what_is_meant) {
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = with(mistake.attributes);
    EXPECT_FALSE(loaded.snapshot) << mistake.attributes;
    EXPECT_NE(loaded.report().find(mistake.says), std::string::npos) << mistake.attributes << "\n"
                                                                     << loaded.report();
  }
}

TEST(decode_http, a_listener_of_wildcards_needs_an_upstream) {
  const auto endpoint = [](std::string_view more) {
    return with("", fmt::format("endpoint \"https\" \"wild\" {{\n  hosts = [\"*.example.org\"]\n"
                                "  listen = \"127.0.0.1:0\"\n  {}\n}}\n",
                                more));
  };
  const LoadResult loaded = endpoint("");
  EXPECT_FALSE(loaded.snapshot);
  EXPECT_NE(loaded.report().find("do not say which host"), std::string::npos) << loaded.report();
  EXPECT_TRUE(endpoint("upstream = \"https://a.example.org\"").snapshot);
}

TEST(decode_http, a_sidecar_shows_a_leaf_of_the_gateways_authority) {
  const LoadResult loaded =
      with("listen = \"127.0.0.1:0\"\n  tls_cert = \"auto\"\n  listen_tls = \"required\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const Entrance& entrance = loaded.snapshot->endpoint("https.api")->entrance;
  EXPECT_TRUE(entrance.self_made);
  EXPECT_EQ(entrance.tls, ListenTls::required);
  EXPECT_FALSE(entrance.require_token);
  EXPECT_EQ(entrance.profile, "default");
}

TEST(decode_http, an_endpoint_that_nobody_can_come_to_is_a_warning) {
  const LoadResult loaded = load_text(
      "a.hcl",
      "schema_version = 2\nendpoint \"https\" \"api\" { hosts = [\"a.example\"] }\n"
      "credential \"passthrough\" \"p\" { endpoint = https.api }\nprofile \"default\" { credentials = "
      "[passthrough.p] }\nrule \"r\" {\n endpoint = https.api\n verdict = \"allow\"\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("no agent comes in here"), std::string::npos) << loaded.report();
}

TEST(decode_http, the_dump_has_the_settings_and_no_certificate) {
  const LoadResult loaded =
      with("upstream = \"https://up.example.com\"\n  ca_cert = \"-----BEGIN CERTIFICATE-----\\nAA==\"");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  const auto dump = json::parse(loaded.snapshot->to_json());
  ASSERT_TRUE(dump) << dump.error().text();
  const json::Value& endpoint = dump->find("endpoints")->array()->front();
  EXPECT_EQ(endpoint.text_or("upstream", ""), "up.example.com:443");
  EXPECT_TRUE(endpoint.find("http")->bool_or("own_roots", false));
  EXPECT_EQ(endpoint.find("http")->text_or("set_cookie", ""), "strip");
  EXPECT_EQ(dump->find("listeners")->array()->front().text_or("kind", ""), "proxy");
}

TEST(decode_http, yaml_says_the_same) {
  const LoadResult loaded = load_text("a.yaml",
                                      "schema_version: 2\n"
                                      "listener:\n  proxy:\n    dev: {listen: ['127.0.0.1:0']}\n"
                                      "endpoint:\n  https:\n    api:\n      hosts: [api.example.com]\n"
                                      "      upstream: https://up.example.com\n      upstream_http: '1.1'\n"
                                      "credential:\n  bearer_token:\n    key: {endpoint: https.api}\n"
                                      "profile:\n  default: {credentials: [bearer_token.key]}\n"
                                      "rule:\n  all: {endpoint: https.api, verdict: allow}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.report(), "");
  EXPECT_EQ(loaded.snapshot->endpoint("https.api")->http.upstream_http, UpstreamHttp::http1);
  EXPECT_EQ(loaded.snapshot->settings.listeners.size(), 1u);
}

}  // namespace
}  // namespace claw::config
