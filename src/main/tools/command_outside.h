// What programs that run for a call are told of the gateway: the same as `env` and `kubeconfig` tell agents.
#pragma once

#include <string>

#include "toolcall/network/equip.h"

namespace claw::verbs {

// `authority` is the certificate that our leaves are of, PEM. Whether this machine has a kubectl is looked up
// now: one that comes later is found after the next start.
toolcall::Outside command_outside(std::string authority, metrics::Registry& registry);

}  // namespace claw::verbs
