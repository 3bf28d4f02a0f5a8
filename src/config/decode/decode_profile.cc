// Profiles and agents, and what follows from them: which profile reaches which endpoint, and with
// which credential.
#include <fmt/format.h>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"
#include "config/kinds/kinds.h"

namespace claw::config {

namespace {

constexpr std::string_view anonymous = "anonymous";

bool has_login(std::string_view kind) {
  return kind == "postgres_credential" || kind == "clickhouse_credential";
}

// What may tell a credential of this kind from others on the same endpoint.
bool may_choose_by(std::string_view kind, std::string_view field) {
  if (field == "placeholder") return kind != "ssh_key";
  return has_login(kind) || (kind == "ssh_key" && field == "user");
}

std::optional<std::string> constraint(const std::string& value) {
  return value.empty() ? std::nullopt : std::optional(value);
}

// Entry fields lie over the credential's own.
Choice choice_of(const Credential& credential, const Node* entry) {
  Choice choice{credential.name, std::nullopt, constraint(credential.user), constraint(credential.database)};
  if (credential.chosen_by_placeholder) choice.placeholder = credential.placeholder;
  if (!entry) return choice;
  const auto overlay = [&](std::string_view name, std::optional<std::string>& field) {
    if (const Attribute* member = entry->find(name)) field = constraint(member->value.text);
  };
  overlay("placeholder", choice.placeholder);
  overlay("user", choice.user);
  overlay("database", choice.database);
  return choice;
}

bool same_constraints(const Choice& a, const Choice& b) {
  return a.placeholder == b.placeholder && a.user == b.user && a.database == b.database;
}

bool is_http(const Endpoint& endpoint) {
  return endpoint.family == action::Family::http || endpoint.family == action::Family::k8s;
}

std::uint16_t default_port(const Endpoint& endpoint, bool tls) {
  if (endpoint.kind == "postgres") return 5432;
  if (endpoint.kind == "clickhouse_native") return tls ? 9440 : 9000;
  return endpoint.family == action::Family::ssh ? 22 : 443;
}

}  // namespace

void Assembly::profile(const Block& block) {
  Profile profile;
  profile.name = block.labels.back().text;
  profile.async_grants = Fields(block).boolean("hitl_async_grants", snapshot_->schema_version >= 2);
  const Node* members = Fields(block).find("credentials");
  if (members && members->kind == Kind::list) {
    for (const Node& node : members->items) member(node, profile);
  }
  check_choices(block, profile);
  check_inline(block, profile);
  if (!blocks_.try_emplace("profile." + profile.name, &block).second) return;
  snapshot_->profiles.push_back(std::move(profile));
}

void Assembly::member(const Node& node, Profile& profile) {
  const Node* entry = node.kind == Kind::object ? &node : nullptr;
  const Attribute* named = entry ? entry->find("credential") : nullptr;
  if (entry && !named) return;
  const Symbol* symbol = symbols_.resolve(named ? named->value : node, "credential");
  const Credential* credential = symbol ? snapshot_->credential(symbol->name) : nullptr;
  if (!credential) return;
  for (const Attribute& field : entry ? entry->members : std::vector<Attribute>{}) {
    if (field.name != "credential" && !may_choose_by(credential->kind, field.name)) {
      diagnostics_.error(field.name_range,
                         fmt::format("{} cannot be chosen by {}", credential->kind, field.name));
    }
  }
  const bool is_new = std::find(profile.credentials.begin(), profile.credentials.end(), credential->name) ==
                      profile.credentials.end();
  if (is_new) profile.credentials.push_back(credential->name);
  for (const std::string& endpoint : credential->endpoints) {
    profile.choices[endpoint].push_back(choice_of(*credential, entry));
  }
}

// Where several credentials serve one endpoint, what the agent shows must choose exactly one.
void Assembly::check_choices(const Block& block, const Profile& profile) {
  for (const auto& [endpoint, choices] : profile.choices) {
    for (std::size_t i = 0; i < choices.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!same_constraints(choices[i], choices[j])) continue;
        const bool fallbacks = choices[i].constraints() == 0;
        diagnostics_.error(
            head_of(block),
            fmt::format("on `{}` credentials `{}` and `{}` cannot be told apart", endpoint,
                        choices[j].credential, choices[i].credential),
            fallbacks ? "give all but one a placeholder: `{ credential = …, placeholder = \"…\" }`" : "");
      }
    }
  }
}

void Assembly::check_inline(const Block& block, const Profile& profile) {
  const Node* members = Fields(block).find("credentials");
  if (!members) return;
  for (const Node& node : members->items) {
    const Attribute* named = node.kind == Kind::object ? node.find("credential") : nullptr;
    if (!named || node.members.size() < 2) continue;
    const std::string written = named->value.kind == Kind::string ? named->value.text : named->value.dotted();
    const Credential* credential = snapshot_->credential(written.substr(written.find('.') + 1));
    if (!credential) continue;
    const bool ambiguous = std::any_of(credential->endpoints.begin(), credential->endpoints.end(),
                                       [&](const std::string& endpoint) {
                                         const auto found = profile.choices.find(endpoint);
                                         return found != profile.choices.end() && found->second.size() > 1;
                                       });
    if (ambiguous) continue;
    diagnostics_.error(node.range, fmt::format("`{}` is the only credential for its endpoints here", written),
                       "write the reference alone");
  }
}

