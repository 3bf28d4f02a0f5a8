// credentials: the sealed store's secrets, by the names the policy has for them. The running gateway reads
// the same file, which is only ever replaced as a whole.
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "main/secrets/ask_secret.h"
#include "main/secrets/secret_store.h"
#include "main/speak.h"
#include "main/state.h"
#include "main/table.h"
#include "main/verbs.h"
#include "store/secret_file.h"
#include "vault/kind.h"
#include "vault/token.h"

namespace claw::verbs {

namespace {

// A credential by its name; an agent's token by the agent's name.
Result<vault::Slot> slot_of(const config::Snapshot& policy, const Credentials& options) {
  const config::Credential* credential = policy.credential(options.name);
  if (credential == nullptr) {
    const config::Agent* agent = policy.agent(options.name);
    if (agent != nullptr && options.slot.empty()) return vault::Slot{agent->token_secret, {}};
    if (agent != nullptr) return invalid("an agent has one token and no slots");
    std::vector<std::string> known = names_of(policy.credentials);
    for (const config::Agent& each : policy.agents) known.push_back(each.name);
    return invalid(fmt::format("no credential or agent {} in this policy; {}", quoted(options.name),
                               suggestion(options.name, known)));
  }
  const vault::Kind* kind = vault::kind_named(credential->kind);
  if (kind == nullptr) return vault::Slot{credential->name, options.slot};
  if (kind->slots.empty()) return invalid(fmt::format("a {} has no secret", credential->kind));
  // The vault asks for the named slot before the bare name: a value under the bare name could go unseen.
  if (options.slot.empty()) return vault::Slot{credential->name, std::string(kind->slots.front())};
  const std::vector<std::string> slots(kind->slots.begin(), kind->slots.end());
  if (std::find(slots.begin(), slots.end(), options.slot) != slots.end()) {
    return vault::Slot{credential->name, options.slot};
  }
  return invalid(fmt::format("a {} has no slot {}; {}", credential->kind, quoted(options.slot),
                             suggestion(options.slot, slots)));
}

// Whose secret it is, for the list.
std::string owner_of(const config::Snapshot& policy, const std::string& name) {
  if (const config::Credential* credential = policy.credential(name)) return credential->kind;
  for (const config::Agent& agent : policy.agents) {
    if (agent.token_secret == name) return "token of agent " + agent.name;
  }
  return name.find(':') != std::string::npos ? "the gateway's own" : "not in this policy";
}

void print_list(const config::Snapshot& policy, const std::vector<vault::Listed>& secrets) {
  if (secrets.empty()) return remark("nothing is kept");
  Table table({"NAME", "SLOT", "FOR", "CREATED", "CHANGED"});
  for (const vault::Listed& each : secrets) {
    table.add({each.slot.name, each.slot.slot, owner_of(policy, each.slot.name), format_time(each.created_us),
               format_time(each.changed_us)});
  }
  table.print();
}

void print_list_json(const config::Snapshot& policy, const std::vector<vault::Listed>& secrets) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const vault::Listed& each : secrets) {
    out.begin_object();
    out.member("name", each.slot.name);
    out.member("slot", each.slot.slot);
    out.member("for", owner_of(policy, each.slot.name));
    out.member("created", format_time(each.created_us));
    out.member("changed", format_time(each.changed_us));
    out.end_object();
  }
  out.end_array();
  print("{}\n", text);
}

Result<bool> is_kept(vault::Sealed& sealed, const vault::Slot& slot) {
  CLAW_TRY(const std::vector<vault::Listed> secrets, sealed.list());
  return std::ranges::any_of(secrets, [&](const vault::Listed& each) { return each.slot == slot; });
}

// What the store is opened by after a rotation: the new key, or the one that opens it now.
Result<std::optional<vault::Unlock>> next_key(const Credentials& options,
                                              const config::VaultSettings& settings) {
  if (options.new_key.empty()) return find_key(settings);
  CLAW_TRY(std::optional<Secret> key, store::secret_files()->read(options.new_key));
  if (!key) return Error{Code::not_found, no_such_path(options.new_key), {}};
  return std::optional(vault::Unlock{vault::Unlock::Kind::key, std::move(*key)});
}

}  // namespace

