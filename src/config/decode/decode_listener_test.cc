#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/load.h"

namespace claw::config {
namespace {

constexpr std::string_view start = R"(schema_version = 2
endpoint "https" "api" { hosts = ["api.example.com"] }
credential "bearer_token" "key" { endpoint = https.api }
rule "reads" {
  endpoint  = https.api
  condition = "http.method == 'GET'"
  verdict   = "allow"
}
)";
constexpr std::string_view with_default = "profile \"default\" { credentials = [bearer_token.key] }\n";
constexpr std::string_view with_agent = "agent \"a\" { profile = profile.default }\n";

LoadResult with(std::string_view more, std::string_view beside = with_default) {
  return load_text("a.hcl", fmt::format("{}{}{}", start, beside, more));
}

TEST(decode_listener, a_proxy_on_loopback_takes_everybody_as_the_default_profile) {
  const LoadResult loaded =
      with("listener \"proxy\" \"dev\" { listen = [\"127.0.0.1:8080\", \"[::1]:8080\"] }");
  EXPECT_EQ(loaded.report(), "");
  ASSERT_TRUE(loaded.snapshot);
  ASSERT_EQ(loaded.snapshot->settings.listeners.size(), 1u);
  const ProxyListener& listener = loaded.snapshot->settings.listeners.front();
  EXPECT_EQ(listener.kind, ProxyListener::Kind::proxy);
  EXPECT_EQ(listener.name, "dev");
  EXPECT_EQ(listener.entrance.listeners.size(), 2u);
  EXPECT_FALSE(listener.entrance.require_token);
  EXPECT_EQ(listener.entrance.profile, "default");
  EXPECT_EQ(listener.entrance.tls, ListenTls::off);
}

TEST(decode_listener, where_agents_are_declared_or_the_network_can_come_in_a_token_is_asked) {
  const LoadResult loaded =
      with(fmt::format("{}listener \"proxy\" \"dev\" {{ listen = \"127.0.0.1:0\" }}", with_agent));
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_TRUE(loaded.snapshot->settings.listeners.front().entrance.require_token);
  const LoadResult wide = with("listener \"proxy\" \"dev\" { listen = \"0.0.0.0:8080\" }");
  EXPECT_FALSE(wide.snapshot);
  EXPECT_NE(wide.report().find("no agent is declared"), std::string::npos) << wide.report();
}

TEST(decode_listener, a_proxy_can_know_agents_by_certificate) {
  const LoadResult loaded = load_text(
      "conf/a.hcl",
      fmt::format(
          "{}{}{}listener \"proxy\" \"team\" {{\n  listen = \"0.0.0.0:8443\"\n  listen_tls = \"required\"\n"
          "  tls_cert = \"proxy.pem\"\n  tls_key = \"proxy.key\"\n  client_ca = \"agents.pem\"\n}}\n",
          start, with_default, with_agent));
  EXPECT_EQ(loaded.report(), "");
  ASSERT_TRUE(loaded.snapshot);
  const ProxyListener& listener = loaded.snapshot->settings.listeners.front();
  EXPECT_EQ(listener.client_ca_file, "conf/agents.pem");
  EXPECT_EQ(listener.entrance.cert_file, "conf/proxy.pem");
}

TEST(decode_listener, tokens_in_clear_text_are_a_warning) {
  const LoadResult loaded =
      with(fmt::format("{}listener \"proxy\" \"t\" {{ listen = \"0.0.0.0:8080\" }}", with_agent));
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("tokens may cross the network in clear text"), std::string::npos);
}

TEST(decode_listener, a_transparent_listener_has_a_profile_and_never_tokens) {
  const LoadResult loaded =
      with(fmt::format("{}listener \"transparent\" \"net\" {{ listen = \"0.0.0.0:15001\" }}", with_agent));
  EXPECT_EQ(loaded.report(), "");
  ASSERT_TRUE(loaded.snapshot);
  const Entrance& entrance = loaded.snapshot->settings.listeners.front().entrance;
  EXPECT_FALSE(entrance.require_token);
  EXPECT_EQ(entrance.profile, "default");
  constexpr std::string_view other = "profile \"ops\" { credentials = [bearer_token.key] }\n";
  const LoadResult none = with("listener \"transparent\" \"net\" { listen = \"127.0.0.1:0\" }", other);
  EXPECT_FALSE(none.snapshot);
  EXPECT_NE(none.report().find("`profile` is missing"), std::string::npos) << none.report();
  const LoadResult named =
      with("listener \"transparent\" \"net\" {\n listen = \"127.0.0.1:0\"\n profile = profile.ops\n}", other);
  ASSERT_TRUE(named.snapshot) << named.report();
  EXPECT_EQ(named.snapshot->settings.listeners.front().entrance.profile, "ops");
}

