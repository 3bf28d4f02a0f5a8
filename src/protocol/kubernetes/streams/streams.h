// What passes after Kubernetes has upgraded a connection: exec and attach over WebSocket channels or SPDY,
// and port-forward over either or one within the other. Reads along, counts, takes the exit code out of the
// server's last words, and cuts what makes no sense; and takes in what a command is given to read, where a
// rule reads it before the command runs. The dialect makes these and knows what the request asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "protocol/http/dialect.h"
#include "protocol/kubernetes/streams/sink.h"

namespace claw::kubernetes {

enum class StreamKind : std::uint8_t { exec, attach, port_forward };

struct Wanted {  // As the request's parameters say it, read once by who reads the facts.
  StreamKind kind = StreamKind::exec;
  bool takes_stdin = false;
  bool tty = false;
  std::vector<std::uint16_t> ports = {};  // Of a port-forward over WebSocket channels; empty: not known.
};

// Is the upgrade one to SPDY/3.1, or to a WebSocket with a subprotocol that is read? The channels in base64
// are not, and nothing that a later version may bring.
bool may_read(const http::Request& request, StreamKind kind);

// Null where the input cannot be taken in: SPDY, a terminal, no protocol whose input has an end. Then what
// the command reads is unknown. `bytes_max`: of what it reads, beyond which nobody looks.
std::unique_ptr<http::Input> make_input(const http::Request& request, const Wanted& wanted,
                                        std::uint64_t bytes_max);

// Never null; where both sides agreed on what is not read after all, an Error at the first byte. `sink` is
// told what passes through exec and attach, and outlives the streams.
std::unique_ptr<http::Streams> make_streams(const http::Request& request, const http::Response& response,
                                            const Wanted& wanted, Sink* sink = nullptr);

}  // namespace claw::kubernetes
