// What a WebSocket needs while its messages are read: a decoder for each direction and the messages that
// wait, in order, for their verdict. Where no rule reads ws.* and no secret goes into a message or may come
// back in one there is none of this: bytes pass as they come.
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

constexpr std::size_t waiting_messages_max = 64;  // More are not read before these are through;
constexpr std::size_t waiting_bytes_max =
    2 * 1024 * 1024;  // nor after as many bytes, since a person may take hours.
// Of a message that nobody judges, but that is searched for secrets: held until its last frame has come.
constexpr std::size_t searched_message_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t message_bytes_ceiling = 1024 * 1024 * 1024;  // The decoder's own.

struct Direction {
  websocket::Decoder decoder;
  std::deque<Waiting> waiting;
  std::size_t waiting_bytes = 0;
  bool is_full() const {
    return waiting.size() >= waiting_messages_max || waiting_bytes >= waiting_bytes_max;
  }
};

struct Messages {
  Direction up;    // From the agent.
  Direction down;
};

}  // namespace claw::http
