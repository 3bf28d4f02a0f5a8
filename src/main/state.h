// The state folder: the journal, the keys and the sealed secrets of one gateway. The gateway verb opens
// all of it; verbs that only look at secrets open the sealed store alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "approval/operations.h"
#include "base/clock.h"
#include "config/model.h"
#include "io/authority.h"
#include "pins/board.h"
#include "store/journal.h"
#include "vault/sealed.h"
#include "vault/vault.h"

namespace claw::verbs {

// Null where the config names no key and the environment has none.
Result<std::unique_ptr<vault::Sealed>> open_sealed(const std::string& folder,
                                                   const config::VaultSettings& settings, const Clock& clock);

// Where a vault looks, in order: the sealed store, which may be null, the environment, the folder of files.
std::vector<std::unique_ptr<vault::Source>> secret_sources(std::unique_ptr<vault::Sealed> sealed,
                                                           const config::VaultSettings& settings);

// What opens the sealed store, from where the config says it is.
Result<std::optional<vault::Unlock>> find_key(const config::VaultSettings& settings);

std::string journal_folder(const std::string& state_folder);
std::string index_file(const std::string& state_folder);
std::string exports_folder(const std::string& state_folder);
std::string admin_socket(const std::string& state_folder, const std::string& configured);

class State {
 public:
  static Result<std::unique_ptr<State>> open(const std::string& folder, const config::Settings& settings);

  const Clock& clock() const { return clock_; }
  store::Journal& journal() { return *journal_; }
  vault::Vault& vault() { return *vault_; }
  pins::Board& pins() { return *pins_; }
  vault::Sealed* sealed() { return sealed_; }  // Null: there is none.
  const std::string& journal_public_key() const { return journal_public_key_; }
  std::shared_ptr<io::Authority> authority() { return authority_; }
  std::shared_ptr<approval::OperationKeep> operations() { return operations_; }

 private:
  State() = default;

  SystemClock clock_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<pins::Board> pins_;
  vault::Sealed* sealed_ = nullptr;  // The vault's.
  std::string journal_public_key_;
  std::shared_ptr<io::Authority> authority_;
  std::shared_ptr<approval::OperationKeep> operations_;
};

}  // namespace claw::verbs
