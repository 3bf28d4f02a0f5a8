// What a program is given so that it finds its way to endpoints: names and ports in its sandbox that lead
// there, and the variables and files by which programs are told of proxies, certificates, databases and
// clusters. No secret is among them: whose the connections are is known, and credentials are lent where they
// arrive.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/snapshot.h"
#include "toolcall/network/network.h"

namespace claw::toolcall {

using Variables = std::vector<std::pair<std::string, std::string>>;

// What main knows of agents' programs.
struct Outside {
  std::string authority;  // PEM: whom the gateway's leaves are of.
  // For programs that go by that proxy and trust what is in that file.
  std::function<Variables(const config::Snapshot&, std::string_view profile, std::string_view proxy,
                          std::string_view certificates)>
      variables;
  // A kubeconfig whose one cluster is that server.
  std::function<std::string(std::string_view name, std::string_view server)> kubeconfig;
  std::shared_ptr<sandbox::Census> census = nullptr;
  std::string kubectl;    // Its path; empty: this machine has none, or no sandbox for it.
};

constexpr std::uint16_t proxy_port = 3128;
constexpr std::uint16_t first_postgres_port = 5432;
constexpr std::uint16_t first_kubernetes_port = 6443;
constexpr std::string_view certificates_path = "/etc/ssl/certs/ca-certificates.crt";

// Those of the endpoints that this profile reaches; others might as well not be there.
std::vector<const config::Endpoint*> reached(const config::Snapshot& snapshot, std::string_view profile,
                                             const std::vector<std::string>& endpoints);

// As a profile's program; variables that are there already come later and so count.
void equip(Outfit& outfit, const Outside& outside, const config::Snapshot& snapshot, std::string_view profile,
           const std::vector<const config::Endpoint*>& endpoints);

}  // namespace claw::toolcall