void Assembly::agent(const Block& block) {
  const Fields fields(block);
  Agent agent;
  agent.name = block.labels.back().text;
  agent.token_secret = "agent_" + agent.name;
  agent.owner = fields.text("owner");
  if (fields.has("owner") && agent.owner.empty()) {
    diagnostics_.error(fields.range("owner"), "nobody is named", "leave it out, or name a person");
  }
  if (agent.name == anonymous) {
    diagnostics_.error(head_of(block), "`anonymous` is what agents without a token are called");
  }
  if (const Node* node = fields.find("profile")) {
    const Symbol* symbol = symbols_.resolve(*node, "profile");
    agent.profile = symbol ? symbol->name : "";
  }
  if (fields.has("uid")) agent.uid = static_cast<std::uint32_t>(fields.integer("uid", 0));
  for (const Agent& other : snapshot_->agents) {
    if (!agent.uid || other.uid != agent.uid) continue;
    diagnostics_.error(fields.range("uid"), fmt::format("agent `{}` has this user already", other.name));
  }
  snapshot_->agents.push_back(std::move(agent));
}

void Assembly::index_hosts() {
  const bool strict = snapshot_->schema_version >= 2;
  for (const Profile& profile : snapshot_->profiles) {
    for (std::uint32_t i = 0; i < snapshot_->endpoints.size(); ++i) {
      const Endpoint& endpoint = snapshot_->endpoints[i];
      if (!profile.choices.contains(endpoint.typed)) continue;
      const Fields fields(*blocks_.at(endpoint.typed));
      const auto port = static_cast<std::uint16_t>(
          fields.integer("port", default_port(endpoint, fields.boolean("tls", false))));
      for (const HostPort& host : endpoint.hosts) {
        const std::optional<std::uint32_t> owner =
            snapshot_->hosts_.add(profile.name, {host, port, is_http(endpoint)}, i);
        if (!owner) continue;
        const std::string text = fmt::format("in profile `{}` the host `{}` belongs to `{}`", profile.name,
                                             host.text(), snapshot_->endpoints[*owner].typed);
        strict ? diagnostics_.error(head_of(fields.block()), text)
               : diagnostics_.warning(head_of(fields.block()), text);
      }
    }
  }
}

void Assembly::check_reachable() {
  const bool takes_tools = std::ranges::any_of(snapshot_->endpoints, [](const Endpoint& each) {
    return each.family == action::Family::tool && !each.entrance.listeners.empty();
  });
  const bool for_many = !snapshot_->settings.listeners.empty() || takes_tools;
  for (Endpoint& endpoint : snapshot_->endpoints) {
    Entrance& entrance = endpoint.entrance;
    if (endpoint.family == action::Family::tool) {  // It has nothing to prove itself with, and needs nothing.
      if (entrance.profile.empty() && snapshot_->default_profile()) {
        entrance.profile = snapshot_->default_profile()->name;
      }
      continue;
    }
    const Range where = head_of(*blocks_.at(endpoint.typed));
    const bool bound =
        std::any_of(snapshot_->profiles.begin(), snapshot_->profiles.end(),
                    [&](const Profile& profile) { return profile.choices.contains(endpoint.typed); });
    if (entrance.listeners.empty()) {
      if (!bound) {
        diagnostics_.warning(where, "no profile has a credential for this endpoint: no agent reaches it");
      } else if (endpoint.family == action::Family::mcp && !takes_tools) {
        diagnostics_.warning(where, "no agent comes in here: its tools are called at an `endpoint \"tools\"`",
                             "write `endpoint \"tools\" \"NAME\" { listen = \"127.0.0.1:8080\" }`");
      } else if (is_http(endpoint) && endpoint.unserved.empty() && !for_many) {
        diagnostics_.warning(where, "no agent comes in here: it has no `listen`, and there is no `listener`",
                             "write `listener \"proxy\" \"NAME\" { listen = \"127.0.0.1:8080\" }`");
      }
      continue;
    }
    if (entrance.profile.empty() && snapshot_->default_profile())
      entrance.profile = snapshot_->default_profile()->name;
    const Profile* profile = snapshot_->profile(entrance.profile);
    const bool served = entrance.require_token ? bound : profile && profile->choices.contains(endpoint.typed);
    if (served) continue;
    diagnostics_.warning(
        where,
        entrance.require_token || !profile
            ? "no profile has a credential for this endpoint: the gateway has nothing to prove itself "
              "with"
            : fmt::format("profile `{}` has no credential for this endpoint: the gateway has nothing to "
                          "prove itself with",
                          profile->name),
        fmt::format("bind one: {}, as in `{{ endpoint = {} }}`", servers_of(endpoint.kind), endpoint.typed));
  }
}

}  // namespace claw::config
