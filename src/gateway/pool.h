// Upstream connections of one worker that are open, idle and clean: whoever goes to the same place with the
// same credential next need not shake hands again. A connection about which anything is in doubt is closed.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "io/loop.h"
#include "io/stream.h"

namespace claw::gateway {

class Pool {
 public:
  explicit Pool(io::Loop& loop) : loop_(loop) {}
  ~Pool();

  std::optional<io::Stream> take(const std::string& key);  // The one that was used last.
  void put(const std::string& key, io::Stream stream);
  void clear();

 private:
  struct Idle {
    io::Stream stream;
    std::int64_t since_us;
  };
  void sweep();

  io::Loop& loop_;
  std::unordered_map<std::string, std::deque<Idle>> idle_;
  std::size_t count_ = 0;
  io::TimerId timer_ = 0;
};

}  // namespace claw::gateway
