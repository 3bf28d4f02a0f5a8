// Another reading of HTTP: an API whose requests are judged by facts of their own, refused in words of their
// own, and upgraded to protocols of their own. HTTP's machines ask it at a few points and otherwise treat its
// requests like any other. Stateless but for the two readers it makes; kubernetes/ is the first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "action/verdict.h"
#include "protocol/http/facts/facts.h"
#include "protocol/http/options.h"
#include "protocol/http/refusal.h"
#include "protocol/http/wire/message.h"

namespace claw::http {

// What a command is given to read, taken in before it runs because a rule reads it. The upgrade is agreed to
// by us, the agent's words are kept until its input has ended, and go upstream once they are allowed.
class Input {
 public:
  virtual ~Input() = default;
  virtual Response accept() const = 0;                    // The 101 that the agent gets.
  // True: it has ended, or is longer than anybody looks at. An Error: it cannot be read.
  virtual Result<bool> feed(std::string_view bytes) = 0;
  virtual Body body() const = 0;                          // Views into this.
  virtual std::string take_replies() = 0;                 // To the agent meanwhile: pongs. Often nothing.
  virtual std::string take_words() = 0;                   // All that came, as it came, for upstream.
  virtual Status check(const Response& response) const = 0;  // Has the upstream agreed to the same?
  // The last words to an agent whose upgrade we agreed to, and whose command does not run.
  virtual std::string refusal(int status, const action::Verdict& why) const = 0;
};

// A piece of what was said, for the record.
struct Heard {
  std::string_view channel;  // Constant text.
  std::string bytes;
  std::uint64_t left_out = 0;
};

// Reads along after an upgrade. Bytes go on as they came; an Error ends the connection.
class Streams {
 public:
  virtual ~Streams() = default;
  virtual Status feed(bool from_agent, std::string_view bytes) = 0;
  virtual std::string note() const = 0;  // For the record: `exit 0; stdin 12 bytes, stdout 310 bytes`.
  virtual std::vector<Heard> take_heard() { return {}; }  // Since the last time, in order; what is recorded.
};

// What a request asks to become, read once; the request outlives it.
class Upgrade {
 public:
  virtual ~Upgrade() = default;
  virtual std::unique_ptr<Input> input(std::uint64_t bytes_max) const = 0;       // Null: nothing to take in.
  // Null: bytes pass unread.
  virtual std::unique_ptr<Streams> streams(const Response& response, const Recording& recording) const = 0;
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual action::Family family() const = 0;
  virtual Needs needs(const std::function<bool(std::uint32_t slot)>& reads) const = 0;
  virtual bool wants_body(const Request& request, const Target& target, const Needs& needs) const = 0;
  // Never null; what cannot be read is not understood.
  virtual std::shared_ptr<const action::Subject> read(const Asked& asked, const Needs& needs) const = 0;
  virtual Refusal refuse(const Request& request, int status, const action::Verdict& why) const = 0;
  // Null: the request may not become that. Upgrades to `websocket` are asked about too.
  virtual std::unique_ptr<Upgrade> upgrade(const Request& request, const Target& target) const = 0;
  virtual std::string note(const Response& response) const = 0;  // Of an upgrade, for the record; or nothing.
  // Reads are sent as somebody who can do nothing else; refused when the agent says itself who it is.
  virtual Status become(Request& request, const ReadAs& as) const = 0;
};

}  // namespace claw::http
