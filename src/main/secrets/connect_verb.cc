// credentials connect: a person logs in at the vendor's, and what comes of it is kept in the sealed store.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "gateway/service.h"
#include "outbound/fetcher.h"
#include "main/secrets/ask_secret.h"
#include "main/secrets/secret_store.h"
#include "main/speak.h"
#include "store/secret_file.h"
#include "vault/connect.h"

namespace claw::verbs {

namespace {

vault::Credential vault_credential(const config::Credential& credential) {
  return {credential.kind, credential.name, credential.user, credential.database, credential.settings};
}

// From the store, or from where else the gateway would have it.
Result<std::optional<Secret>> client_secret(const SecretStore& store, const std::string& name) {
  const vault::Slot slot{name, "client_secret"};
  CLAW_TRY(std::optional<Secret> kept, store.sealed->find(slot));
  if (kept) return kept;
  return vault::environment_source(vault::process_environment(), store::secret_files())->find(slot);
}

// One step of the conversation; Connected ends it.
struct Conversation {
  vault::Connect& connect;

  Status on(const vault::Show& show) {
    warn("open {}\nand type in the code {}\n", show.url, show.code);
    return Done{};
  }
  Status on(const vault::AskPaste& ask) {
    warn("open this address, agree, and paste the code or the whole address you end up at:\n\n{}\n\n",
         ask.url);
    CLAW_TRY(const Secret pasted, ask_secret("code or address"));
    return connect.pasted(pasted.reveal());
  }
  Status on(const vault::Pause& pause) {
    std::this_thread::sleep_for(std::chrono::microseconds(pause.us));
    return Done{};
  }
  Status on(const vault::Exchange& exchange) {
    CLAW_TRY(outbound::Answer answer, outbound::fetch_now(exchange, outbound::timeout_ms_default));
    const Status understood = connect.answered(answer.status, answer.body, answer.challenge);
    wipe(answer.body);
    return understood;
  }
  Status on(const vault::Connected&) { return Done{}; }
};

Result<vault::Connected> converse(vault::Connect& connect) {
  Conversation conversation{connect};
  while (true) {
    CLAW_TRY(vault::Step step, connect.next());
    if (auto* connected = std::get_if<vault::Connected>(&step)) return std::move(*connected);
    CLAW_TRY_DONE(std::visit([&](const auto& each) { return conversation.on(each); }, step));
  }
}

// All slots or an error; an older token that the new one does not replace must not be used in its place.
Status keep(vault::Sealed& sealed, const std::string& name, const vault::Connected& connected) {
  for (const auto& [slot, secret] : connected.secrets) CLAW_TRY_DONE(sealed.put({name, slot}, secret));
  for (const std::string& stale : connected.stale) {
    const bool is_new =
        std::ranges::any_of(connected.secrets, [&](const auto& each) { return each.first == stale; });
    const Status removed = is_new ? Status(Done{}) : sealed.remove({name, stale});
    if (!removed && removed.error().code != Code::not_found) return removed;
  }
  return Done{};
}

}  // namespace

int credentials_connect(const Credentials& options) {
  const SecretStore store = open_secret_store(options);
  if (store.sealed == nullptr) return store.exit_code;
  const config::Credential* credential = store.policy->credential(options.name);
  if (credential == nullptr) {
    return misuse(fmt::format("no credential {} in this policy", quoted(options.name)),
                  suggestion(options.name, names_of(store.policy->credentials)));
  }
  Result<std::optional<Secret>> secret = client_secret(store, credential->name);
  if (!secret) return complain(secret.error().text());
  auto connect = vault::Connect::begin(vault_credential(*credential), std::move(*secret), system_clock());
  if (!connect) return misuse(connect.error().text());
  gateway::resolve_by(store.policy->settings.resolver);  // As the gateway itself will.
  const Result<vault::Connected> connected = converse(*connect);
  if (!connected) return complain(connected.error().text());
  const Status kept = change_noted(store, {"credential_connected", credential->name}, [&] {
    return keep(*store.sealed, credential->name, *connected);
  });
  if (!kept) return complain(kept.error().text());
  remark("connected; a running gateway uses it within seconds");
  return ok;
}

}  // namespace claw::verbs
