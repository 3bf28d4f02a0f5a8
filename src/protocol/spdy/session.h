// Reads along with both sides of a SPDY/3.1 connection: which streams are open, who may still speak on them,
// and what passes there, told to a Listener as it passes. Knows no purpose of a stream and sends nothing;
// windows, settings and pings are between the two ends.
#pragma once

#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "protocol/spdy/codec.h"
#include "protocol/spdy/message.h"

namespace claw::spdy {

// 2,000 connections at once through one port-forward, with two streams each.
constexpr std::size_t open_streams_max = 4096;

class Listener {
 public:
  virtual ~Listener() = default;
  // An Error ends the connection.
  virtual Status on_open(bool from_client, StreamId stream, const Headers& headers) = 0;
  virtual Status on_data(bool from_client, StreamId stream, std::string_view bytes) = 0;
  virtual Status on_end(bool from_client, StreamId stream) = 0;  // That side has said all.
  virtual Status on_gone(StreamId stream) = 0;  // Both have, or one has broken it off.
};

class Session {
 public:
  explicit Session(Listener& listener) : listener_(listener) {}

  Status feed(bool from_client, std::string_view bytes);  // After an Error, the same error for good.
  std::size_t open_streams() const { return streams_.size(); }

 private:
  struct Stream {
    bool is_replied = false;
    bool client_ended = false;
    bool server_ended = false;
  };
  struct Reader {  // What one side says.
    Decoder decoder;
    StreamId last_opened = 0;
  };

  Status read(bool from_client, std::string_view bytes);
  Status on(bool from_client, const SynStream& frame);
  Status on(bool from_client, const SynReply& frame);
  Status on(bool from_client, const MoreHeaders& frame);
  Status on(bool from_client, const Piece& piece);
  Status on(bool from_client, const Reset& frame);
  // Between the two ends.
  Status on(bool, const WindowUpdate&) { return Done{}; }
  Status on(bool, const Ping&) { return Done{}; }
  Status on(bool, const GoAway&) { return Done{}; }
  Status on(bool, const Settings&) { return Done{}; }
  Result<Stream*> find(StreamId id);
  Status end(bool from_client, StreamId id, Stream& stream);
  StreamId& last_opened_of(StreamId id) { return (id % 2 == 1 ? client_ : server_).last_opened; }

  Listener& listener_;
  Reader client_;
  Reader server_;
  std::unordered_map<StreamId, Stream> streams_;
  std::optional<Error> failed_;
};

}  // namespace claw::spdy
