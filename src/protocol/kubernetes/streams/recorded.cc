#include "protocol/kubernetes/streams/recorded.h"

#include <fmt/format.h>

#include <algorithm>

namespace claw::kubernetes {
namespace {

std::string_view name_of(Channel channel) {
  switch (channel) {
    case Channel::input: return "input";
    case Channel::output: return "output";
    case Channel::errors: return "errors";
    case Channel::status: return "status";
    case Channel::resize: return "resize";
  }
  return "";
}

}  // namespace

std::unique_ptr<http::Streams> Recorded::make(const http::Request& request, const http::Response& response,
                                              const Wanted& wanted, bool keeps_input) {
  std::unique_ptr<Recorded> recorded(new Recorded(keeps_input));
  recorded->streams_ = make_streams(request, response, wanted, recorded.get());
  return recorded;
}

void Recorded::on_data(Channel channel, std::string_view bytes) {
  if (channel == Channel::status) return;
  const std::uint64_t room = recorded_bytes_max - kept_;
  const bool is_wanted = channel != Channel::input || keeps_input_;
  const std::size_t count =
      is_wanted ? static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size())) : 0;
  const std::uint64_t left_out = bytes.size() - count;
  kept_ += count;
  left_out_ += left_out;
  const std::string_view name = name_of(channel);
  // A burst of small frames is one piece, not a piece a frame.
  if (heard_.empty() || heard_.back().channel != name) heard_.push_back({name, {}, 0});
  heard_.back().bytes.append(bytes.substr(0, count));
  heard_.back().left_out += left_out;
}

std::string Recorded::note() const {
  if (left_out_ == 0) return streams_->note();
  return fmt::format("{}; {} bytes not kept", streams_->note(), left_out_);
}

}  // namespace claw::kubernetes
