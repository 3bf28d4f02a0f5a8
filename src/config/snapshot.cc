#include "config/snapshot.h"

#include <fmt/format.h>

#include "base/text.h"

namespace claw::config {

namespace {

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

// The longest placeholder that stands in what the agent sent: `PH_orb` is also in `PH_orb_test`.
std::optional<std::string_view> sent_placeholder(const std::vector<Choice>& choices,
                                                 const Presented& presented) {
  std::optional<std::string_view> longest;
  for (const Choice& choice : choices) {
    if (!choice.placeholder) continue;
    const bool sent = std::any_of(
        presented.carriers.begin(), presented.carriers.end(),
        [&](std::string_view text) { return text.find(*choice.placeholder) != std::string_view::npos; });
    if (sent && (!longest || choice.placeholder->size() > longest->size())) longest = *choice.placeholder;
  }
  return longest;
}

bool holds(const std::optional<std::string>& wanted, const std::optional<std::string_view>& sent) {
  return !wanted || (sent && *sent == *wanted);
}

std::string expectation(const Choice& choice) {
  std::vector<std::string> parts;
  if (choice.user) parts.push_back("user " + quoted(*choice.user));
  if (choice.database) parts.push_back("database " + quoted(*choice.database));
  if (choice.placeholder) parts.push_back("placeholder " + quoted(*choice.placeholder));
  return parts.empty() ? "none of the others" : join(parts, " and ");
}

Error no_choice(const Endpoint& endpoint, const std::vector<Choice>& choices, bool tie) {
  std::vector<std::string> expected;
  for (const Choice& choice : choices) expected.push_back(expectation(choice));
  return {Code::denied,
          fmt::format("{} credential of `{}` fits; expected {}", tie ? "more than one" : "no", endpoint.typed,
                      join(expected, ", or ")),
          {}};
}

}  // namespace

const Endpoint* Snapshot::endpoint(std::string_view typed) const {
  const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                  [&](const Endpoint& endpoint) { return endpoint.typed == typed; });
  return found == endpoints.end() ? nullptr : &*found;
}

const Credential* Snapshot::credential(std::string_view name) const { return named(credentials, name); }
const Profile* Snapshot::profile(std::string_view name) const { return named(profiles, name); }
const Agent* Snapshot::agent(std::string_view name) const { return named(agents, name); }
const Approver* Snapshot::approver(std::string_view name) const { return named(approvers, name); }

const channel::Settings* Snapshot::channel(std::string_view name) const { return named(channels, name); }

const Profile* Snapshot::default_profile() const {
  const Profile* written = profile("default");
  return written || profiles.empty() ? written : &profiles.front();
}

const Endpoint* Snapshot::find_endpoint(std::string_view profile_name, std::string_view host,
                                        std::optional<std::uint16_t> port) const {
  if (profile(profile_name)) {
    const auto found = hosts_.find(profile_name, host, port);
    return found ? &endpoints[*found] : nullptr;
  }
  if (schema_version >= 2) return nullptr;
  for (const Profile& other : profiles)
    if (const auto found = hosts_.find(other.name, host, port)) return &endpoints[*found];
  return nullptr;
}

Result<const Credential*> Snapshot::resolve_credential(std::string_view profile_name,
                                                       const Endpoint& endpoint,
                                                       const Presented& presented) const {
  const Profile* owner = profile(profile_name);
  if (!owner) return static_cast<const Credential*>(nullptr);
  const auto bound = owner->choices.find(endpoint.typed);
  if (bound == owner->choices.end() || bound->second.empty()) return static_cast<const Credential*>(nullptr);
  const std::vector<Choice>& choices = bound->second;
  if (choices.size() == 1) return credential(choices.front().credential);

  const std::optional<std::string_view> placeholder = sent_placeholder(choices, presented);
  const Choice* best = nullptr;
  bool tie = false;
  for (const Choice& choice : choices) {
    const bool fits = holds(choice.placeholder, placeholder) && holds(choice.user, presented.user) &&
                      holds(choice.database, presented.database);
    if (!fits) continue;
    tie = best && choice.constraints() == best->constraints();
    if (!best || choice.constraints() > best->constraints()) best = &choice;
  }
  if (!best || tie) return no_choice(endpoint, choices, tie);
  return credential(best->credential);
}

bool Snapshot::may_use(std::string_view profile_name, const Endpoint& endpoint,
                       std::string_view credential_name) const {
  const Profile* owner = profile(profile_name);
  if (owner == nullptr) return false;
  const auto bound = owner->choices.find(endpoint.typed);
  return bound != owner->choices.end() &&
         std::ranges::any_of(bound->second,
                             [&](const Choice& choice) { return choice.credential == credential_name; });
}

bool Snapshot::reaches(std::string_view profile_name, const Endpoint& endpoint) const {
  const Profile* owner = profile(profile_name);
  return owner && owner->choices.contains(endpoint.typed);
}

}  // namespace claw::config
