// The operators' HTTP server: doors that listen, connections that live on one loop, bounds on how many and
// for how long. A door that is full closes its longest idle connection for a new one, so that somebody who
// only holds connections open keeps nobody out; doors do not share their room.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "serve/message.h"
#include "base/result.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/tls.h"

namespace claw::serve {

class Connection;

struct Limits {
  std::size_t connections = 1024;          // 200 people with a few tabs each, by HTTP/1.1.
  std::size_t connections_per_address = 512;  // Everybody may sit behind one proxy.
  std::uint32_t begin_ms = 10'000;         // From accept to the end of the handshake.
  std::uint32_t request_ms = 20'000;       // From a request's first byte to its last.
  std::uint32_t idle_ms = 75'000;          // Between requests; browsers give up after 60 to 120 s too.
  std::uint32_t stalled_ms = 20'000;       // Something to send, and nothing taken.
};

// Which certificate to show for the name a client asks for, which may be empty.
using Terms = std::function<Result<std::shared_ptr<io::TlsContext>>(const std::string& server_name)>;

struct DoorOptions {
  Way way = Way::network;
  std::string name = {};   // For whoever answers.
  io::Address address;
  Terms terms = {};  // None: plain.
  Limits limits = {};
  bool for_everybody = false;  // Any user of this machine may connect to the Unix socket.
};

class Server {
 public:
  Server(io::Loop& loop, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<std::string> listen(DoorOptions options);  // The address as bound.
  void close();                                     // Every door and connection; on the loop's thread.
  std::size_t connections() const { return connections_.size(); }

 private:
  friend class Connection;
  struct Door {
    DoorOptions options;
    std::unique_ptr<io::Listener> listener;
    std::size_t open = 0;
    std::map<std::string, std::size_t, std::less<>> by_address = {};
  };

  void accept(Door& door, io::Fd socket, const std::string& from);
  bool make_room(Door& door, const std::string& address);
  void finish(Connection& connection);
  void sweep();

  io::Loop& loop_;
  Handler handler_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> finished_;
  io::TimerId sweeping_ = 0;
};

}  // namespace claw::serve
