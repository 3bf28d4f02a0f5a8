// What a snapshot says about people and models, made ready: channels, their TLS, whose secrets they need, who
// of their people is which account. Immutable; a reload makes a new one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "approval/channel/channel.h"
#include "config/snapshot.h"
#include "courier/desk.h"
#include "io/tls.h"
#include "vault/credential.h"
#include "vault/vault.h"

namespace claw::courier {

struct Line {  // To one channel.
  std::shared_ptr<const channel::Channel> channel;
  std::shared_ptr<io::TlsContext> trust;  // Null: the system's roots.
  vault::Credential credential;           // No name: it has none.
};

struct Judge {  // One model.
  model::Settings settings;
  std::shared_ptr<io::TlsContext> trust;
  vault::Credential credential;
};

struct Plan {
  std::map<std::string, Line, std::less<>> lines;         // By the channel's bare name.
  std::map<std::string, Judge, std::less<>> judges;       // By the approver's.
  std::map<std::string, config::Approver, std::less<>> approvers;
  std::string public_url;

  Rota rota() const;
  // Where people look at a question; empty without a `public_url`.
  std::string link(std::string_view question) const;
  // The account of somebody who answered in a channel, or in another one of the same app. Empty: nobody.
  std::string account(const Line& line, std::string_view person) const;
};

// `always`: a channel beside those of the policy, told of every question whoever is asked. Code::invalid: the
// policy has one of that name.
Result<std::shared_ptr<const Plan>> make_plan(const config::Snapshot& snapshot,
                                              const std::optional<channel::Settings>& always = {});

// The channel's secrets that the vault has. Code::unavailable when a source failed.
Result<channel::Secrets> secrets_of(const Line& line, vault::Vault& vault);

// The approver's message with what the question says filled in.
std::string fill_in(std::string_view message, const approval::Question& question, std::string_view approver);

}  // namespace claw::courier
