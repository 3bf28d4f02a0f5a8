// What is written is read again as YAML's readers do, where it is JSON, and by kubectl in tests/e2e.
#include "main/environment/kubeconfig.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/text.h"

namespace claw::verbs {
namespace {

constexpr std::string_view authority =
    "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

Kubeconfig full() {
  return {"clawpatrol-prod", "https://127.0.0.1:6443", std::string(authority),
          "http://agent:t@127.0.0.1:8443", "clawp_token"};
}

TEST(kubeconfig, yaml_has_what_kubectl_reads) {
  EXPECT_EQ(kubeconfig_yaml(full()),
            "# Written by `clawpatrol kubeconfig`; for one agent, it may hold its token.\n"
            "apiVersion: v1\n"
            "kind: Config\n"
            "current-context: \"clawpatrol-prod\"\n"
            "clusters:\n"
            "  - name: \"clawpatrol-prod\"\n"
            "    cluster:\n"
            "      server: \"https://127.0.0.1:6443\"\n"
            "      certificate-authority-data: \"" + to_base64(authority) + "\"\n"
            "      proxy-url: \"http://agent:t@127.0.0.1:8443\"\n"
            "users:\n"
            "  - name: \"clawpatrol-prod\"\n"
            "    user:\n"
            "      token: \"clawp_token\"\n"
            "contexts:\n"
            "  - name: \"clawpatrol-prod\"\n"
            "    context:\n"
            "      cluster: \"clawpatrol-prod\"\n"
            "      user: \"clawpatrol-prod\"\n");
}

TEST(kubeconfig, what_there_is_not_is_left_out) {
  const Kubeconfig bare{"clawpatrol-a", "http://127.0.0.1:1", {}, {}, {}};
  const std::string yaml = kubeconfig_yaml(bare);
  EXPECT_NE(yaml.find("    user: {}\n"), std::string::npos) << yaml;
  for (const char* absent : {"certificate-authority-data", "proxy-url", "token:"}) {
    EXPECT_EQ(yaml.find(absent), std::string::npos) << absent;
    EXPECT_EQ(kubeconfig_json(bare).find(absent), std::string::npos) << absent;
  }
}

TEST(kubeconfig, json_says_the_same) {
  const auto read = json::parse(kubeconfig_json(full()));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->text_or("current-context", ""), "clawpatrol-prod");
  const json::Value& cluster = *read->find("clusters")->array()->front().find("cluster");
  EXPECT_EQ(cluster.text_or("server", ""), "https://127.0.0.1:6443");
  EXPECT_EQ(from_base64(cluster.text_or("certificate-authority-data", "")).value(), authority);
  EXPECT_EQ(cluster.text_or("proxy-url", ""), "http://agent:t@127.0.0.1:8443");
  EXPECT_EQ(read->find("users")->array()->front().find("user")->text_or("token", ""), "clawp_token");
  const json::Value& context = *read->find("contexts")->array()->front().find("context");
  EXPECT_EQ(context.text_or("cluster", ""), "clawpatrol-prod");
  EXPECT_EQ(context.text_or("user", ""), "clawpatrol-prod");
}

TEST(kubeconfig, nothing_in_it_becomes_another_line) {
  Kubeconfig nasty = full();
  nasty.token = "a\"\n    client-key-data: b\n#";
  const std::string yaml = kubeconfig_yaml(nasty);
  EXPECT_NE(yaml.find("      token: \"a\\\"\\n    client-key-data: b\\n#\"\n"), std::string::npos) << yaml;
}

TEST(kubeconfig, only_what_we_wrote_is_ours) {
  EXPECT_TRUE(is_our_kubeconfig(kubeconfig_yaml(full())));
  EXPECT_TRUE(is_our_kubeconfig(kubeconfig_json(full())));
  for (const std::string& other :
       {std::string(), std::string("apiVersion: v1\nkind: Config\n"), "\n" + kubeconfig_yaml(full()),
        std::string(R"({"apiVersion":"v1","kind":"Config","current-context":"prod"})")}) {
    EXPECT_FALSE(is_our_kubeconfig(other)) << other;
  }
}

TEST(kubeconfig, of_a_pem_file_only_the_certificates_are_shown) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
  const std::string one(authority);
  EXPECT_EQ(certificates_in(key + one + key + one), one + one);
  EXPECT_EQ(certificates_in("bag attributes\n" + one), one);
  EXPECT_EQ(certificates_in(key), "");
  EXPECT_EQ(certificates_in(""), "");
  for (std::size_t cut = 0; cut + 2 < one.size(); ++cut) EXPECT_EQ(certificates_in(one.substr(0, cut)), "");
}

}  // namespace
}  // namespace claw::verbs
