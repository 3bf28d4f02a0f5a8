// Where the streams of one command are written down as they pass: the channels of exec and attach, whatever
// carried them. Bytes come in pieces as they came; who sent them follows from the channel.
#pragma once

#include <cstdint>
#include <string_view>

namespace claw::kubernetes {

enum class Channel : std::uint8_t {  // As the WebSocket subprotocols number them.
  input = 0,    // From the agent, and so is `resize`; the others are from the server.
  output = 1,
  errors = 2,
  status = 3,   // How it ended: a metav1.Status.
  resize = 4,   // JSON with the terminal's Width and Height.
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void on_data(Channel channel, std::string_view bytes) = 0;
  virtual void on_end(Channel channel) = 0;
};

}  // namespace claw::kubernetes
