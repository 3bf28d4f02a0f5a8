// Names to addresses through the system's resolver, on one helper thread so that a slow name server
// stops nobody else's traffic. Bounded: a flood of names is refused, not queued for ever.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/address.h"
#include "io/loop.h"

namespace claw::io {

// Answers on `loop`'s thread. At most 1,000 questions wait at once.
void resolve(Loop& loop, const Address& address,
             std::function<void(Result<std::vector<SocketAddress>>)> answer);

}  // namespace claw::io
