// Streams that also keep what passes through exec and attach, for the record: the channels' bytes as they
// came, and how much was left out where it is too much or nobody wants it. Whoever feeds them takes it away
// after every feed. The server's last words are not among it: how a command ended is in its note.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/http/dialect.h"
#include "protocol/kubernetes/streams/sink.h"
#include "protocol/kubernetes/streams/streams.h"

namespace claw::kubernetes {

// Of one action: a long day at a terminal, and not the whole of what `kubectl cp` copies.
constexpr std::uint64_t recorded_bytes_max = std::uint64_t{8} * 1024 * 1024;

class Recorded final : public http::Streams, private Sink {
 public:
  static std::unique_ptr<http::Streams> make(const http::Request& request, const http::Response& response,
                                             const Wanted& wanted, bool keeps_input);

  Status feed(bool from_agent, std::string_view bytes) override { return streams_->feed(from_agent, bytes); }
  std::string note() const override;
  std::vector<http::Heard> take_heard() override { return std::exchange(heard_, {}); }

 private:
  explicit Recorded(bool keeps_input) : keeps_input_(keeps_input) {}
  void on_data(Channel channel, std::string_view bytes) override;
  void on_end(Channel) override {}

  bool keeps_input_;
  std::unique_ptr<http::Streams> streams_;
  std::vector<http::Heard> heard_;
  std::uint64_t kept_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace claw::kubernetes
