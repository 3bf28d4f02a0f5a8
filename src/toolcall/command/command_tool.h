// Command tools: programs of this machine that the policy lets agents call, one Tool each.
#pragma once

#include "toolcall/catalogue.h"
#include "toolcall/network/equip.h"

namespace claw::toolcall {

// `outside` outlives the shelf.
Shelf command_shelf(const Outside& outside);
// kubectl, for profiles that reach a cluster; kubectl.h.
Shelf kubectl_shelf(const Outside& outside);

}  // namespace claw::toolcall
