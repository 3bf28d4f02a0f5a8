// A request that a credential is to be put into, as the vault needs to see it, and the conversation it may
// need with a token endpoint first. The vault talks to nobody: it says what to ask, the gateway asks, and the
// vault is told what came back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "action/edits.h"
#include "base/secret.h"

namespace claw::vault {

// Of EKS, as the endpoint says; both empty where the cluster is not one.
struct Cluster {
  std::string_view name;
  std::string_view region;
};

struct Request {
  std::string_view method;
  std::string_view host;  // Without a port.
  std::string_view path;  // Origin-form with its query, exactly as it will be sent.
  std::span<const std::pair<std::string, std::string>> fields;  // As the agent sent them.
  std::optional<std::string_view> body;                         // When needs_body() said so.
  std::string_view authority = {};  // As the Host field will say it; empty: `host`.
  std::optional<Cluster> cluster = {};  // Of an endpoint that is a Kubernetes cluster.
  bool may_write = false;               // Its verdict is one for changes; otherwise it is to be a read.
};

// How much of a request decides what is put into it.
enum class Sight : std::uint8_t {
  nothing,  // Always the same edits: they need not be made for each request.
  target,   // Method, host and path.
  fields,   // The agent's own headers too.
};

// One HTTPS request to a token endpoint, and who waits for it.
struct Exchange {
  std::string credential;
  std::string entry;  // Which of its tokens this is about: what the answer is kept under.
  std::string method;
  std::string host;
  std::uint16_t port = 443;
  std::string path;
  std::vector<std::pair<std::string, std::string>> fields;
  Secret body;
  Secret authorization;  // Empty: no such header.
  std::string state;     // The vault's own; handed back with the answer.
};

using Injection = std::variant<std::shared_ptr<const action::Edits>, Exchange>;

}  // namespace claw::vault
