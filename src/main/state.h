// The state folder opened for a running gateway: its journal and its vault, as the config's settings
// want them. Verbs that only look use store/ directly.
#pragma once

#include <memory>
#include <string>

#include "audit/sink.h"
#include "config/model.h"
#include "vault/vault.h"

namespace claw::verbs {

class State {
 public:
  static Result<std::unique_ptr<State>> open(const std::string& folder, const config::Settings& settings);
  virtual ~State() = default;

  virtual audit::Sink& journal() = 0;
  virtual vault::Vault& vault() = 0;
  virtual Status close() = 0;  // Signs and syncs the journal.
  virtual std::string admin_socket(const std::string& configured) const = 0;
};

}  // namespace claw::verbs
