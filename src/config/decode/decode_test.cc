#include "config/decode/decode.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "policy/ruleset.h"

namespace claw::config {
namespace {

constexpr std::string_view start = R"(schema_version = 2
endpoint "postgres" "p" {
  host   = "127.0.0.1:5432"
  listen = "127.0.0.1:0"
}
credential "postgres_credential" "c" { endpoint = postgres.p }
profile "default" { credentials = [postgres_credential.c] }
rule "reads" {
  endpoint  = postgres.p
  condition = "sql.verb == 'select'"
  verdict   = "allow"
}
)";

LoadResult with(std::string_view more) { return load_text("a.hcl", std::string(start) + std::string(more)); }

TEST(decode, a_small_configuration_loads_without_a_word) {
  const LoadResult loaded = with("");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.report(), "");
  const Endpoint* endpoint = loaded.snapshot->endpoint("postgres.p");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->upstream.text(), "127.0.0.1:5432");
  EXPECT_EQ(endpoint->upstream_tls.mode, SslMode::prefer);
  EXPECT_TRUE(endpoint->enforce_read);
  EXPECT_FALSE(endpoint->entrance.require_token);
  EXPECT_EQ(endpoint->entrance.profile, "default");
  EXPECT_EQ(loaded.snapshot->settings.unknown_host, UnknownHost::deny);
}

struct Mistake {
  std::string_view text;
  std::string_view says;  // Somewhere in the report.
};

