// What the server hands to whoever answers, and what it takes back. It knows no route and no person: who came
// through which door is all it can say of a caller.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/http/wire/message.h"

namespace claw::serve {

enum class Way : std::uint8_t {
  socket,   // The Unix socket: the kernel says who it is.
  metrics,  // The metrics address: nobody.
  network,  // Where people and programs sign in.
};

struct Caller {
  Way way = Way::network;
  bool is_operator = false;  // Came through the Unix socket as our own user or root.
  std::string user;          // The operating system's name for them.
  std::string address;       // Of the network: an IP address, without a port.
  bool is_tls = false;
  std::string door = {};     // Its name, where doors have one.
  unsigned uid = 0;          // Of the Unix socket: the kernel's word for them.
};

// Whoever takes longer over an answer learns by this that nobody waits for it any more.
class Waiting {
 public:
  virtual ~Waiting() = default;
  virtual void on_left(std::function<void()> left) = 0;  // Once, on the loop's thread; not after the answer.
};

struct Asked {
  http::Request head;
  std::string body;
  Caller caller;
  std::shared_ptr<Waiting> waiting = {};
};

// An answer that goes on: the connection takes from it as fast as its reader reads. On the loop's thread.
class Flow {
 public:
  virtual ~Flow() = default;
  // Appends what there is, some 64 KiB at most; false: this was all there will ever be.
  virtual bool take(std::string& out) = 0;
  virtual void on_more(std::function<void()> wake) = 0;  // Called when take() has something again.
};

struct Answer {
  int status = 200;
  http::Fields fields;
  std::string body;
  std::shared_ptr<Flow> flow = {};  // Instead of a body.
};

// Exactly once, on the loop's thread, now or later; nobody minds when the caller has gone.
using Reply = std::function<void(Answer)>;
using Handler = std::function<void(Asked, Reply)>;

}  // namespace claw::serve
