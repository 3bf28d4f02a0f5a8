#include <gtest/gtest.h>

#include "config/load.h"

namespace claw::config {
namespace {

LoadResult with(const std::string& body, const std::string& more = {}) {
  return load_text("a.hcl", "schema_version = 2\nendpoint \"tools\" \"t\" { listen = \"127.0.0.1:8080\" }\n"
                            "endpoint \"mcp\" \"linear\" {\n" + body + "\n}\n" + more);
}

void refuses(const std::string& body, const std::string& what, const std::string& more = {}) {
  const LoadResult loaded = with(body, more);
  EXPECT_EQ(loaded.snapshot, nullptr) << body;
  EXPECT_NE(loaded.report().find(what), std::string::npos) << loaded.report();
}

const McpSettings& settings_of(const LoadResult& loaded) {
  return loaded.snapshot->endpoint("mcp.linear")->mcp;
}

TEST(DecodeMcp, AServerAtAUrl) {
  const LoadResult loaded = with(
      "url = \"https://mcp.example:8443/mcp?a=1\"\nprefix = \"lin\"\npins = \"accept_first\"\ntimeout = "
      "\"5s\"\n"
      "reads_only = [\"get_*\"]\ndestroys = [\"delete\"]\nresult_buffer = \"2MiB\"");
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  const Endpoint& endpoint = *loaded.snapshot->endpoint("mcp.linear");
  EXPECT_EQ(endpoint.family, action::Family::mcp);
  EXPECT_EQ(endpoint.upstream.text(), "mcp.example:8443");
  EXPECT_TRUE(endpoint.http.upstream_tls);
  EXPECT_FALSE(endpoint.http.private_network);
  EXPECT_EQ(endpoint.mcp.path, "/mcp?a=1");
  EXPECT_EQ(endpoint.mcp.prefix, "lin");
  EXPECT_TRUE(endpoint.mcp.accepts_first);
  EXPECT_EQ(endpoint.mcp.timeout_us, 5'000'000);
  EXPECT_EQ(endpoint.mcp.reads_only, std::vector<std::string>{"get_*"});
  EXPECT_EQ(endpoint.mcp.result_bytes_max, 2u << 20);
}

// Clients write dots as underscores: a name must not be two tools.
TEST(DecodeMcp, NamesThatClientsWouldMixAreRefused) {
  const std::string url = "url = \"https://a.example/mcp\"";
  for (const std::string prefix : {"linear", "Linear", "linear_two", "LINEAR_two"}) {
    refuses(url, "prefix", "endpoint \"mcp\" \"other\" {\n  " + url + "\n  prefix = \"" + prefix + "\"\n}\n");
  }
  refuses(url + "\nprefix = \"linear_two\"", "could have one name",
          "endpoint \"mcp\" \"other\" {\n  " + url + "\n  prefix = \"linear\"\n}\n");
  EXPECT_NE(with(url, "endpoint \"mcp\" \"linears\" { " + url + " }\n").snapshot, nullptr);
  refuses(url, "a tool of `mcp.linear` could have this name",
          "tool \"command\" \"linear_ls\" { command = [\"ls\"] }\n");
  refuses(url, "is built in", "tool \"command\" \"http_request\" { command = [\"ls\"] }\n");
}

TEST(DecodeMcp, AProgram) {
  const LoadResult loaded = with(
      "command = [\"sh\", \"/opt/a.js\"]\nfolders = [\"/usr/share\"]\nenvironment = { A = \"b\" }\nmemory = "
      "\"1GiB\"",
      "credential \"passthrough\" \"p\" { endpoint = mcp.linear }\nprofile \"default\" { credentials = "
      "[passthrough.p] }\n");
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  EXPECT_EQ(settings_of(loaded).command.size(), 2u);
  EXPECT_EQ(settings_of(loaded).environment.at("A"), "b");
  EXPECT_EQ(settings_of(loaded).prefix, "linear");
  EXPECT_FALSE(settings_of(loaded).accepts_first);
}

TEST(DecodeMcp, RefusesWhatDoesNotWork) {
  refuses("", "neither `url` nor `command`");
  refuses("url = \"https://a.example\"\ncommand = [\"sh\"]", "both `url` and `command`");
  refuses("url = \"http://a.example/mcp\"", "is not on this machine");
  refuses("url = \"https://a.example\"\nfolders = [\"/opt\"]", "`folders` is for a program");
  refuses("command = [\"sh\"]\nca_cert = \"x\"", "`ca_cert` is for a server at a `url`");
  refuses("command = [\"sh\"]\nfolders = [\"opt\"]", "a folder is an absolute path here");
  refuses("command = [\"sh\"]\nfolders = [\"/etc\"]", "the sandbox has a `/etc` of its own");
  refuses("command = [\"no-such-program\"]", "no-such-program");
  refuses("command = [\"sh\"]\nmemory = \"1MiB\"", "no program starts with less");
  refuses("url = \"https://a.example\"\nresult_buffer = \"5MiB\"", "4MiB is the most");
  refuses("url = \"https://a.example\"\nprefix = \"a.b\"", "is no prefix of names");
  refuses("url = \"https://a.example\"\nprefix = \"postgres\"", "are the gateway's own");
  refuses("url = \"https://a.example\"", "has this prefix already",
          "endpoint \"mcp\" \"other\" {\n  url = \"https://b.example\"\n  prefix = \"LINEAR\"\n}\n");
  refuses("command = [\"sh\"]", "nothing can be lent to its pipes",
          "credential \"bearer_token\" \"t\" { endpoint = mcp.linear }\n");
  refuses("url = \"http://127.0.0.1:1/mcp\"", "this server's `url` is none",
          "credential \"mcp_oauth\" \"t\" { endpoint = mcp.linear }\n");
  refuses("url = \"https://a.example\"", "cannot be used on `mcp.linear`",
          "credential \"postgres_credential\" \"t\" { endpoint = mcp.linear }\n");
}

const std::string reached = "endpoint \"https\" \"a\" { hosts = [\"a.example\"] }\n"
                            "credential \"bearer_token\" \"k\" { endpoint = https.a }\n"
                            "endpoint \"https\" \"b\" { hosts = [\"b.example\"] }\n"
                            "profile \"servers\" { credentials = [bearer_token.k] }\n";

TEST(DecodeMcp, AProgramThatConnects) {
  const LoadResult loaded = with(
      "command = [\"sh\"]\nendpoints = [https.a]\nprofile = profile.servers", reached);
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  EXPECT_EQ(settings_of(loaded).endpoints, std::vector<std::string>{"https.a"});
  EXPECT_EQ(settings_of(loaded).profile, "servers");
  EXPECT_EQ(loaded.report().find("no effect"), std::string::npos) << loaded.report();
}

TEST(DecodeMcp, WhereAProgramConnectsIsWholeOrRefused) {
  refuses("command = [\"sh\"]\nendpoints = [https.a]", "`profile` is missing", reached);
  refuses("command = [\"sh\"]\nprofile = profile.servers", "and it has none", reached);
  refuses("command = [\"sh\"]\nendpoints = [https.b]\nprofile = profile.servers",
          "profile `servers` does not reach https.b", reached);
  refuses("command = [\"sh\"]\nendpoints = [tools.t]\nprofile = profile.servers", "leads nowhere", reached);
  refuses("command = [\"sh\"]\nendpoints = [mcp.linear]\nprofile = profile.servers", "leads nowhere",
          reached);
  refuses("command = [\"sh\"]\nendpoints = [https.no]\nprofile = profile.servers", "no", reached);
  refuses("url = \"https://a.example\"\nendpoints = [https.a]\nprofile = profile.servers",
          "`endpoints` is for a program", reached);
  refuses("command = [\"sh\"]\nendpoints = [https.a]\nprofile = profile.servers", "is an agent here",
          reached + "agent \"mcp.linear\" { profile = profile.servers }\n");
  std::string many;
  for (int i = 0; i < 50; ++i) many += "\"a.example:" + std::to_string(9000 + i) + "\", ";
  refuses("command = [\"sh\"]\nendpoints = [https.m]\nprofile = profile.m", "at most 40",
          "endpoint \"https\" \"m\" { hosts = [" + many + "\"a.example\"] }\n"
          "credential \"bearer_token\" \"m\" { endpoint = https.m }\n"
          "profile \"m\" { credentials = [bearer_token.m] }\n");
}

// What a login is for is said once.
TEST(DecodeMcp, ALoginKnowsItsServer) {
  const LoadResult loaded = with("url = \"https://a.example/mcp\"",
                                 "credential \"mcp_oauth\" \"t\" { endpoint = mcp.linear }\n");
  ASSERT_NE(loaded.snapshot, nullptr) << loaded.report();
  EXPECT_EQ(loaded.snapshot->credential("t")->settings.at("resource"), "https://a.example/mcp");
}

}  // namespace
}  // namespace claw::config
