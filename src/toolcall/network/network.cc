#include "toolcall/network/network.h"

#include <algorithm>

#include "base/host.h"
#include "config/hosts.h"

namespace claw::toolcall {
namespace {

constexpr std::uint16_t postgres_port = 5432;

}  // namespace

void Network::open(std::uint16_t port, Goal goal) { ways_.push_back({port, std::move(goal)}); }

void Network::add(const config::Endpoint& endpoint) {
  const bool is_database = endpoint.kind == "postgres";
  for (const config::HostPort& each : endpoint.hosts) {
    names_.add(each.host);
    if (each.port != 0) far_ports_.push_back(each.port);
    if (!is_database) continue;
    const std::uint16_t port = each.port != 0 ? each.port : postgres_port;
    databases_.push_back({each.host, port, endpoint.typed});
    far_ports_.push_back(port);
  }
  if (is_database) return;
  among_.push_back(endpoint.typed);
  far_ports_.insert(far_ports_.end(), {http_port, https_port});
}

std::optional<Goal> Network::goal_of(const io::Address& to) const {
  const bool was_named = names_.is_ours(to.host);
  const std::string host = was_named ? names_.name_at(to.host) : to.host;
  if (host.empty()) return std::nullopt;
  const auto way = std::ranges::find(ways_, to.port, &Way::port);
  if (!was_named && config::is_loopback(host) && way != ways_.end()) return way->goal;
  for (const Database& each : databases_) {
    if (each.host == host && each.port == to.port) return Goal{each.endpoint, host, to.port, {}};
  }
  if (among_.empty() || std::ranges::find(far_ports_, to.port) == far_ports_.end()) return std::nullopt;
  return Goal{{}, host, to.port, among_};
}

std::vector<std::uint16_t> Network::ports() const {
  std::vector<std::uint16_t> out = far_ports_;
  for (const Way& each : ways_) out.push_back(each.port);
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

}  // namespace claw::toolcall
