// env: what to put into an agent's environment so that its programs go through the gateway.
#include <fmt/format.h>

#include <cstdlib>

#include "main/agents/entrances.h"
#include "main/authority.h"
#include "main/environment/environment.h"
#include "main/paths.h"
#include "main/speak.h"
#include "main/verbs.h"
#include "store/authority_file.h"
#include "store/file.h"

namespace claw::verbs {

namespace {

constexpr std::size_t roots_bytes_max = 16 << 20;
// Where systems keep their roots: Debian, Red Hat, Alpine and macOS, SUSE.
constexpr const char* roots_files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                       "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
                                       "/etc/ssl/ca-bundle.pem"};

// Not what SSL_CERT_FILE names: that may be what an earlier `env` wrote.
Result<std::string> system_roots() {
  for (const char* path : roots_files) {
    CLAW_TRY(std::optional<std::string> found, store::read_file(path, roots_bytes_max));
    if (found) return std::move(*found);
  }
  return Error{Code::not_found, "this system's certificate authorities are not where systems have them", {}};
}

// Writes the two files agents read, and says where.
Status write_files(const Env& options, const config::Settings& settings, AgentSide& side) {
  const std::string state = state_folder(options.state_dir.empty() ? settings.state_dir : options.state_dir);
  const std::string folder = options.ca_folder.empty() ? state : options.ca_folder;
  CLAW_TRY(const std::string certificate, agents_certificate(state, settings.vault));
  CLAW_TRY(std::string roots, system_roots());
  if (!roots.ends_with('\n')) roots += '\n';
  side.certificate = folder + "/ca.crt";
  side.bundle = folder + "/ca-bundle.crt";
  if (folder != state) CLAW_TRY_DONE(store::replace_public_file(side.certificate, certificate));
  return store::replace_public_file(side.bundle, roots + certificate);
}

Result<std::string> proxy_of(const config::ProxyListener& listener) {
  CLAW_TRY(ProxyAddress proxy, address_of(listener));
  const bool wants_token = listener.entrance.require_token;
  const char* token = std::getenv("CLAWPATROL_TOKEN");
  if (wants_token && token != nullptr) proxy.token = token;
  if (wants_token && token == nullptr) {
    remark("this listener wants the agent's token: give it in CLAWPATROL_TOKEN and ask again");
  }
  return proxy_url(proxy);
}

Result<std::vector<Placeholder>> placeholders_for(const config::Snapshot& policy, const std::string& name) {
  const config::Profile* profile = name.empty() ? policy.default_profile() : policy.profile(name);
  if (profile != nullptr) return placeholders_of(policy, *profile);
  if (name.empty()) return std::vector<Placeholder>();
  return invalid(fmt::format("no profile `{}`; {}", name, suggestion(name, names_of(policy.profiles))));
}

Result<std::string> text_of(const Variables& variables, const std::string& form) {
  if (form == "json") return json_object(variables);
  if (form == "docker") return docker_env(variables);
  return shell_exports(variables);
}

Result<std::string> answer(const Env& options, const config::Snapshot& policy) {
  AgentSide side;
  CLAW_TRY(const config::ProxyListener* listener, choose_listener(policy, options.listener));
  CLAW_TRY(side.proxy, proxy_of(*listener));
  CLAW_TRY(side.placeholders,
           placeholders_for(policy, options.profile.empty() ? listener->entrance.profile : options.profile));
  CLAW_TRY_DONE(write_files(options, policy.settings, side));
  return text_of(variables_of(side), options.form);
}

}  // namespace

int env(const Env& options) {
  const Opened opened = open_policy(options.config);
  if (opened.policy == nullptr) return opened.exit_code;
  const Result<std::string> text = answer(options, *opened.policy);
  if (!text) {
    return text.error().code == Code::invalid ? misuse(text.error().text()) : complain(text.error().text());
  }
  put(*text);
  return close_output(ok);
}

}  // namespace claw::verbs