struct Mistake {
  std::string_view text;
  std::string_view says;
};

constexpr Mistake mistakes[] = {
    {"listener \"proxy\" \"x\" {}", "`listen` is missing"},
    {"listener \"proxy\" \"x\" { listen = [] }", "lets nobody in"},
    {"listener \"proxxy\" \"x\" { listen = \"127.0.0.1:0\" }", "did you mean `proxy`"},
    {"listener \"proxy\" { listen = \"127.0.0.1:0\" }", "takes a kind and a name"},
    {"listener \"proxy\" \"x\" { listen = \"proxy.example:8080\" }", "no address to listen on"},
    {"listener \"proxy\" \"x\" {\n listen = \"127.0.0.1:0\"\n listen_tls = \"required\"\n}",
     "`tls_cert` is missing"},
    {"listener \"proxy\" \"x\" {\n listen = \"127.0.0.1:0\"\n client_ca = \"ca.pem\"\n}",
     "only where there is TLS"},
    {"listener \"proxy\" \"x\" {\n listen = \"127.0.0.1:0\"\n profile = profile.nobody\n}",
     "there is no profile"},
    {"listener \"transparent\" \"x\" {\n listen = \"127.0.0.1:0\"\n profile = profile.nobody\n}",
     "there is no profile"},
    {"listener \"transparent\" \"x\" {\n listen = \"127.0.0.1:0\"\n require_token = true\n}",
     "unknown attribute `require_token`"},
    {"listener \"proxy\" \"x\" { listen = \"127.0.0.1:0\" }\nlistener \"transparent\" \"x\" { listen = "
     "\"127.0.0.1:0\" }",
     "there is already a listener called `x`"},
    {"listener \"proxy\" \"x\" { listen = \"127.0.0.1:80\" }\nlistener \"proxy\" \"y\" { listen = "
     "\"localhost:80\" }",
     "`127.0.0.1:80` is taken by another `listen`"},
    {"listener \"proxy\" \"x\" { listen = [\"127.0.0.1:80\", \"127.0.0.1:80\"] }", "is taken by another"},
    {"listener \"proxy\" \"x\" { listen = \"127.0.0.1:80\" }\nlistener \"transparent\" \"y\" { listen = "
     "\"0.0.0.0:80\" }",
     "`127.0.0.1:80` at a.hcl"},
    {"listener \"proxy\" \"x\" { listen = \"127.0.0.1:5432\" }\nendpoint \"postgres\" \"p\" {\n host = "
     "\"h\"\n "
     "listen = \"127.0.0.1:5432\"\n}",
     "is taken by another"},
    {"gateway {\n admin {\n  metrics = \"[::]:9464\"\n }\n}\nlistener \"proxy\" \"x\" { listen = "
     "\"127.0.0.1:9464\" }",
     "is taken by another"},
};

TEST(decode_listener, every_mistake_is_refused_with_what_is_meant) {
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = with(mistake.text);
    EXPECT_FALSE(loaded.snapshot) << mistake.text;
    EXPECT_NE(loaded.report().find(mistake.says), std::string::npos) << mistake.text << "\n"
                                                                     << loaded.report();
  }
}

TEST(decode_listener, what_no_endpoint_names_is_denied_unless_the_file_says_otherwise) {
  constexpr std::string_view proxy = "listener \"proxy\" \"x\" { listen = \"127.0.0.1:0\" }\n";
  EXPECT_EQ(with(proxy).snapshot->settings.unknown_host, UnknownHost::deny);
  const LoadResult open = with(fmt::format("{}defaults {{ unknown_host = \"passthrough\" }}\n", proxy));
  ASSERT_TRUE(open.snapshot) << open.report();
  EXPECT_EQ(open.snapshot->settings.unknown_host, UnknownHost::passthrough);
  EXPECT_NE(open.report().find("without being judged"), std::string::npos) << open.report();
  const LoadResult idle = with("defaults { unknown_host = \"deny\" }\n");
  EXPECT_NE(idle.report().find("no effect without a `listener`"), std::string::npos) << idle.report();
}

TEST(decode_listener, the_original_gateway_is_reached_through_a_listener_too) {
  const LoadResult loaded = load_text("a.hcl",
                                      "gateway {}\nlistener \"proxy\" \"x\" { listen = \"127.0.0.1:0\" }\n"
                                      "profile \"default\" { credentials = [] }\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.snapshot->settings.unknown_host, UnknownHost::passthrough);
}

}  // namespace
}  // namespace claw::config
