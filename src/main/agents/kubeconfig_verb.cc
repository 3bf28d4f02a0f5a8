// kubeconfig: how kubectl and the client libraries of an agent reach a cluster through the gateway.
#include <fmt/format.h>

#include <algorithm>

#include "main/agents/entrances.h"
#include "main/authority.h"
#include "main/environment/kubeconfig.h"
#include "main/paths.h"
#include "main/speak.h"
#include "main/verbs.h"
#include "store/file.h"

namespace claw::verbs {

namespace {

constexpr std::size_t file_bytes_max = 4UL << 20;
// kubectl asks a person for a name and a password where a user has nothing to show.
constexpr std::string_view placeholder = "clawpatrol-placeholder";

struct Asking {
  const KubeconfigOf& options;
  const config::Snapshot& policy;
  const config::Endpoint& endpoint;
  std::string folder;
};

Result<const config::Endpoint*> choose_endpoint(const config::Snapshot& policy, const std::string& name) {
  std::vector<std::string> names;
  const config::Endpoint* found = nullptr;
  for (const config::Endpoint& each : policy.endpoints) {
    if (name == each.typed && each.kind != "kubernetes") {
      return invalid(fmt::format("{} is no kubernetes endpoint", each.typed));
    }
    if (each.kind != "kubernetes") continue;
    names.push_back(each.name);
    if (name == each.name || name == each.typed || name.empty()) found = &each;
  }
  if (names.empty()) {
    return invalid("this policy has no kubernetes endpoint: add `endpoint \"kubernetes\" \"NAME\" { … }`");
  }
  if (name.empty() && names.size() > 1) return invalid("say which endpoint; " + suggestion("", names));
  if (found != nullptr) return found;
  return invalid(fmt::format("no kubernetes endpoint `{}`; {}", name, suggestion(name, names)));
}

Result<std::string> token_for(const Asking& asking, const config::Entrance& entrance) {
  if (entrance.require_token) {
    return agent_token({asking.policy, asking.endpoint, asking.options.agent, asking.folder});
  }
  const config::Profile* profile =
      entrance.profile.empty() ? asking.policy.default_profile() : asking.policy.profile(entrance.profile);
  if (profile != nullptr && asking.policy.reaches(profile->name, asking.endpoint)) return std::string();
  return invalid(fmt::format("whoever comes in there has no credential for {}", asking.endpoint.typed));
}

// What a door of its own shows instead of a leaf of ours; and ours, which vouches for leaves.
Result<std::string> authorities_of(const Asking& asking, const config::Entrance& entrance, bool with_ours) {
  std::string out;
  if (with_ours) {
    CLAW_TRY(out, agents_certificate(asking.folder, asking.policy.settings.vault));
  }
  if (entrance.tls == config::ListenTls::off || entrance.self_made) return out;
  CLAW_TRY(const auto shown, store::read_file(entrance.cert_file, file_bytes_max));
  const std::string certificates = certificates_in(shown.value_or(""));
  if (!certificates.empty()) return out + certificates;
  return Error{Code::not_found, fmt::format("there is no certificate in `{}`", entrance.cert_file), {}};
}

Result<Kubeconfig> by_door(const Asking& asking) {
  const config::Entrance& entrance = asking.endpoint.entrance;
  const std::string& name = asking.endpoint.typed;
  if (entrance.listeners.empty()) {
    return invalid(fmt::format("{} has no door of its own: add `listen = \"127.0.0.1:6443\"`, or ask with "
                               "--via proxy", name));
  }
  const config::HostPort& address = entrance.listeners.front().address;
  if (address.port == 0) return invalid(fmt::format("{} takes any free port: give its `listen` one", name));
  const bool has_tls = entrance.tls != config::ListenTls::off;
  if (entrance.require_token && !has_tls) {
    return invalid(fmt::format("{} asks for a token, which clients of Kubernetes show over TLS only: add "
                               "`tls_cert = \"auto\"`", name));
  }
  Kubeconfig config;
  config.server = (has_tls ? "https://" : "http://") + reachable(address.host, address.port);
  CLAW_TRY(config.token, token_for(asking, entrance));
  if (has_tls) {
    CLAW_TRY(config.authorities, authorities_of(asking, entrance, entrance.self_made));
  }
  return config;
}

Result<Kubeconfig> by_proxy(const Asking& asking) {
  const std::vector<config::HostPort>& hosts = asking.endpoint.hosts;
  const auto named = std::ranges::find_if(
      hosts, [](const config::HostPort& each) { return !config::is_wildcard(each.host); });
  if (named == hosts.end()) {
    return invalid(fmt::format("{} has only wildcards for hosts: write its `server`", asking.endpoint.typed));
  }
  CLAW_TRY(const config::ProxyListener* listener, choose_listener(asking.policy, asking.options.listener));
  CLAW_TRY(ProxyAddress proxy, address_of(*listener));
  CLAW_TRY(proxy.token, token_for(asking, listener->entrance));
  Kubeconfig config;
  config.server = "https://" + named->text();
  config.proxy = proxy_url(proxy);
  // What a proxy that speaks TLS shows is verified with the same authorities as what is behind it.
  config::Entrance shown = listener->entrance;
  if (!proxy.tls) shown.tls = config::ListenTls::off;
  CLAW_TRY(config.authorities, authorities_of(asking, shown, true));
  return config;
}

Result<Kubeconfig> answer(const KubeconfigOf& options, const config::Snapshot& policy) {
  CLAW_TRY(const config::Endpoint* endpoint, choose_endpoint(policy, options.endpoint));
  if (!endpoint->unserved.empty()) return invalid(endpoint->unserved);
  const std::string& folder = options.state_dir.empty() ? policy.settings.state_dir : options.state_dir;
  const Asking asking{options, policy, *endpoint, state_folder(folder)};
  const bool has_door = !endpoint->entrance.listeners.empty();
  const bool by_listener =
      options.via.empty() ? !has_door || !options.listener.empty() : options.via == "proxy";
  CLAW_TRY(Kubeconfig config, by_listener ? by_proxy(asking) : by_door(asking));
  config.name = "clawpatrol-" + endpoint->name;
  if (config.token.empty()) config.token = placeholder;
  return config;
}

// Other clusters may be in a file that is already there, and no copy of them anywhere.
Status write(const std::string& path, const std::string& text) {
  CLAW_TRY(const auto there, store::read_file(path, file_bytes_max));
  if (there && !there->empty() && !is_our_kubeconfig(*there)) {
    return invalid(fmt::format("`{}` is there, and not of ours: name another file; KUBECONFIG takes several, "
                               "as in `FILE:FILE`", path));
  }
  return store::replace_file(path, text);
}

}  // namespace

int kubeconfig(const KubeconfigOf& options) {
  const Opened opened = open_policy(options.config);
  if (opened.policy == nullptr) return opened.exit_code;
  const Result<Kubeconfig> config = answer(options, *opened.policy);
  const auto say = [](const Error& error) {
    return error.code == Code::invalid ? misuse(error.text()) : complain(error.text());
  };
  if (!config) return say(config.error());
  const std::string text = options.json ? kubeconfig_json(*config) : kubeconfig_yaml(*config);
  if (options.file.empty()) {
    put(text);
    return close_output(ok);
  }
  const Status written = write(options.file, text);
  if (!written) return say(written.error());
  remark(fmt::format("the agent asks with `KUBECONFIG={} kubectl get pods`", options.file));
  return ok;
}

}  // namespace claw::verbs
