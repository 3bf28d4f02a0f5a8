#include "protocol/kubernetes/streams/channels.h"

namespace claw::kubernetes {

using Kind = Event::Kind;
using websocket::Opcode;

Result<std::optional<Event>> ChannelReader::next() {
  for (;;) {
    CLAW_TRY(const std::optional<MessagePiece> piece, frames_.next());
    if (!piece) return std::optional<Event>();
    if (piece->opcode == Opcode::ping) return std::optional(Event{Kind::ping, 0, piece->bytes});
    if (piece->opcode == Opcode::close) return std::optional(Event{Kind::over, 0, {}});
    if (piece->opcode == Opcode::pong) continue;
    // Text or binary: the server looks at the bytes only, and so do we.
    std::string_view bytes = piece->bytes;
    if (piece->is_first) channel_.reset();
    const bool is_beginning = !channel_;
    if (is_beginning) {
      if (bytes.empty()) continue;  // An empty message is nobody's.
      channel_ = static_cast<std::uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      named_.clear();
    }
    if (!can_close_ || *channel_ != close_signal) return std::optional(Event{Kind::data, *channel_, bytes});
    CLAW_TRY(const std::optional<Event> event, closing(bytes, piece->is_last));
    if (event) return event;
  }
}

Result<std::optional<Event>> ChannelReader::closing(std::string_view bytes, bool is_last) {
  if (named_.size() + bytes.size() > 1) return invalid("a close signal for more than one channel");
  named_.append(bytes);
  if (!is_last) return std::optional<Event>();
  if (named_.empty()) return invalid("a close signal for no channel");
  return std::optional(Event{Kind::end, static_cast<std::uint8_t>(named_.front()), {}});
}

Status CommandChannels::read(bool from_agent, std::string_view bytes) {
  ChannelReader& reader = from_agent ? agent_ : server_;
  reader.feed(bytes);
  for (;;) {
    CLAW_TRY(const std::optional<Event> event, reader.next());
    if (!event) return Done{};
    if (event->kind == Kind::data) CLAW_TRY_DONE(command_.on_data(from_agent, event->channel, event->bytes));
    if (event->kind == Kind::end) CLAW_TRY_DONE(command_.on_end(from_agent, event->channel));
  }
}

Status ForwardChannels::read(bool from_agent, std::string_view bytes) {
  ChannelReader& reader = from_agent ? agent_ : server_;
  reader.feed(bytes);
  for (;;) {
    CLAW_TRY(const std::optional<Event> event, reader.next());
    if (!event) return Done{};
    if (event->kind == Kind::data) CLAW_TRY_DONE(on_data(from_agent, event->channel, event->bytes));
  }
}

Status ForwardChannels::on_data(bool from_agent, std::uint8_t channel, std::string_view bytes) {
  const bool is_one_of_theirs = ports_.empty() || std::size_t{channel} / 2 < ports_.size();
  if (channel == close_signal || !is_one_of_theirs) return invalid("a channel of no port");
  const bool is_data = channel % 2 == 0;
  if (from_agent) {
    if (!is_data) return invalid("the agent speaks on the server's channel");
    forward_.on_data(true, bytes);
    return Done{};
  }
  CLAW_TRY_DONE(take_port(channel, bytes));
  if (is_data) {
    forward_.on_data(false, bytes);
  } else {
    forward_.on_trouble(bytes);
  }
  return Done{};
}

Status ForwardChannels::take_port(std::uint8_t channel, std::string_view& bytes) {
  Opened& opened = opened_.at(channel);
  while (opened.port_bytes < 2 && !bytes.empty()) {
    const unsigned byte = static_cast<std::uint8_t>(bytes.front());
    opened.port = static_cast<std::uint16_t>(opened.port | byte << (8 * opened.port_bytes));
    bytes.remove_prefix(1);
    if (++opened.port_bytes < 2) continue;
    if (!ports_.empty() && opened.port != ports_.at(channel / 2)) {
      return invalid("a port that was not asked for");
    }
    if (channel % 2 == 0) forward_.on_connection(opened.port);
  }
  return Done{};
}

}  // namespace claw::kubernetes
