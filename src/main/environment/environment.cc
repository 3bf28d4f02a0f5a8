#include "main/environment/environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::verbs {

namespace {

// What replaces the system's roots must be given all of them.
constexpr std::string_view bundle_names[] = {
    "SSL_CERT_FILE",      "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",   "GIT_SSL_CAINFO",
    "AWS_CA_BUNDLE",      "CARGO_HTTP_CAINFO",  "PIP_CERT",         "NIX_SSL_CERT_FILE",
    "NPM_CONFIG_CAFILE",  "BUNDLE_SSL_CA_CERT", "HEX_CACERTS_PATH", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
};
constexpr std::string_view certificate_names[] = {"NODE_EXTRA_CA_CERTS", "DENO_CERT"};
constexpr std::string_view proxy_names[] = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"};
constexpr std::string_view loopback = "localhost,127.0.0.1,::1";

struct Usual {
  std::string_view what;  // A kind of credential, or a host.
  std::vector<std::string_view> names;
};

const std::vector<Usual>& usual_of_kinds() {
  static const std::vector<Usual> rows = {
      {"github_oauth", {"GH_TOKEN", "GITHUB_TOKEN"}},
      {"github_app", {"GH_TOKEN", "GITHUB_TOKEN"}},
      {"anthropic_manual_key", {"ANTHROPIC_API_KEY"}},
      {"anthropic_oauth_subscription", {"ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"}},
      {"openai_codex_oauth", {"CODEX_ACCESS_TOKEN"}},
      {"slack_tokens", {"SLACK_BOT_TOKEN"}},
      {"aws_credential", {"AWS_ACCESS_KEY_ID"}},
      {"gemini_api_key", {"GEMINI_API_KEY", "GOOGLE_API_KEY"}},
      {"google_credential", {"CLOUDSDK_AUTH_ACCESS_TOKEN"}},
      {"notion_oauth", {"NOTION_TOKEN", "NOTION_API_KEY"}},
      {"telegram_bot_token", {"TELEGRAM_BOT_TOKEN"}},
      {"discord_bot_token", {"DISCORD_BOT_TOKEN", "DISCORD_TOKEN"}},
  };
  return rows;
}

// For kinds that serve anybody.
const std::vector<Usual>& usual_of_hosts() {
  static const std::vector<Usual> rows = {
      {"api.openai.com", {"OPENAI_API_KEY"}},
      {"api.anthropic.com", {"ANTHROPIC_API_KEY"}},
      {"api.github.com", {"GH_TOKEN", "GITHUB_TOKEN"}},
      {"gitlab.com", {"GITLAB_TOKEN"}},
      {"api.mistral.ai", {"MISTRAL_API_KEY"}},
      {"api.groq.com", {"GROQ_API_KEY"}},
      {"openrouter.ai", {"OPENROUTER_API_KEY"}},
      {"huggingface.co", {"HF_TOKEN"}},
      {"registry.npmjs.org", {"NPM_TOKEN"}},
      {"sentry.io", {"SENTRY_AUTH_TOKEN"}},
      {"api.linear.app", {"LINEAR_API_KEY"}},
      {"api.stripe.com", {"STRIPE_API_KEY"}},
      {"api.cloudflare.com", {"CLOUDFLARE_API_TOKEN"}},
      {"api.notion.com", {"NOTION_TOKEN", "NOTION_API_KEY"}},
      {"slack.com", {"SLACK_BOT_TOKEN"}},
      {"generativelanguage.googleapis.com", {"GEMINI_API_KEY", "GOOGLE_API_KEY"}},
  };
  return rows;
}

std::vector<std::string_view> names_for(const Placeholder& placeholder) {
  for (const Usual& row : usual_of_kinds()) {
    if (row.what == placeholder.kind) return row.names;
  }
  std::vector<std::string_view> names;
  for (const Usual& row : usual_of_hosts()) {
    if (std::ranges::find(placeholder.hosts, row.what) == placeholder.hosts.end()) continue;
    names.insert(names.end(), row.names.begin(), row.names.end());
  }
  return names;
}

void add_placeholder(Variables& out, const Placeholder& placeholder) {
  if (placeholder.text.empty()) return;
  const auto add = [&](std::string_view name, std::string_view value) {
    const auto same = [&](const auto& each) { return each.first == name; };
    if (std::ranges::none_of(out, same)) out.emplace_back(name, value);
  };
  for (const std::string_view name : names_for(placeholder)) add(name, placeholder.text);
  // Its client signs with something; the gateway signs anew.
  if (placeholder.kind == "aws_credential") add("AWS_SECRET_ACCESS_KEY", "clawpatrol-placeholder");
}

// RFC 3986 §3.2.1: what may stand in a password as it is.
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

Variables variables_of(const AgentSide& side) {
  Variables out;
  for (const std::string_view name : proxy_names) {
    out.emplace_back(name, side.proxy);
    out.emplace_back(lower(name), side.proxy);
  }
  out.emplace_back("NO_PROXY", loopback);
  out.emplace_back("no_proxy", loopback);
  out.emplace_back("NODE_USE_ENV_PROXY", "1");
  for (const std::string_view name : certificate_names) out.emplace_back(name, side.certificate);
  for (const std::string_view name : bundle_names) out.emplace_back(name, side.bundle);
  for (const Placeholder& each : side.placeholders) add_placeholder(out, each);
  return out;
}

std::string reachable(std::string_view listening, std::uint16_t port) {
  std::string host(listening);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}:{}", host, port);
}

std::string proxy_url(const ProxyAddress& address) {
  const std::string user = address.token.empty() ? "" : "agent:" + percent_encoded(address.token) + "@";
  return fmt::format("{}://{}{}", address.tls ? "https" : "http", user,
                     reachable(address.host, address.port));
}

std::string shell_exports(const Variables& variables) {
  std::string out;
  for (const auto& [name, value] : variables) {
    out += "export " + name + "='";
    for (const char c : value) {
      if (c == '\'') out += "'\\''";  // Nothing else is special between single quotes.
      else out += c;
    }
    out += "'\n";
  }
  return out;
}

std::string json_object(const Variables& variables) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const auto& [name, value] : variables) writer.member(name, value);
  writer.end_object();
  return out + "\n";
}

Result<std::string> docker_env(const Variables& variables) {
  std::string out;
  for (const auto& [name, value] : variables) {
    if (value.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
      return invalid(fmt::format("{} has a line break, which an env file cannot hold", name));
    }
    out += name + "=" + value + "\n";
  }
  return out;
}

Result<std::string> fingerprint_of(std::string_view certificate_pem) {
  constexpr std::string_view begins = "-----BEGIN CERTIFICATE-----", ends = "-----END CERTIFICATE-----";
  const std::size_t from = certificate_pem.find(begins);
  const std::size_t until = certificate_pem.find(ends);
  if (from == std::string_view::npos || until == std::string_view::npos || until < from + begins.size()) {
    return invalid("this is no certificate");
  }
  std::string body(certificate_pem.substr(from + begins.size(), until - from - begins.size()));
  std::erase_if(body, [](char c) { return c == '\n' || c == '\r'; });
  CLAW_TRY(const std::string der, from_base64(body));
  const std::string hex = upper(to_hex(crypto::view(crypto::sha256(der))));
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    if (i > 0) out += ':';
    out += hex.substr(i, 2);
  }
  return out;
}

}  // namespace claw::verbs
