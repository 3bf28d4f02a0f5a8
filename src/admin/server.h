// A small HTTP/1.1 server for operators, on a loop of its own: one request per connection, a deadline on
// each, a bound on how many at once. Who may ask what is decided by which listener it came through.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "io/listener.h"
#include "io/loop.h"
#include "io/stream.h"
#include "protocol/http/wire/h1/whole.h"

namespace claw::admin {

struct Caller {
  bool is_operator = false;  // Came through the Unix socket as our own user or root.
  std::string user;          // The operating system's name for them; empty on the metrics address.
};

http::WholeResponse problem(int status, std::string_view what);  // `{"error": "…"}`

using Handler =
    std::function<http::WholeResponse(const http::Request&, std::string_view body, const Caller&)>;

class Server {
 public:
  Server(io::Loop& loop, Handler handler);
  ~Server();

  // A Unix socket serves operators; a TCP address only what needs no permission.
  Result<std::string> listen(const io::Address& address);

 private:
  class Exchange;
  void accept(io::Fd socket, bool is_unix);
  void finish(Exchange& exchange);

  io::Loop& loop_;
  Handler handler_;
  std::vector<std::unique_ptr<io::Listener>> listeners_;
  std::unordered_map<Exchange*, std::unique_ptr<Exchange>> exchanges_;
  std::vector<std::unique_ptr<Exchange>> finished_;
};

}  // namespace claw::admin
