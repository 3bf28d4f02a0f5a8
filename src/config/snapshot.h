// One checked, immutable configuration, shared by every thread until a reload puts another in its place. The
// gateway asks it who may reach which endpoint with which credential; guard judges by the rulesets in
// its endpoints. It is only ever made by load() and does no input or output.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "approval/channel/settings.h"
#include "base/result.h"
#include "config/observe.h"
#include "config/hosts.h"
#include "config/model.h"
#include "config/tools/command_tool.h"

namespace claw::config {

// What the agent showed when it opened its connection or made its call.
struct Presented {
  std::optional<std::string_view> user;
  std::optional<std::string_view> database;
  // Where a placeholder may stand in: the Postgres user name; for HTTP Authorization and Cookie.
  std::vector<std::string_view> carriers;
};

class Snapshot {
 public:
  std::string version;         // First 16 hex digits of the SHA-256 of every source text.
  std::int64_t loaded_us = 0;  // Wall time.
  int schema_version = 0;
  Settings settings;
  std::vector<Endpoint> endpoints;  // All in source order.
  std::vector<Credential> credentials;
  std::vector<Profile> profiles;
  std::vector<Agent> agents;
  std::vector<Approver> approvers;  // The built-in `dashboard` first.
  std::vector<channel::Settings> channels;  // Those of approvers that name a Slack channel last.
  std::vector<Rule> rules;          // Packs' rules last.
  std::vector<Budget> budgets;
  std::vector<Exporter> exporters;
  std::vector<CommandTool> commands;

  const Endpoint* endpoint(std::string_view typed) const;  // `postgres.prod`; null when there is none.
  const Credential* credential(std::string_view name) const;
  const Profile* profile(std::string_view name) const;
  const Agent* agent(std::string_view name) const;
  const Approver* approver(std::string_view name) const;
  const channel::Settings* channel(std::string_view name) const;

  // The profile of an agent nobody gave one: `default`, otherwise the first; null when there are none.
  const Profile* default_profile() const;

  // Which endpoint a destination belongs to, among those `profile` can reach; null: an unknown host.
  // Configurations before schema_version 2 look through all profiles when `profile` does not exist.
  const Endpoint* find_endpoint(std::string_view profile, std::string_view host,
                                std::optional<std::uint16_t> port) const;

  // Which credential of `profile` serves `endpoint` for what the agent showed. A null credential is no
  // mistake: the profile has none there. An Error (denied) says what the agent could have shown instead.
  Result<const Credential*> resolve_credential(std::string_view profile, const Endpoint& endpoint,
                                               const Presented& presented) const;

  // Whether the profile may run with that credential there at all, whatever was sent.
  bool may_use(std::string_view profile, const Endpoint& endpoint, std::string_view credential) const;
  bool reaches(std::string_view profile,
               const Endpoint& endpoint) const;  // One of its credentials is bound to it.

  std::string to_json() const;  // Everything above, for `clawpatrol validate --json` and the operators' API.

 private:
  friend class Assembly;  // Fills the index after the last endpoint is known.
  HostIndex hosts_;
};

}  // namespace claw::config
