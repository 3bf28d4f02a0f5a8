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

struct ListenOptions {
  // For connections the network redirected here: see original_destination(). What REDIRECT sends needs no
  // privilege; what TPROXY sends arrives only where this process has CAP_NET_ADMIN, and a log line says so.
  bool transparent = false;
  bool for_everybody = false;  // A Unix socket that any user may connect to; who it is the kernel says.
  int backlog = 4096;  // Bursts of agents reconnecting at once.
};

class Listener final : public Watcher {
 public:
  using Accepted = std::function<void(Fd socket, std::string from)>;

  // Binds and listens, or says why not; a port of 0 takes a free one, see address().
  static Result<std::unique_ptr<Listener>> open(Loop& loop, const Address& address, Accepted accepted,
                                                const ListenOptions& options = {});
  // One that another process of ours opened and handed over: what connects there comes here.
  static std::unique_ptr<Listener> adopt(Loop& loop, Fd listening, Accepted accepted);

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

// Where an accepted connection was going before the network redirected it (REDIRECT, TPROXY; IPv4 and IPv6).
// Code::invalid for one that came straight here: serving it would be serving ourselves.
Result<SocketAddress> original_destination(int fd);

// No delay, and a probe each minute on an idle connection: one whose other end has gone without a word, or
// that a NAT on the way would forget, is noticed. For TCP sockets.
void set_tcp_options(int fd);

// The user at the other end of a Unix socket, or nothing.
struct PeerUser {
  unsigned uid = 0;
  int pid = 0;
};
Result<PeerUser> peer_user(int fd);

}  // namespace claw::io
