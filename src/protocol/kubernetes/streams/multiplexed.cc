#include "protocol/kubernetes/streams/multiplexed.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace claw::kubernetes {

using spdy::Headers;
using spdy::StreamId;
using websocket::Opcode;

namespace {

constexpr std::size_t request_bytes_max = 32;  // A number that counts connections.

std::string_view value_of(const Headers& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &spdy::Header::name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<Channel> channel_of(std::string_view stream_type) {
  if (stream_type == "stdin") return Channel::input;
  if (stream_type == "stdout") return Channel::output;
  if (stream_type == "stderr") return Channel::errors;
  if (stream_type == "error") return Channel::status;
  if (stream_type == "resize") return Channel::resize;
  return std::nullopt;
}

bool is_of_agent(Channel channel) { return channel == Channel::input || channel == Channel::resize; }

// As the server reads it: decimal, 1 to 65535. It would also take a sign or leading zeros, which nobody
// writes.
std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = std::to_address(text.end());
  const auto read = std::from_chars(std::to_address(text.begin()), end, port);
  const bool is_port = read.ec == std::errc() && read.ptr == end && port != 0 && text.front() != '0';
  return is_port ? std::optional(port) : std::nullopt;
}

}  // namespace

Status CommandStreams::on_open(bool from_client, StreamId stream, const Headers& headers) {
  if (!from_client) return invalid("a stream opened by the server");
  const auto channel = channel_of(value_of(headers, "streamtype"));
  if (!channel) return invalid("a stream of a type that no command has");
  CLAW_TRY_DONE(command_.on_open(static_cast<std::size_t>(*channel)));
  channels_[stream] = *channel;
  return Done{};
}

Status CommandStreams::on_data(bool from_client, StreamId stream, std::string_view bytes) {
  return command_.on_data(from_client, static_cast<std::size_t>(channels_.at(stream)), bytes);
}

// The end that only listens on a channel may say that it says nothing.
Status CommandStreams::on_end(bool from_client, StreamId stream) {
  const Channel channel = channels_.at(stream);
  if (is_of_agent(channel) != from_client) return Done{};
  return command_.on_end(from_client, static_cast<std::size_t>(channel));
}

Status CommandStreams::on_gone(StreamId stream) {
  const Channel channel = channels_.at(stream);
  channels_.erase(stream);
  return command_.on_end(is_of_agent(channel), static_cast<std::size_t>(channel));
}

Status ForwardStreams::on_open(bool from_client, StreamId stream, const Headers& headers) {
  if (!from_client) return invalid("a stream opened by the server");
  const std::string_view type = value_of(headers, "streamtype");
  const bool is_data = type == "data";
  if (!is_data && type != "error") return invalid("a stream of a type that no port-forward has");
  const auto port = port_of(value_of(headers, "port"));
  if (!port) return invalid("a stream to no port");
  const std::string request(value_of(headers, "requestid"));
  if (request.empty() || request.size() > request_bytes_max) return invalid("a stream of no connection");
  Connection& connection = connections_[request];
  if (connection.open_streams == 0) connection.port = *port;
  if (connection.port != *port) return invalid("a connection to two ports");
  bool& has_it = is_data ? connection.has_data : connection.has_errors;
  if (has_it) return invalid("a connection with the same stream twice");
  has_it = true;
  ++connection.open_streams;
  if (is_data) forward_.on_connection(*port);
  streams_[stream] = {request, is_data};
  return Done{};
}

Status ForwardStreams::on_data(bool from_client, StreamId stream, std::string_view bytes) {
  if (streams_.at(stream).is_data) {
    forward_.on_data(from_client, bytes);
    return Done{};
  }
  if (from_client) return invalid("the agent speaks on the server's stream");
  forward_.on_trouble(bytes);
  return Done{};
}

Status ForwardStreams::on_end(bool, StreamId) { return Done{}; }

Status ForwardStreams::on_gone(StreamId stream) {
  const auto place = streams_.extract(stream);
  const auto connection = connections_.find(place.mapped().request);
  if (--connection->second.open_streams == 0) connections_.erase(connection);
  return Done{};
}

Status TunnelStreams::read(bool from_agent, std::string_view bytes) {
  FrameReader& reader = from_agent ? agent_ : server_;
  reader.feed(bytes);
  for (;;) {
    CLAW_TRY(const std::optional<MessagePiece> piece, reader.next());
    if (!piece) return Done{};
    if (piece->opcode == Opcode::text) return invalid("text where there is SPDY");
    if (piece->opcode == Opcode::binary) CLAW_TRY_DONE(forward_.feed(from_agent, piece->bytes));
  }
}

}  // namespace claw::kubernetes
