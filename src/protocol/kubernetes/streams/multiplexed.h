// Commands and port-forwards over SPDY/3.1, where every stream says in its headers what it is; and SPDY
// within the binary messages of a WebSocket (`SPDY/3.1+portforward.k8s.io`). They read along, as
// http::Streams.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/kubernetes/streams/command.h"
#include "protocol/kubernetes/streams/forward.h"
#include "protocol/kubernetes/streams/frames.h"
#include "protocol/kubernetes/streams/read_along.h"
#include "protocol/spdy/session.h"

namespace claw::kubernetes {

class CommandStreams final : public ReadAlong, private spdy::Listener {
 public:
  explicit CommandStreams(const Command::Settings& settings) : command_(settings), session_(*this) {}

  std::string note() const override { return command_.note(); }

 private:
  Status read(bool from_agent, std::string_view bytes) override { return session_.feed(from_agent, bytes); }
  Status on_open(bool from_client, spdy::StreamId stream, const spdy::Headers& headers) override;
  Status on_data(bool from_client, spdy::StreamId stream, std::string_view bytes) override;
  Status on_end(bool from_client, spdy::StreamId stream) override;
  Status on_gone(spdy::StreamId stream) override;

  Command command_;
  spdy::Session session_;
  std::unordered_map<spdy::StreamId, Channel> channels_;  // At most one stream for each.
};

// Two streams for each connection, of errors and of data, that name the same port and the same request.
class ForwardStreams final : public ReadAlong, private spdy::Listener {
 public:
  ForwardStreams() : session_(*this) {}

  std::string note() const override { return forward_.note(); }

 private:
  Status read(bool from_agent, std::string_view bytes) override { return session_.feed(from_agent, bytes); }
  struct Connection {
    std::uint16_t port = 0;
    bool has_data = false;
    bool has_errors = false;
    int open_streams = 0;
  };
  struct Stream {
    std::string request;
    bool is_data = false;
  };

  Status on_open(bool from_client, spdy::StreamId stream, const spdy::Headers& headers) override;
  Status on_data(bool from_client, spdy::StreamId stream, std::string_view bytes) override;
  Status on_end(bool from_client, spdy::StreamId stream) override;
  Status on_gone(spdy::StreamId stream) override;

  Forward forward_;
  spdy::Session session_;  // Bounds the two tables: they hold what is open.
  std::unordered_map<spdy::StreamId, Stream> streams_;
  std::unordered_map<std::string, Connection> connections_;  // By their request.
};

class TunnelStreams final : public ReadAlong {
 public:
  TunnelStreams() : agent_({.from_agent = true, .may_fragment = true}),
                    server_({.from_agent = false, .may_fragment = true}) {}

  std::string note() const override { return forward_.note(); }

 private:
  Status read(bool from_agent, std::string_view bytes) override;

  FrameReader agent_;
  FrameReader server_;
  ForwardStreams forward_;
};

}  // namespace claw::kubernetes
