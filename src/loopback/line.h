// The agent's end of a connection inside this process. Whoever looks something up or runs a tool for an agent
// speaks through it as the agent would from outside, so that all it says is judged by the code that judges
// agents. It carries bytes; what they mean is for postgres.h and request.h. It opens nothing itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/loop.h"
#include "io/stream.h"

namespace claw::loopback {

struct Limits {
  std::uint32_t ms_max = 0;            // From the beginning to the end of all of it.
  std::size_t unread_bytes_max = 0;    // Of what came and was not taken.
};

// `said` is told everything that is unread after each piece, takes what it wants, and returns true once it
// has all; `over` is called exactly once, later, with why it ended early, or nothing.
class Line final : public io::Watcher {
 public:
  using Said = std::function<bool(std::string& unread)>;
  using Over = std::function<void(std::optional<Error>)>;

  Line(io::Loop& loop, io::Fd end, Limits limits, Said said, Over over);
  ~Line() override;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void send(std::string_view bytes);
  void ready(io::Ready what) override;

 private:
  void finish(std::optional<Error> why);

  io::Loop& loop_;
  io::Stream stream_;
  Limits limits_;
  Said said_;
  Over over_;
  std::string unread_;
  bool is_over_ = false;
  io::Watch watch_;
  io::TimerId timer_ = 0;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

}  // namespace claw::loopback
