#include "main/tools/command_outside.h"

#include "config/tools/programs.h"
#include "main/agents/entrances.h"
#include "main/environment/environment.h"
#include "main/environment/kubeconfig.h"

namespace claw::verbs {

namespace {

std::string find_kubectl() {
  auto found = config::find_program("kubectl");
  return found && config::is_shown(*found, {}) && config::check_sandbox() ? std::move(*found) : std::string();
}

}  // namespace

toolcall::Outside command_outside(std::string authority, metrics::Registry& registry) {
  toolcall::Outside outside;
  outside.census = std::make_shared<sandbox::Census>(registry);
  outside.authority = std::move(authority);
  outside.variables = [](const config::Snapshot& snapshot, std::string_view profile, std::string_view proxy,
                         std::string_view certificates) {
    // One file for both: nothing else is to be trusted where nothing else can be reached.
    AgentSide side{std::string(proxy), std::string(certificates), std::string(certificates), {}};
    if (const config::Profile* found = snapshot.profile(profile)) {
      side.placeholders = placeholders_of(snapshot, *found);
    }
    return variables_of(side);
  };
  outside.kubeconfig = [](std::string_view name, std::string_view server) {
    return kubeconfig_json({std::string(name), std::string(server), {}, {}, {}});
  };
  outside.kubectl = find_kubectl();
  return outside;
}

}  // namespace claw::verbs
