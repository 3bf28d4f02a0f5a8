// What passes on a watch over WebSocket, as the Java client asks for it: events from the server, and from the
// agent nothing but pings and the end.
#pragma once

#include <memory>

#include "protocol/http/dialect.h"

namespace claw::kubernetes {

std::unique_ptr<http::Streams> make_watch_streams();

}  // namespace claw::kubernetes
