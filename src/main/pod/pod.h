// What a container is configured by beside its policy: variables that its pod sets. They are read once, at
// the start, and a wrong one stops it.
#pragma once

#include <optional>
#include <string>

#include "approval/channel/settings.h"
#include "vault/source.h"
#include "vault/vault.h"

namespace claw::verbs {

// The credential whose secrets sign what is sent to NOTIFICATION_WEBHOOK_URL; not a name that policies may
// use.
inline constexpr std::string_view notification_name = "notification-webhook";

// What was written, or else POLICY_FILE. Code::invalid: neither, or POLICY_FILE is no HCL and no YAML by its
// name.
Result<std::string> policy_file(const std::string& written, const vault::Environment& environment);

// NOTIFICATION_WEBHOOK_URL as a channel that everybody's questions are told in; nothing where it is not set.
// It takes no answers: nobody is named for it. Where the vault has no secret for it, it is sent unsigned.
Result<std::optional<channel::Settings>> notification_channel(const vault::Environment& environment,
                                                              vault::Vault& vault);

}  // namespace claw::verbs
