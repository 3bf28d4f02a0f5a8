// What a program needs in its environment so that it goes through the gateway: the proxy's address, whom to
// trust, and placeholders where it expects keys. Text in, text out; the verb `env` finds the files and the
// policy and prints what comes of it. No secret is in here but the agent's own token, if it was given one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace claw::verbs {

using Variables = std::vector<std::pair<std::string, std::string>>;  // In the order they are printed.

struct Placeholder {
  std::string kind;                // `github_oauth`
  std::string text;                // What the agent sends instead of the secret; empty: nothing.
  std::vector<std::string> hosts;  // Of its endpoints: they tell whose `bearer_token` this is.
};

struct AgentSide {
  std::string proxy;        // `http://127.0.0.1:8443`
  std::string certificate;  // The file with our authority's certificate, for what adds to the system's roots.
  std::string bundle;       // The file with the system's roots and ours, for what replaces them.
  std::vector<Placeholder> placeholders;  // The first that fills a variable counts.
};

Variables variables_of(const AgentSide& side);

// `HOST:PORT` of a listener as it is reached on this machine: one on all addresses through loopback.
std::string reachable(std::string_view listening, std::uint16_t port);

// `http://HOST:PORT`, or https; a listener on all addresses is reached through loopback. With a token it is
// the password of `agent`.
struct ProxyAddress {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::string token;
};
std::string proxy_url(const ProxyAddress& address);

std::string shell_exports(const Variables& variables);  // `export NAME='value'` lines, quoted for any shell.
std::string json_object(const Variables& variables);          // One line.
Result<std::string> docker_env(const Variables& variables);   // For --env-file, which has no quoting at all.

// SHA-256 of the certificate as `AB:CD:…`, as `openssl x509 -fingerprint -sha256` shows it.
Result<std::string> fingerprint_of(std::string_view certificate_pem);

}  // namespace claw::verbs
