// What the vault lends for one connection or one request. A login holds its secret only as long as the
// protocol needs it to prove itself upstream.
#pragma once

#include <string>

#include "base/secret.h"

namespace claw::action {

struct Login {
  std::string credential;  // Its bare name; never the secret.
  std::string user;        // Empty: as the agent said.
  std::string database;    // Empty: as the agent said.
  Secret password;
};

}  // namespace claw::action
