// A connection to somebody else's server, with TLS from the start or later, on a loop: bytes out, bytes in,
// one deadline over all of it. What is said on it is its owner's; a Link that has ended says so once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/connector.h"
#include "io/loop.h"
#include "io/stream.h"

namespace claw::outbound {

class LinkUser {
 public:
  virtual ~LinkUser() = default;
  virtual void connected() = 0;                      // And TLS is up, where it was asked for.
  virtual void received(std::string_view bytes) = 0;
  virtual void ended() = 0;                          // The server will say no more.
  virtual void failed(Error why) = 0;
};

struct Goal {
  std::string host;
  std::uint16_t port = 0;
  io::Reach reach = io::Reach::no_local_services;
  std::shared_ptr<io::TlsContext> trust;  // For TLS; null: the system's roots.
  bool has_tls = true;                    // From the first byte.
  std::uint32_t timeout_ms = 0;
  std::string path = {};                  // Of a Unix socket, in place of host and port.
};

class Link final : public io::Watcher {
 public:
  Link(io::Loop& loop, Goal goal, LinkUser& user);
  ~Link() override;

  void send(std::string bytes);  // Zeroed once it is out.
  // Says that nothing more is sent, once everything is. Then ended() means that the server had read all of it
  // and ended too; one that went before is failed().
  void finish();
  void start_tls();  // Then connected() again. Nothing may have been sent behind the request for it.
  void ready(io::Ready what) override;

 private:
  void open(Result<io::Fd> socket);
  void shake_hands();
  void read();
  void end_when_taken();
  void fail(Error why);
  void end(bool in_order);
  void tell_end();

  io::Loop& loop_;
  Goal goal_;
  LinkUser* user_;               // Null once it was told the end.
  std::shared_ptr<bool> alive_;  // False once this is gone: a user may end it while it is being told.
  io::Stream stream_;
  io::Watch watch_;
  std::unique_ptr<io::Connector> connector_;
  io::TimerId timer_ = 0;
  bool shaking_ = false;
  bool finishing_ = false;  // Once everything is out;
  bool finished_ = false;   // then.
  int looks_ = 0;           // At whether the server's kernel has it all.
};

}  // namespace claw::outbound
