// A kubeconfig: what kubectl and the client libraries read to find a cluster, whom to trust there and what to
// show. Text in, text out; the verb `kubeconfig` finds the policy, the authority and the agent's token. What
// comes of it may hold that token, so it is for its agent alone.
#pragma once

#include <string>
#include <string_view>

namespace claw::verbs {

struct Kubeconfig {
  std::string name;         // Of the cluster, the user and the context: `clawpatrol-prod`.
  std::string server;       // `https://127.0.0.1:6443`
  std::string authorities;  // PEM; empty: the system's.
  std::string proxy;        // `http://agent:TOKEN@127.0.0.1:8443`; empty: none.
  std::string token;        // Shown to the server; empty: none.
};

std::string kubeconfig_yaml(const Kubeconfig& config);
std::string kubeconfig_json(const Kubeconfig& config);

// Whether a text is one of the above, and so may be replaced by another; anything else has clusters in it
// that nobody has a copy of.
bool is_our_kubeconfig(std::string_view text);

// The certificates in a PEM file, never a key that stands beside them.
std::string certificates_in(std::string_view pem);

}  // namespace claw::verbs
