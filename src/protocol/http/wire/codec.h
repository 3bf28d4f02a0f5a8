// One side of an HTTP connection as bytes and messages, the same face for both versions and both roles:
// h1.h and h2.h make them. A codec reads strictly, keeps within its limits, writes one framing, and knows
// no socket, target or policy. The machine tells it what to write and is told what was read.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/command.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

// Where a codec's bytes go: the pump sends them in order. `ticket` names the action they run under.
struct Output {
  protocol::Commands& commands;
  protocol::Side to;
  protocol::Ticket ticket = 0;
  void made(std::string bytes) const { commands.send(to, std::move(bytes), ticket); }
  void relay(std::string_view view) const {
    if (!view.empty()) commands.relay(to, view, ticket);
  }
};

enum class Reset : std::uint8_t { cancelled, refused, internal, protocol, too_calm };  // RFC 9113 §7.

// What a codec tells while it reads. Views live until feed() returns. on_end() follows every head once
// the whole message is there, unless on_reset() ends it; nothing follows either, but two things: a request
// of HTTP/2 may be reset after its end, while it is answered, and after an upgrade there is a second end.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual void on_request(StreamId stream, Request request);    // Servers only.
  virtual void on_response(StreamId stream, Response response); // Clients only; 1xx come before the real one.
  virtual void on_body(StreamId stream, std::string_view bytes) = 0;
  virtual void on_end(StreamId stream, Fields trailers) = 0;
  virtual void on_reset(StreamId stream, Reset why, std::string_view detail) = 0;
};

class Codec {
 public:
  virtual ~Codec() = default;

  virtual void start(Output out) = 0;  // HTTP/2 says its settings.

  // Reads what it may and returns how much it consumed. An Error ends the connection: goodbye() says so.
  virtual Result<std::size_t> feed(std::string_view bytes, Reader& reader, Output out) = 0;
  // The peer will send no more: ends a body framed by it, resets what was cut off.
  virtual void peer_closed(Reader& reader) = 0;
  virtual void goodbye(const Error& why, Output out) = 0;  // A 400-class answer, or GOAWAY; then close.

  // Client role. Only when can_open(). `has_body` in the request says whether body() and end() follow.
  virtual StreamId open(const Request& request, Output out) = 0;
  // Server role. 1xx may come first. `has_body` false: nothing follows; otherwise body() and end().
  virtual void respond(StreamId stream, const Response& response, Output out) = 0;

  // `bytes` are relayed as a view where the framing allows, else copied; taken whole, see can_write().
  virtual void body(StreamId stream, std::string_view bytes, Output out) = 0;
  virtual void end(StreamId stream, const Fields& trailers, Output out) = 0;
  // Gives one message up. In HTTP/1 that ends the connection: must_close() is true from then on.
  virtual void reset(StreamId stream, Reset why, Output out) = 0;

  // Back-pressure out: false while the peer's window is shut and enough is kept for it.
  virtual bool can_write(StreamId stream) const = 0;
  // Back-pressure in: while paused, no more than one window (HTTP/1: nothing) is read for that stream.
  virtual void pause(StreamId stream, bool paused, Output out) = 0;
  virtual bool wants_bytes() const = 0;  // HTTP/1: false while its one message is paused or being answered.

  virtual bool can_open() const = 0;     // A client may open() one more.
  virtual bool must_close() const = 0;   // Once what was written has gone out.
  virtual bool is_idle() const = 0;      // Nothing open, nothing half read: may be kept for later.
  // After a 101: what follows on this stream is not HTTP any more, both ways, until end().
  virtual void upgrade(StreamId stream) = 0;
  virtual int version() const = 0;       // 11 or 20.
};

}  // namespace claw::http