int credentials_set(const Credentials& options) {
  const SecretStore store = open_secret_store(options);
  if (store.sealed == nullptr) return store.exit_code;
  const Result<vault::Slot> slot = slot_of(*store.policy, options);
  if (!slot) return misuse(slot.error().text());
  const Result<Secret> value = ask_secret(fmt::format("value of {}", options.name));
  if (!value) return complain(value.error().text());
  const Status put = change_noted(store, {"secret_set", subject_of(*slot)},
                                  [&] { return store.sealed->put(*slot, *value); });
  if (!put) return complain(put.error().text());
  remark("kept; a running gateway uses it within seconds, tokens of agents after `clawpatrol reload`");
  return ok;
}

int credentials_list(const Credentials& options) {
  const SecretStore store = open_secret_store(options);
  if (store.sealed == nullptr) return store.exit_code;
  const Result<std::vector<vault::Listed>> secrets = store.sealed->list();
  if (!secrets) return complain(secrets.error().text());
  if (options.json) print_list_json(*store.policy, *secrets);
  else print_list(*store.policy, *secrets);
  return close_output(ok);
}

// Also what the policy does not name any more, but never the gateway's own: without its key the journal ends.
int credentials_remove(const Credentials& options) {
  const SecretStore store = open_secret_store(options);
  if (store.sealed == nullptr) return store.exit_code;
  const Result<vault::Slot> named = slot_of(*store.policy, options);
  const vault::Slot slot = named ? *named : vault::Slot{options.name, options.slot};
  if (options.name.find(':') != std::string::npos) return misuse("this secret is the gateway's own");
  const Result<bool> kept = is_kept(*store.sealed, slot);
  if (!kept) return complain(kept.error().text());
  // What is not there is not removed, and no record says that it was.
  const Status removed =
      *kept ? change_noted(store, {"secret_removed", subject_of(slot)},
                           [&] { return store.sealed->remove(slot); })
            : Status(Error{Code::not_found, "no such secret: " + quoted(subject_of(slot)), {}});
  if (!removed && removed.error().code == Code::not_found) {
    return misuse(removed.error().text(), "`clawpatrol credentials list` shows what is kept, with its slots");
  }
  return removed ? ok : complain(removed.error().text());
}

int credentials_rotate(const Credentials& options) {
  const SecretStore store = open_secret_store(options);
  if (store.sealed == nullptr) return store.exit_code;
  const auto key = next_key(options, store.policy->settings.vault);
  if (!key) return complain(key.error().text());
  CLAW_CHECK(key->has_value());  // It has just opened the store.
  const Status rotated =
      change_noted(store, {"vault_rotated", options.new_key.empty() ? "same key" : "new key"},
                   [&] { return store.sealed->rotate(**key); });
  if (!rotated) return complain(rotated.error().text());
  if (!options.new_key.empty()) remark("now give the gateway the new key, and start it again");
  return ok;
}

int credentials_token(const Credentials& options) {
  const SecretStore store = open_secret_store(options);
  if (store.sealed == nullptr) return store.exit_code;
  const config::Agent* agent = store.policy->agent(options.name);
  if (agent == nullptr) {
    return misuse(fmt::format("no agent {} in this policy", quoted(options.name)),
                  suggestion(options.name, names_of(store.policy->agents)));
  }
  const Secret token = vault::generate_token();
  const Status put = change_noted(store, {"token_made", agent->name},
                                  [&] { return store.sealed->put({agent->token_secret, {}}, token); });
  if (!put) return complain(put.error().text());
  print("{}\n", token.reveal());
  remark(
      "shown this once; the agent gives it as its password, after `clawpatrol reload` where a gateway runs");
  return close_output(ok);
}

}  // namespace claw::verbs
