// What a WebSocket needs while its messages are read: a decoder for each direction and the messages that
// wait, in order, for their verdict. Where no rule reads ws.* and no secret goes into a message there is
// none of this: bytes pass as they come.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "action/action.h"
#include "protocol/event.h"
#include "protocol/websocket/codec.h"

namespace claw::http {

struct Waiting {  // A message whose verdict is not there yet.
  protocol::Ticket ticket = 0;  // 0: needs none (control frames).
  bool decided = false;
  websocket::Message message;
};

struct Direction {
  websocket::Decoder decoder;
  std::deque<Waiting> waiting;
};

struct Messages {
  Direction up;    // From the agent.
  Direction down;
  bool closing = false;
};

constexpr std::size_t waiting_messages_max = 64;  // More are not read before these are through.

}  // namespace claw::http
