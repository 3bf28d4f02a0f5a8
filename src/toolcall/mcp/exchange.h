// The answer to one POST: JSON where nothing is to be told before the end, events from the first thing that
// is. It knows messages, not methods; whoever answers the requests of the body holds it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/message.h"
#include "toolcall/answer.h"

namespace claw::toolcall::mcp {

class Exchange {
 public:
  struct Options {
    bool takes_events = false;  // The client reads text/event-stream.
    bool is_batch = false;
    std::size_t requests = 0;   // How many answers there will be.
    std::string session = {};   // For the head of the answer to `initialize`.
  };
  // `left`: nobody waits any more; told once, from the connection's own code, and not after the end.
  Exchange(Options options, serve::Reply reply, std::function<void()> left);

  void watch(const std::shared_ptr<serve::Waiting>& waiting);
  void note(std::string_view message);   // A notification; dropped where the client reads no events.
  void keep_alive();                     // A comment, for proxies and programs that give up on silence.
  void answer(std::string message, int status = 200);  // One of the requests'; the last one ends it.
  void drop();                           // One of them gets no answer: it was cancelled.
  void set_session(std::string id) { options_.session = std::move(id); }

 private:
  void settle();
  void open();
  serve::Answer head(int status) const;

  Options options_;
  serve::Reply reply_;
  std::function<void()> left_;
  std::optional<Teller> teller_;
  std::vector<std::string> answers_;
  std::size_t open_ = 0;
  int status_ = 200;
  bool ended_ = false;
};

}  // namespace claw::toolcall::mcp
