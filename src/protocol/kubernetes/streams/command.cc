#include "protocol/kubernetes/streams/command.h"

#include <fmt/format.h>

#include "protocol/kubernetes/streams/outcome.h"

namespace claw::kubernetes {
namespace {

bool is_of_agent(Channel channel) { return channel == Channel::input || channel == Channel::resize; }
std::size_t number_of(Channel channel) { return static_cast<std::size_t>(channel); }

}  // namespace

Result<Channel> Command::admit(bool from_agent, std::size_t number) const {
  if (number >= channels_max) return invalid("a channel that no command has");
  const auto channel = static_cast<Channel>(number);
  if (is_of_agent(channel) != from_agent) {
    return invalid(from_agent ? "the agent speaks on the server's channel"
                              : "the server speaks on the agent's");
  }
  if (channel == Channel::input && !settings_.takes_stdin) return invalid("input that was not asked for");
  return channel;
}

Status Command::on_open(std::size_t number) {
  CLAW_TRY_DONE(admit(number < channels_max && is_of_agent(static_cast<Channel>(number)), number));
  if (is_open_.at(number)) return invalid("a channel opened twice");
  is_open_.at(number) = true;
  return Done{};
}

Status Command::on_data(bool from_agent, std::size_t number, std::string_view bytes) {
  CLAW_TRY(const Channel channel, admit(from_agent, number));
  if (has_ended_.at(number)) return invalid("more on a channel that was closed");
  bytes_.at(number) += bytes.size();
  if (channel == Channel::status && status_.size() <= status_bytes_max) {
    status_.append(bytes.substr(0, status_bytes_max + 1 - status_.size()));
  }
  if (settings_.sink != nullptr && !bytes.empty()) settings_.sink->on_data(channel, bytes);
  return Done{};
}

Status Command::on_end(bool from_agent, std::size_t number) {
  CLAW_TRY(const Channel channel, admit(from_agent, number));
  if (has_ended_.at(number)) return Done{};
  has_ended_.at(number) = true;
  if (settings_.sink != nullptr) settings_.sink->on_end(channel);
  return Done{};
}

std::string Command::note() const {
  std::string outcome = "no exit code";
  if (status_.size() > status_bytes_max) {
    outcome = "an ending too long to be read";
  } else if (!status_.empty()) {
    outcome = outcome_of(status_, settings_.ends_with_object);
  } else if (!settings_.ends_with_object && has_ended_.at(number_of(Channel::status))) {
    outcome = "exit 0";
  }
  return fmt::format("{}; stdin {} bytes, stdout {} bytes, stderr {} bytes", outcome,
                     bytes_.at(number_of(Channel::input)), bytes_.at(number_of(Channel::output)),
                     bytes_.at(number_of(Channel::errors)));
}

}  // namespace claw::kubernetes
