// Opens a connection to an upstream: names resolved off the loop, each address that is within reach tried in
// turn, one deadline over all. The callback comes on the loop's thread, exactly once, unless the Connector is
// destroyed first; then never.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "io/address.h"
#include "io/loop.h"
#include "io/reach.h"

namespace claw::io {

class Connector final : public Watcher {
 public:
  using Connected = std::function<void(Result<Fd>)>;

  Connector(Loop& loop, Address address, std::uint32_t timeout_ms, Connected connected);
  // Code::denied when all its addresses are out of reach.
  Connector(Loop& loop, Address address, Reach reach, std::uint32_t timeout_ms, Connected connected);
  ~Connector() override;
  void ready(Ready what) override;

 private:
  struct Alive;  // Tells a late answer from the resolver that nobody is there any more.
  void try_next();
  void finish(Result<Fd> result);
  void resolved(Result<std::vector<SocketAddress>> addresses);

  Loop& loop_;
  Address address_;
  Reach reach_;
  Connected connected_;
  std::shared_ptr<Alive> alive_;
  std::vector<SocketAddress> candidates_;  // Last is next.
  std::string last_failure_;
  Fd fd_;
  Watch watch_;
  TimerId timer_ = 0;
};

}  // namespace claw::io
