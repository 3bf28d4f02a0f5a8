// What is printed is read again by a real shell, and by a reader of JSON.
#include "main/environment/environment.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "base/json.h"

namespace claw::verbs {
namespace {

std::map<std::string, std::string> map_of(const Variables& variables) {
  return {variables.begin(), variables.end()};
}

AgentSide side() { return {"http://127.0.0.1:8443", "/s/ca.crt", "/s/ca-bundle.crt", {}}; }

TEST(Environment, points_everything_at_the_proxy_and_its_authority) {
  auto found = map_of(variables_of(side()));
  for (const char* name :
       {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}) {
    EXPECT_EQ(found[name], "http://127.0.0.1:8443") << name;
  }
  EXPECT_EQ(found["NO_PROXY"], "localhost,127.0.0.1,::1");
  EXPECT_EQ(found["no_proxy"], found["NO_PROXY"]);
  EXPECT_EQ(found["NODE_USE_ENV_PROXY"], "1");
  for (const char* name : {"NODE_EXTRA_CA_CERTS", "DENO_CERT"}) EXPECT_EQ(found[name], "/s/ca.crt") << name;
  for (const char* name : {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
                           "AWS_CA_BUNDLE", "CARGO_HTTP_CAINFO", "PIP_CERT"}) {
    EXPECT_EQ(found[name], "/s/ca-bundle.crt") << name;
  }
}

TEST(Environment, placeholders_stand_where_programs_look_for_keys) {
  AgentSide agent = side();
  agent.placeholders = {{"github_oauth", "gho_x", {}},
                        {"aws_credential", "AKIAX", {}},
                        {"bearer_token", "ph-openai", {"api.openai.com"}},
                        {"bearer_token", "ph-github", {"api.github.com"}},
                        {"bearer_token", "ph-other", {"intern.test"}},
                        {"mtls_credential", "", {}}};
  const Variables all = variables_of(agent);
  auto found = map_of(all);
  EXPECT_EQ(found.size(), all.size()) << "no name twice";
  EXPECT_EQ(found["GH_TOKEN"], "gho_x") << "the first counts";
  EXPECT_EQ(found["GITHUB_TOKEN"], "gho_x");
  EXPECT_EQ(found["AWS_ACCESS_KEY_ID"], "AKIAX");
  EXPECT_EQ(found["AWS_SECRET_ACCESS_KEY"], "clawpatrol-placeholder");
  EXPECT_EQ(found["OPENAI_API_KEY"], "ph-openai");
  for (const auto& [name, value] : all) EXPECT_NE(value, "ph-other") << name;
}

TEST(Environment, the_proxy_is_named_as_it_can_be_reached) {
  EXPECT_EQ(proxy_url({"127.0.0.1", 8443, false, {}}), "http://127.0.0.1:8443");
  EXPECT_EQ(proxy_url({"0.0.0.0", 1, true, {}}), "https://127.0.0.1:1");
  EXPECT_EQ(proxy_url({"::", 1, false, {}}), "http://[::1]:1");
  EXPECT_EQ(proxy_url({"proxy.test", 80, false, "a:b@c/d%'"}),
            "http://agent:a%3Ab%40c%2Fd%25%27@proxy.test:80");
}

std::string said_by_shell(const std::string& script) {
  FILE* shell = ::popen(("sh <<'END_OF_SCRIPT'\n" + script + "\nEND_OF_SCRIPT\n").c_str(), "r");
  std::string out;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, shell)) > 0;) out.append(buffer, got);
  ::pclose(shell);
  return out;
}

TEST(Environment, a_shell_reads_back_what_was_meant) {
  const std::string nasty = "a'b\"c $(echo x) `echo y` \\ $HOME ; # & | < > * ? ~ ! \t {1,2}\nline two''";
  const std::string script = shell_exports({{"CLAW_TRY", nasty}, {"CLAW_NEXT", "n"}});
  EXPECT_EQ(said_by_shell(script + "printf '%s|%s' \"$CLAW_TRY\" \"$CLAW_NEXT\""), nasty + "|n");
}

TEST(Environment, json_and_env_files_say_the_same) {
  const std::string nasty = "a\"b\\c\nd";
  const auto read = json::parse(json_object({{"A", nasty}, {"B", "1"}}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*docker_env({{"A", "x 'y' \"z\" $Q"}, {"B", "1"}}), "A=x 'y' \"z\" $Q\nB=1\n");
  EXPECT_FALSE(docker_env({{"A", nasty}}).ok());
  EXPECT_FALSE(docker_env({{"A", std::string("x\0y", 3)}}).ok());
}

TEST(Environment, the_fingerprint_is_of_the_bytes_in_the_certificate) {
  const std::string begins = "-----BEGIN CERTIFICATE-----\n", ends = "-----END CERTIFICATE-----\n";
  EXPECT_EQ(
      *fingerprint_of(begins + "YWJj\n" + ends),
      "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD");
  for (const std::string& bad :
       {std::string(), begins, ends + begins, begins + "a b" + ends, begins + "*" + ends}) {
    EXPECT_FALSE(fingerprint_of(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace claw::verbs
