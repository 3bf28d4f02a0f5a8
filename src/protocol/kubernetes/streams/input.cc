#include "protocol/kubernetes/streams/input.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "protocol/kubernetes/streams/status.h"

namespace claw::kubernetes {

using Kind = Event::Kind;
using websocket::Opcode;

namespace {

constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3.
constexpr std::size_t key_bytes = 16;
constexpr std::uint16_t normal_closure = 1000;
// Beyond the input itself: heads of frames, pings for hours, and what was read before anybody could be told
// to stop.
constexpr std::uint64_t words_slack_bytes = 2 * 1024 * 1024;
constexpr std::size_t replies_bytes_max = 64 * 1024;  // Pongs of one feed: more is a flood.

std::uint64_t words_bytes_max(std::uint64_t input_bytes_max) {
  return 2 * input_bytes_max + words_slack_bytes;
}

}  // namespace

std::string accept_key_of(std::string_view key) {
  const auto decoded = from_base64(key);
  if (!decoded || decoded->size() != key_bytes) return {};
  return to_base64(crypto::sha1(std::string(key).append(key_suffix)));
}

http::Response CommandInput::accept() const {
  http::Response response;
  response.status = 101;
  response.protocol = "websocket";
  response.has_body = false;
  response.fields.add("Sec-WebSocket-Accept", accept_key_);
  response.fields.add("Sec-WebSocket-Protocol", input_protocol);
  return response;
}

Result<bool> CommandInput::feed(std::string_view bytes) {
  if (failed_) return *failed_;
  Result<bool> result = read(bytes);
  if (!result) failed_ = result.error();
  return result;
}

Result<bool> CommandInput::read(std::string_view bytes) {
  if (bytes.size() > words_bytes_max(bytes_max_) - words_.size()) {
    return Error{Code::limit, "more input than can be kept while it is judged", {}};
  }
  words_.append(bytes);
  reader_.feed(bytes);
  for (;;) {
    CLAW_TRY(const std::optional<Event> event, reader_.next());
    if (!event) return has_ended_ || is_long_;
    CLAW_TRY_DONE(on(*event));
  }
}

Status CommandInput::on(const Event& event) {
  const bool is_input = event.channel == static_cast<std::uint8_t>(Channel::input);
  const bool is_size = event.channel == static_cast<std::uint8_t>(Channel::resize);
  switch (event.kind) {
    case Kind::ping:
      if (replies_.size() > replies_bytes_max) return Error{Code::limit, "too many pings at once", {}};
      replies_ += websocket::encode(Opcode::pong, event.bytes);
      return Done{};
    case Kind::over:
      has_ended_ = true;
      return Done{};
    case Kind::data:
      if (is_input) return on_input(event.bytes);
      if (!is_size) return invalid("the agent speaks on a channel that is not its own");
      return has_all_sizes_ ? invalid("more on a channel that was closed") : Status(Done{});
    case Kind::end:
      has_ended_ = has_ended_ || is_input;
      has_all_sizes_ = has_all_sizes_ || is_size;
      return is_input || is_size ? Status(Done{}) : invalid("the agent closes a channel that is not its own");
  }
  return Done{};
}

Status CommandInput::on_input(std::string_view bytes) {
  if (has_ended_) return invalid("more on a channel that was closed");
  const std::uint64_t room = bytes_max_ - input_.size();
  is_long_ = is_long_ || bytes.size() > room;
  input_.append(bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()))));
  return Done{};
}

// The agent was told what it can rely on; with less, what was judged would not be what is read.
Status CommandInput::check(const http::Response& response) const {
  const http::Fields& fields = response.fields;
  const auto accept = fields.find("Sec-WebSocket-Accept");
  if (accept && *accept != accept_key_) return invalid("the upstream answers another WebSocket key");
  if (fields.count("Sec-WebSocket-Protocol") != 1 ||
      fields.find("Sec-WebSocket-Protocol") != input_protocol) {
    return invalid("the upstream does not speak v5.channel.k8s.io, where a command's input has an end");
  }
  if (fields.find("Sec-WebSocket-Extensions")) return invalid("the upstream uses a WebSocket extension");
  return Done{};
}

std::string CommandInput::refusal(int status, const action::Verdict& why) const {
  std::string message(1, static_cast<char>(Channel::status));
  json::Writer writer(message);
  begin_failure(writer, status, why);
  writer.member("code", status);
  writer.end_object();
  return websocket::encode(Opcode::binary, message) + websocket::encode_close(normal_closure, {});
}

}  // namespace claw::kubernetes
