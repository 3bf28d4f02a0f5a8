#include "toolcall/network/equip.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "config/hosts.h"

namespace claw::toolcall {
namespace {

constexpr std::string_view folder = sandbox::files_folder;
constexpr std::uint16_t http_port = 80, https_port = 443;

// The name that an endpoint has for itself, as a Goal wants it.
Goal goal_of(const config::Endpoint& endpoint) {
  const auto named = std::ranges::find_if(
      endpoint.hosts, [](const config::HostPort& each) { return !config::is_wildcard(each.host); });
  const config::HostPort& host = named != endpoint.hosts.end() ? *named : endpoint.upstream;
  const std::uint16_t otherwise = endpoint.http.upstream_tls ? https_port : http_port;
  return {endpoint.typed, host.host, host.port != 0 ? host.port : otherwise, {}};
}

class Equipment {
 public:
  Equipment(Outfit& outfit, const config::Snapshot& snapshot, std::string_view profile)
      : outfit_(outfit), snapshot_(snapshot), profile_(profile) {}

  void add(const config::Endpoint& endpoint) {
    outfit_.network.add(endpoint);
    if (endpoint.kind == "postgres") return add_postgres(endpoint);
    if (endpoint.kind == "kubernetes") return clusters_.push_back(&endpoint);
    hosts_.push_back(endpoint.typed);
  }

  void finish(const Outside& outside) {
    if (!services_.empty()) add_service_file();
    for (const config::Endpoint* each : clusters_) add_cluster(*each, outside);
    if (!hosts_.empty()) add_proxy(outside);
    outfit_.program.census = outside.census;
    outfit_.program.ports = outfit_.network.ports();
    // Whatever answers by TLS there is the gateway.
    if (!outfit_.program.ports.empty()) {
      outfit_.program.files.push_back({std::string(certificates_path), outside.authority});
    }
    outfit_.program.asks_names = true;
    outfit_.program.environment.insert(outfit_.program.environment.begin(), variables_.begin(),
                                       variables_.end());
  }

 private:
  // Served without TLS and without asking who it is: the way leads to the gateway and nowhere else.
  void add_postgres(const config::Endpoint& endpoint) {
    const auto port = static_cast<std::uint16_t>(first_postgres_port + services_.size());
    open(port, {endpoint.typed, {}, 0, {}});
    Service service{endpoint.name, port, {}, {}};
    const config::Profile* profile = snapshot_.profile(profile_);
    const auto found = profile == nullptr ? nullptr : &profile->choices;
    const auto choices = found == nullptr ? decltype(profile->choices.end())() : found->find(endpoint.typed);
    if (found != nullptr && choices != found->end() && choices->second.size() == 1) {
      const config::Choice& choice = choices->second.front();
      const config::Credential* credential = snapshot_.credential(choice.credential);
      service.user = choice.user.value_or(credential != nullptr ? credential->user : "");
      service.database = choice.database.value_or(credential != nullptr ? credential->database : "");
    }
    services_.push_back(std::move(service));
  }

  void add_service_file() {
    std::string text;
    for (const Service& each : services_) {
      text += fmt::format("[{}]\nhost=127.0.0.1\nport={}\nsslmode=disable\ngssencmode=disable\n", each.name,
                          each.port);
      if (!each.user.empty()) text += "user=" + each.user + "\n";
      if (!each.database.empty()) text += "dbname=" + each.database + "\n";
    }
    const std::string path = fmt::format("{}/pg_service.conf", folder);
    outfit_.program.files.push_back({path, text});
    const Service& first = services_.front();
    set("PGSERVICEFILE", path);
    set("PGHOST", "127.0.0.1");
    set("PGPORT", std::to_string(first.port));
    set("PGSSLMODE", "disable");
    set("PGGSSENCMODE", "disable");
    if (!first.user.empty()) set("PGUSER", first.user);
    if (!first.database.empty()) set("PGDATABASE", first.database);
  }

  void add_cluster(const config::Endpoint& endpoint, const Outside& outside) {
    const auto port = static_cast<std::uint16_t>(first_kubernetes_port + configs_++);
    open(port, goal_of(endpoint));
    const std::string path = fmt::format("{}/kubeconfig-{}", folder, endpoint.name);
    outfit_.program.files.push_back(
        {path, outside.kubeconfig(endpoint.name, fmt::format("http://127.0.0.1:{}", port))});
    // kubectl joins what is in several; the first one's cluster is the one that is meant.
    kubeconfigs_ += (kubeconfigs_.empty() ? "" : ":") + path;
    if (configs_ == clusters_.size()) set("KUBECONFIG", kubeconfigs_);
  }

  void add_proxy(const Outside& outside) {
    open(proxy_port, {{}, {}, 0, hosts_});
    const std::string proxy = fmt::format("http://127.0.0.1:{}", proxy_port);
    for (auto& [name, value] : outside.variables(snapshot_, profile_, proxy, certificates_path)) {
      set(std::move(name), std::move(value));
    }
  }

  void open(std::uint16_t port, Goal goal) {
    outfit_.network.open(port, std::move(goal));
  }
  void set(std::string name, std::string value) {
    variables_.emplace_back(std::move(name), std::move(value));
  }

  struct Service {
    std::string name;
    std::uint16_t port = 0;
    std::string user;
    std::string database;
  };
  Outfit& outfit_;
  const config::Snapshot& snapshot_;
  std::string_view profile_;
  Variables variables_;
  std::vector<Service> services_;
  std::vector<const config::Endpoint*> clusters_;
  std::size_t configs_ = 0;
  std::string kubeconfigs_;
  std::vector<std::string> hosts_;
};

}  // namespace

std::vector<const config::Endpoint*> reached(const config::Snapshot& snapshot, std::string_view profile,
                                             const std::vector<std::string>& endpoints) {
  std::vector<const config::Endpoint*> out;
  for (const std::string& typed : endpoints) {
    const config::Endpoint* endpoint = snapshot.endpoint(typed);
    const bool is_there = endpoint != nullptr && endpoint->unserved.empty();
    if (is_there && snapshot.reaches(profile, *endpoint)) out.push_back(endpoint);
  }
  return out;
}

void equip(Outfit& outfit, const Outside& outside, const config::Snapshot& snapshot, std::string_view profile,
           const std::vector<const config::Endpoint*>& endpoints) {
  Equipment equipment(outfit, snapshot, profile);
  for (const config::Endpoint* each : endpoints) equipment.add(*each);
  equipment.finish(outside);
}

}  // namespace claw::toolcall