// Each stands in a file that is otherwise right; what is said names the thing and, where one is near, the
// right word.
constexpr Mistake mistakes[] = {
    {"rulee \"x\" {}", "did you mean `rule`"},
    {"rule \"x\" {\n endpoint = postgres.p\n conditon = \"true\"\n verdict = \"deny\"\n}",
     "did you mean `condition`"},
    {"rule \"x\" {\n endpoint = postgres.q\n verdict = \"deny\"\n}", "there is no endpoint `postgres.q`"},
    {"rule \"x\" {\n endpoint = postgres_credential.c\n verdict = \"deny\"\n}",
     "is a credential, not an endpoint"},
    {"rule \"x\" {\n endpoint = p\n verdict = \"deny\"\n}", "write `postgres.p`"},
    {"rule \"x\" {\n endpoint = postgres.p\n}", "decides nothing"},
    {"rule \"x\" { verdict = \"deny\" }", "applies nowhere"},
    {"rule \"x\" {\n endpoint = postgres.p\n verdict = \"alow\"\n}", "did you mean `allow`"},
    {"rule \"x\" {\n endpoint = postgres.p\n verdict = \"deny\"\n approve = [builtin.dashboard]\n}",
     "both `verdict`"},
    {"rule \"x\" {\n endpoint = postgres.p\n approve = []\n}", "nobody is asked"},
    {"rule \"x\" {\n endpoint = postgres.p\n priority = 9999999\n verdict = \"deny\"\n}",
     "`priority` must be from"},
    {"rule \"x\" {\n endpoint = postgres.p\n priority = \"1\"\n verdict = \"deny\"\n}",
     "expects a whole number"},
    {"rule \"x\" {\n endpoint = postgres.p\n writes = true\n verdict = \"deny\"\n}",
     "lets something pass"},
    {"rule \"x\" {\n endpoint = postgres.p\n condition = null\n verdict = \"deny\"\n}", "got null"},
    {"rule \"reads\" {\n endpoint = postgres.p\n verdict = \"deny\"\n}", "there is already a rule"},
    {"rule \"x\" {\n endpoint = postgres.p\n patterns = []\n verdict = \"deny\"\n}", "never matches"},
    {"rule \"x\" {\n endpoint = postgres.p\n argument \"sql.tabels\" { equals = \"a\" }\n verdict = "
     "\"deny\"\n}",
     "did you mean `sql.tables`"},
    {"rule \"x\" {\n endpoint = postgres.p\n argument \"sql.inner\" { equals = \"a\" }\n verdict = "
     "\"deny\"\n}",
     "neither a string nor a list"},
    {"rule \"x\" {\n endpoint = postgres.p\n argument \"sql.verb\" {}\n verdict = \"deny\"\n}",
     "constrains nothing"},
    {"endpoint \"postgres\" \"q\" {}", "`host` is missing"},
    {"endpoint \"postgress\" \"q\" { host = \"h\" }", "did you mean `postgres`"},
    {"endpoint \"postgres\" \"q\" { host = \"*.h.example\" }", "cannot connect to a wildcard"},
    {"endpoint \"https\" \"q\" { hosts = [\"*.com\"] }", "two labels behind"},
    {"endpoint \"https\" \"q\" { hosts = [\"a.b\", \"A.b\"] }", "listed twice"},
    {"endpoint \"clickhouse_https\" \"q\" {\n hosts = [\"a.b\"]\n listen = \"127.0.0.1:0\"\n}",
     "not served yet"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n listen = \"db.example:5432\"\n}",
     "no address to listen on"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n listen = \"0.0.0.0:0\"\n}", "no agent is declared"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n listen = \"127.0.0.1:0\"\n listen_tls = \"required\"\n}",
     "`tls_cert` is missing"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n sslcert = \"c.pem\"\n}", "`sslkey` is missing"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n use = [\"postgres-garded\"]\n}",
     "did you mean `postgres-guarded`"},
    {"endpoint \"clickhouse_native\" \"q\" {\n hosts = [\"h\"]\n accept_invalid_certificate = true\n}",
     "without `tls`"},
    {"endpoint \"kubernetes\" \"q\" {}", "`hosts` or `server` is missing"},
    {"gateway {}\ngateway {}", "already a `gateway` block"},
    {"gateway {\n limits {\n  body_buffer = \"0\"\n }\n}", "body_buffer"},
    {"gateway {\n limits {\n  bodies = \"1MiB\"\n  body_buffer = \"2MiB\"\n }\n}", "less than two"},
    {"gateway {\n limits {\n  bodies = \"3MiB\"\n  body_buffer = \"2MiB\"\n }\n}", "less than two"},
    {"gateway {\n limits {\n  body_buffer = \"1GiB\"\n }\n}", "less than two"},
    {"gateway { resolver = \"dns.example\" }", "is no address"},
    {"gateway { resolver = \"10.0.0.300\" }", "is no"},
    {"gateway { resolver = \"10.0.0.2:\" }", "lacks a port"},
    {"gateway {\n actions_keep = \"-1h\"\n}", "is not a duration"},
    {"gateway {\n vault {\n  key_file = \"k\"\n  key_environment = \"K\"\n }\n}", "more than one key"},
    {"gateway { log_path = \"x\" }", "does nothing"},
    {"gateway { public_url = \"http://x\" }", "for this machine only"},
    {"gateway { dashboard_config_writes = true }", "`dashboard_config_writes` is not supported yet"},
    {"gateway {\n genai_telemetry {\n  include_message_content = true\n }\n}", "is not supported yet"},
    {"gateway {\n wireguard { subnet_cidr = \"10.0.0.0/24\" }\n}", "wireguard is not supported yet"},
    {"gateway {\n tailscale {}\n}", "tailscale is not supported yet"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n redact = [\"sql.parameter\"]\n}", "sql.parameters"},
    {"gateway {\n audit {\n  redact = [\"verdict\"]\n }\n}", "stays on record"},
    {"gateway {\n audit {\n  redact = [\"re:(\"]\n }\n}", "missing"},
    {"gateway {\n limits { connections_per_agent = 0 }\n}", "from 1 to 1000000"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n limits { idle_timeout = \"soon\" }\n}",
     "is not a duration"},
    {"endpoint \"postgres\" \"q\" {\n host = \"h\"\n limits { body_buffer = \"1KiB\" }\n}",
     "unknown attribute"},
    {"plugin \"x\" { source = \"y\" }", "not supported"},
    {"agent \"a\" { profile = profile.nobody }", "there is no profile"},
    {"approver \"human_approver\" \"dashboard\" { channel = \"#x\" }", "built in"},
    {"approver \"human_approver\" \"x\" {\n channel = \"#x\"\n require_approvers = 10\n}", "from 1 to 9"},
    {"profile \"q\" { credentials = [{ credential = postgres_credential.c, user = \"u\" }] }",
     "the only credential"},
    {"profile \"q\" { credentials = [{ credential = postgres_credential.c, usr = \"u\" }] }",
     "did you mean `user`"},
    {"credential \"postgres_credential\" \"d\" { endpoint = postgres.p }\n"
     "profile \"q\" { credentials = [postgres_credential.c, postgres_credential.d] }",
     "cannot be told apart"},
    {"endpoint \"postgres\" \"q\" { host = \"127.0.0.1\" }\n"
     "credential \"postgres_credential\" \"d\" { endpoint = postgres.q }\n"
     "profile \"q\" { credentials = [postgres_credential.c, postgres_credential.d] }",
     "belongs to `postgres.p`"},
    {"credential \"postgres_credential\" \"a b\" {}", "is no name"},
    {"tunnel \"tailscale\" \"a\" { via = tailscale.b }\ntunnel \"tailscale\" \"b\" { via = tailscale.a }",
     "goes through itself"},
};

TEST(decode, every_mistake_is_refused_with_what_is_meant) {
  for (const Mistake& mistake : mistakes) {
    const LoadResult loaded = with(mistake.text);
    EXPECT_FALSE(loaded.snapshot) << mistake.text;
    EXPECT_NE(loaded.report().find(mistake.says), std::string::npos) << mistake.text << "\n"
                                                                     << loaded.report();
  }
}

// Files of the original say these; what they would have done is told, and they load.
TEST(decode, before_version_two_what_is_not_supported_is_a_warning) {
  const LoadResult loaded = load_text(
      "a.hcl", "schema_version = 1\ngateway {\n"
               " dashboard_config_writes = false\n wireguard {\n  subnet_cidr = \"10.0.0.0/24\"\n"
               "  endpoint = \"x:1\"\n }\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  for (const std::string_view part :
       {"wireguard: "}) {
    EXPECT_NE(loaded.report().find(part), std::string::npos) << part << "\n" << loaded.report();
  }
  EXPECT_EQ(loaded.report().find("dashboard_config_writes"), std::string::npos) << "false is what happens";
}

TEST(decode, records_are_kept_as_long_as_the_longest_says) {
  constexpr std::int64_t hour_us = 3600LL * 1'000'000;
  const auto kept_hours = [](std::string_view gateway, std::string_view retention = "") {
    std::string text = "gateway {\n " + std::string(gateway) + "\n}\n";
    if (!retention.empty()) {
      text += "endpoint \"postgres\" \"q\" {\n host = \"h:1\"\n retention = \"" + std::string(retention) +
              "\"\n}\n";
    }
    const LoadResult loaded = with(text);
    EXPECT_TRUE(loaded.snapshot) << loaded.report();
    return loaded.snapshot ? loaded.snapshot->settings.audit.keep_us / hour_us : -1;
  };
  EXPECT_EQ(kept_hours(""), 0) << "for ever";
  EXPECT_EQ(kept_hours("actions_keep = \"720h\""), 720);
  EXPECT_EQ(kept_hours("session_keep = \"24h\""), 24);
  EXPECT_EQ(kept_hours("session_keep = \"24h\"\n actions_keep = \"72h\""), 72);
  EXPECT_EQ(kept_hours("session_keep = \"off\"\n actions_keep = \"72h\""), 0);
  EXPECT_EQ(kept_hours("actions_keep = \"72h\"", "100h"), 100);
  EXPECT_EQ(kept_hours("actions_keep = \"72h\"", "off"), 0);
  EXPECT_EQ(kept_hours("actions_keep = \"72h\"", "24h"), 72);
  const LoadResult shorter =
      with("endpoint \"postgres\" \"q\" {\n host = \"h:1\"\n retention = \"24h\"\n}\n");
  ASSERT_TRUE(shorter.snapshot) << shorter.report();
  EXPECT_EQ(shorter.snapshot->settings.audit.retention_us.at("postgres.q"), 24 * hour_us);
}

TEST(decode, connections_have_limits_of_the_gateway_and_of_endpoints) {
  const LoadResult loaded = with(
      "gateway {\n limits {\n  connections_per_agent = 20\n  idle_timeout = \"1h\"\n }\n}\n"
      "endpoint \"postgres\" \"q\" {\n host = \"h:1\"\n limits {\n  connections = 7\n"
      "  connections_per_agent = 2\n  idle_timeout = \"30s\"\n }\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.snapshot->settings.limits.connections_per_agent, 20U);
  EXPECT_EQ(loaded.snapshot->settings.limits.idle_timeout_us, 3600LL * 1'000'000);
  const EndpointLimits& limits = loaded.snapshot->endpoint("postgres.q")->limits;
  EXPECT_EQ(limits.connections, 7U);
  EXPECT_EQ(limits.connections_per_agent, 2U);
  EXPECT_EQ(limits.idle_timeout_us, 30'000'000);
  EXPECT_EQ(loaded.snapshot->endpoint("postgres.p")->limits.connections, 0U);
}

TEST(decode, all_mistakes_of_a_file_are_told_in_one_go) {
  const LoadResult loaded = with(
      "gateway { stat_dir = \"x\" }\n"
      "rule \"a\" {\n endpoint = postgres.p\n condition = \"sql.verbb == 'x'\"\n verdict = \"deny\"\n}\n"
      "rule \"b\" {\n endpoint = postgres.x\n verdict = \"deny\"\n}\n"
      "approver \"human_approver\" \"y\" { timeout = \"soon\" }\n");
  for (const std::string_view part :
       {"stat_dir", "sql.verb", "postgres.x", "timeout"}) {
    EXPECT_NE(loaded.report().find(part), std::string::npos) << part << "\n" << loaded.report();
  }
}

TEST(decode, a_mistake_in_a_condition_is_shown_inside_its_text) {
  const LoadResult quoted = load_text(
      "a.hcl", std::string(start) +
                   "rule \"x\" {\n  endpoint = postgres.p\n  condition = \"sql.inner && sql.tabels\"\n"
                   "  verdict = \"deny\"\n}\n");
  EXPECT_NE(quoted.report().find("a.hcl:15:29: error"), std::string::npos) << quoted.report();
  const LoadResult heredoc =
      load_text("a.hcl", std::string(start) +
                             "rule \"x\" {\n  endpoint = postgres.p\n  condition = <<-CEL\n    sql.inner\n"
                             "      && sql.tabels == []\n  CEL\n  verdict = \"deny\"\n}\n");
  EXPECT_NE(heredoc.report().find("a.hcl:17:10: error"), std::string::npos) << heredoc.report();
}

TEST(decode, sugar_keeps_the_condition_where_it_was_written_and_cannot_be_reparenthesised) {
  const std::string rule =
      "rule \"x\" {{\n  endpoint = postgres.p\n  condition = \"{}\"\n  patterns = [\"a\"]\n"
      "  verdict = \"deny\"\n}}\n";
  const LoadResult wrong = with(fmt::format(fmt::runtime(rule), "sql.inner && sql.tabels"));
  EXPECT_NE(wrong.report().find("a.hcl:15:29: error"), std::string::npos) << wrong.report();
  EXPECT_FALSE(with(fmt::format(fmt::runtime(rule), "true) || (false")).snapshot);
  EXPECT_TRUE(with(fmt::format(fmt::runtime(rule), "sql.inner // a comment to the end")).snapshot);
}

TEST(decode, an_older_version_allows_by_default_and_says_so) {
  const LoadResult loaded = load_text("a.hcl",
                                      "gateway {}\nendpoint \"postgres\" \"p\" {\n  host = \"db.example\"\n"
                                      "  listen = \"127.0.0.1:0\"\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("allows whatever no rule mentions"), std::string::npos);
  const Endpoint& endpoint = loaded.snapshot->endpoints.front();
  EXPECT_EQ(endpoint.ruleset->settings().otherwise, policy::Outcome::allow);
  EXPECT_FALSE(endpoint.enforce_read);
  EXPECT_EQ(endpoint.upstream_tls.mode, SslMode::prefer);
}

TEST(decode, a_remote_server_is_verified_unless_the_file_says_otherwise) {
  const LoadResult loaded = with("endpoint \"postgres\" \"q\" { host = \"db.example\" }");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_EQ(loaded.snapshot->endpoint("postgres.q")->upstream_tls.mode, SslMode::verify_full);
}

TEST(decode, where_agents_are_declared_every_listener_asks_for_a_token) {
  const LoadResult loaded = with("agent \"a\" { profile = profile.default }");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_TRUE(loaded.snapshot->endpoint("postgres.p")->entrance.require_token);
  EXPECT_EQ(loaded.snapshot->agents.front().token_secret, "agent_a");
}

TEST(decode, what_is_behind_a_tunnel_is_never_dialled_directly) {
  const LoadResult loaded = with(
      "tunnel \"local_command\" \"t\" {\n command = [\"x\"]\n listen = \"127.0.0.1:5000\"\n}\n"
      "endpoint \"postgres\" \"q\" {\n host = \"db.example\"\n tunnel = local_command.t\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_FALSE(loaded.snapshot->endpoint("postgres.q")->unserved.empty());
  EXPECT_NE(loaded.report().find("tunnel"), std::string::npos);
}

TEST(decode, a_rule_that_can_never_match_is_a_warning) {
  const LoadResult loaded =
      with("rule \"x\" {\n  endpoint = postgres.p\n  condition = \"1 == 2\"\n  verdict = \"deny\"\n}\n");
  ASSERT_TRUE(loaded.snapshot) << loaded.report();
  EXPECT_NE(loaded.report().find("never"), std::string::npos) << loaded.report();
}

}  // namespace
}  // namespace claw::config
