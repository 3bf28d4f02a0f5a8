// A listening socket on a loop: accepts, and hands each connection on with where it came from.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/address.h"
#include "io/fd.h"
#include "io/loop.h"

namespace claw::io {

class Listener final : public Watcher {
 public:
  using Accepted = std::function<void(Fd socket, std::string from)>;

  // Binds and listens, or says why not; a port of 0 takes a free one, see address().
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const Address& address, Accepted accepted);

  const std::string& address() const { return address_; }  // As bound.
  void ready(Ready what) override;
  ~Listener() override;

 private:
  Listener(Fd fd, std::string address, std::string path, Accepted accepted)
      : fd_(std::move(fd)),
        address_(std::move(address)),
        path_(std::move(path)),
        accepted_(std::move(accepted)) {}

  Fd fd_;
  std::string address_;
  std::string path_;  // A Unix socket's file, removed at the end.
  Accepted accepted_;
  Watch watch_;
};

// The user at the other end of a Unix socket, or nothing.
struct PeerUser {
  unsigned uid = 0;
  int pid = 0;
};
Result<PeerUser> peer_user(int fd);

}  // namespace claw::io
