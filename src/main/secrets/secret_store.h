// The sealed store as verbs change it: opened as a policy says, and every change written in the journal
// before it is made. A running gateway owns its journal, so it is asked to write; where none runs, the
// journal is opened here. Where neither can be, nothing is changed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "config/snapshot.h"
#include "main/verbs.h"
#include "vault/sealed.h"

namespace claw::verbs {

struct SecretStore {
  std::shared_ptr<const config::Snapshot> policy;
  std::unique_ptr<vault::Sealed> sealed;  // Null: why not has been said, and this is the exit code.
  int exit_code = ok;
  std::string folder;                     // The state folder.
};
SecretStore open_secret_store(const Credentials& options);

const Clock& system_clock();

// `event` as in `secret_set`; `subject`: a credential's name and slot, never a secret.
struct Change {
  std::string_view event;
  std::string subject;
};
Status note(const SecretStore& store, const Change& change, bool did_fail);

// Writes the change down, then makes it. A change that fails after it was written down is written down as
// such.
template <class Make>
Status change_noted(const SecretStore& store, const Change& change, Make make) {
  CLAW_TRY_DONE(note(store, change, false));
  Status made = make();
  if (made) return made;
  if (const Status noted = note(store, change, true); !noted) {
    return Error{made.error().code,
                 made.error().text() + "; the journal says it was changed, because " + noted.error().text(),
                 {}};
  }
  return made;
}

std::string subject_of(const vault::Slot& slot);  // `prod-db password`

}  // namespace claw::verbs
