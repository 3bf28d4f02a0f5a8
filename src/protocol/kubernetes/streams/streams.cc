#include "protocol/kubernetes/streams/streams.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "protocol/kubernetes/streams/channels.h"
#include "protocol/kubernetes/streams/input.h"
#include "protocol/kubernetes/streams/multiplexed.h"

namespace claw::kubernetes {
namespace {

using http::Request;
using http::Response;

constexpr std::string_view protocol_field = "Sec-WebSocket-Protocol";
constexpr std::string_view tunnel_protocol = "SPDY/3.1+portforward.k8s.io";
constexpr std::string_view forward_protocol = "portforward.k8s.io";
constexpr std::string_view forward_channels_protocol = "v4.channel.k8s.io";
constexpr std::size_t protocols_offered_max = 32;

// None at all is the oldest; in it and up to v3 a command that failed says so in plain text.
constexpr auto command_protocols = std::to_array<std::string_view>(
    {"", "channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io", input_protocol});
constexpr std::size_t first_with_object = 4;
constexpr std::size_t first_with_close = 5;

// Cuts at the first byte: the agent and the server agreed on what is not read here.
class Unread final : public http::Streams {
 public:
  explicit Unread(std::string why) : why_(std::move(why)) {}
  Status feed(bool, std::string_view) override { return Error{Code::unsupported, why_, {}}; }
  std::string note() const override { return "not read: " + why_; }

 private:
  std::string why_;
};

std::unique_ptr<http::Streams> unread(std::string why) { return std::make_unique<Unread>(std::move(why)); }

std::vector<std::string_view> offered_by(const Request& request) {
  std::vector<std::string_view> offered;
  for (const http::Field field : request.fields) {
    if (!http::same_name(field.name, protocol_field)) continue;
    for (const std::string_view name : split(field.value, ',')) {
      if (offered.size() < protocols_offered_max) offered.push_back(trim(name));
    }
  }
  return offered;
}

bool offers(const Request& request, std::string_view protocol) {
  return std::ranges::count(offered_by(request), protocol) > 0;
}

bool is_read(StreamKind kind, std::string_view protocol) {
  if (kind != StreamKind::port_forward) return std::ranges::count(command_protocols, protocol) > 0;
  return protocol.empty() || protocol == forward_channels_protocol || protocol == tunnel_protocol;
}

std::size_t place_of(std::string_view protocol) {
  return static_cast<std::size_t>(std::ranges::find(command_protocols, protocol) - command_protocols.begin());
}

Command::Settings settings_of(const Wanted& wanted, std::string_view protocol, Sink* sink) {
  return {wanted.takes_stdin, place_of(protocol) >= first_with_object, sink};
}

std::unique_ptr<http::Streams> over_websocket(const Request& request, const Response& response,
                                              const Wanted& wanted, Sink* sink) {
  const std::string_view protocol = response.fields.find(protocol_field).value_or("");
  if (response.fields.find("Sec-WebSocket-Extensions")) return unread("a WebSocket extension");
  if (response.fields.count(protocol_field) > 1 || !is_read(wanted.kind, protocol)) {
    return unread("the subprotocol " + quoted(protocol));
  }
  if (!protocol.empty() && !offers(request, protocol)) return unread("a subprotocol that was not offered");
  if (protocol == tunnel_protocol) return std::make_unique<TunnelStreams>();
  if (wanted.kind == StreamKind::port_forward) return std::make_unique<ForwardChannels>(wanted.ports);
  return std::make_unique<CommandChannels>(settings_of(wanted, protocol, sink),
                                           place_of(protocol) >= first_with_close);
}

std::unique_ptr<http::Streams> over_spdy(const Response& response, const Wanted& wanted, Sink* sink) {
  constexpr std::string_view field = "X-Stream-Protocol-Version";
  const std::string_view protocol = response.fields.find(field).value_or("");
  const bool is_forward = wanted.kind == StreamKind::port_forward;
  const bool is_known = is_forward ? protocol == forward_protocol : is_read(wanted.kind, protocol);
  if (response.fields.count(field) > 1 || !is_known) return unread("the protocol " + quoted(protocol));
  if (is_forward) return std::make_unique<ForwardStreams>();
  return std::make_unique<CommandStreams>(settings_of(wanted, protocol, sink));
}

bool is_websocket(const Request& request) { return equals_ignoring_case(request.protocol, "websocket"); }
bool is_spdy(const Request& request) { return equals_ignoring_case(request.protocol, "spdy/3.1"); }

}  // namespace

bool may_read(const Request& request, StreamKind kind) {
  if (!is_websocket(request)) return is_spdy(request);
  const auto offered = offered_by(request);
  return offered.empty() || std::ranges::any_of(offered, [kind](std::string_view protocol) {
           return !protocol.empty() && is_read(kind, protocol);
         });
}

std::unique_ptr<http::Input> make_input(const Request& request, const Wanted& wanted,
                                        std::uint64_t bytes_max) {
  const bool has_input = wanted.kind != StreamKind::port_forward && wanted.takes_stdin && !wanted.tty;
  if (!has_input || !is_websocket(request) || !offers(request, input_protocol)) return nullptr;
  const auto version = request.fields.find("Sec-WebSocket-Version");
  const auto key = request.fields.find("Sec-WebSocket-Key");
  const bool is_one = request.fields.count("Sec-WebSocket-Key") == 1;
  std::string accept_key = key && is_one ? accept_key_of(*key) : std::string();
  if (version != "13" || accept_key.empty()) return nullptr;
  return std::make_unique<CommandInput>(std::move(accept_key), bytes_max);
}

std::unique_ptr<http::Streams> make_streams(const Request& request, const Response& response,
                                            const Wanted& wanted, Sink* sink) {
  if (is_websocket(request)) return over_websocket(request, response, wanted, sink);
  if (is_spdy(request)) return over_spdy(response, wanted, sink);
  return unread("an upgrade to " + quoted(request.protocol));
}

}  // namespace claw::kubernetes
