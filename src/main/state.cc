#include "main/state.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "main/authority.h"
#include "store/journal_key.h"
#include "store/operation_files.h"
#include "store/pins/pins_file.h"
#include "store/secret_file.h"

namespace claw::verbs {

namespace {

// A folder of ours holds keys and everything agents did: nobody else looks in.
Status make_folder(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return Error{
          Code::unavailable, fmt::format("cannot make the folder `{}`: {}", part, std::strerror(errno)), {}};
    }
    if (slash == std::string::npos) return Done{};
  }
}

using Found = Result<std::optional<vault::Unlock>>;

Found from_environment(const std::string& variable, vault::Unlock::Kind kind) {
  auto value = vault::process_environment()(variable);
  if (!value) {
    return Error{
        Code::not_found, fmt::format("the vault's key should be in ${}, which is not set", variable), {}};
  }
  return std::optional(vault::Unlock{kind, Secret(std::move(*value))});
}

Found from_systemd(const std::string& credential) {
  const auto folder = vault::process_environment()("CREDENTIALS_DIRECTORY");
  if (!folder) {
    return Error{Code::not_found, "the vault's key is a systemd credential, but systemd gave none", {}};
  }
  const std::string path = *folder + "/" + credential;
  CLAW_TRY(auto secret, store::secret_files()->read(path));
  if (!secret) return Error{Code::not_found, fmt::format("the vault's key should be in `{}`", path), {}};
  return std::optional(vault::Unlock{vault::Unlock::Kind::key, std::move(*secret)});
}

}  // namespace

std::string journal_folder(const std::string& state_folder) { return state_folder + "/journal"; }

std::string index_file(const std::string& state_folder) { return state_folder + "/index.db"; }

std::string exports_folder(const std::string& state_folder) { return state_folder + "/exports"; }

std::string admin_socket(const std::string& state_folder, const std::string& configured) {
  return configured.empty() ? state_folder + "/admin.sock" : configured;
}

Found find_key(const config::VaultSettings& settings) {
  using Kind = vault::Unlock::Kind;
  if (!settings.key_environment.empty()) return from_environment(settings.key_environment, Kind::key);
  if (!settings.passphrase_environment.empty()) {
    return from_environment(settings.passphrase_environment, Kind::passphrase);
  }
  if (!settings.key_credential.empty()) return from_systemd(settings.key_credential);
  return vault::find_unlock(settings.key_file, vault::process_environment(), *store::secret_files());
}

Result<std::unique_ptr<vault::Sealed>> open_sealed(const std::string& folder,
                                                   const config::VaultSettings& settings,
                                                   const Clock& clock) {
  CLAW_TRY_DONE(make_folder(folder));
  CLAW_TRY(auto unlock, find_key(settings));
  if (!unlock) return std::unique_ptr<vault::Sealed>();
  return vault::Sealed::open(store::sealed_file(folder + "/secrets.json"), *unlock, clock);
}

std::vector<std::unique_ptr<vault::Source>> secret_sources(std::unique_ptr<vault::Sealed> sealed,
                                                           const config::VaultSettings& settings) {
  std::vector<std::unique_ptr<vault::Source>> sources;
  if (sealed != nullptr) sources.push_back(std::move(sealed));
  const auto files = store::secret_files();
  sources.push_back(vault::environment_source(vault::process_environment(), files));
  if (!settings.folder.empty()) sources.push_back(vault::folder_source(settings.folder, files));
  return sources;
}

Result<std::unique_ptr<State>> State::open(const std::string& folder, const config::Settings& settings) {
  std::unique_ptr<State> state(new State);
  CLAW_TRY(auto sealed, open_sealed(folder, settings.vault, state->clock_));
  CLAW_TRY_DONE(make_folder(journal_folder(folder)));

  store::JournalOptions options;
  options.folder = journal_folder(folder);
  CLAW_TRY(options.key, store::journal_key(folder, sealed.get()));
  state->journal_public_key_ = options.key.public_key;
  options.durability = settings.audit.durability == config::Durability::disk ? store::Durability::disk
                                                                             : store::Durability::process;
  options.keep_us = settings.audit.keep_us;
  options.retention_us = settings.audit.retention_us;
  options.index_file = index_file(folder);
  CLAW_TRY(state->journal_, store::Journal::open(std::move(options), state->clock_));

  CLAW_TRY(state->pins_, pins::Board::open(store::pins_file(folder)));
  CLAW_TRY(state->operations_, store::operation_files(folder + "/operations"));
  CLAW_TRY(const io::AuthorityPem pem, authority_pem(folder, sealed.get(), state->clock_.wall_us()));
  CLAW_TRY(state->authority_, io::Authority::open(pem));

  vault::Sealed* const kept = sealed.get();
  state->sealed_ = kept;
  state->vault_ =
      std::make_unique<vault::Vault>(state->clock_, secret_sources(std::move(sealed), settings.vault));
  if (kept != nullptr) {  // Refresh tokens that are renewed with every use are kept where they came from.
    state->vault_->keep_with(
        [kept](const vault::Slot& slot, const Secret& secret) { return kept->put(slot, secret); });
  }
  return state;
}

}  // namespace claw::verbs
