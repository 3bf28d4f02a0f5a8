// One way to an MCP server: whole messages out, whole messages in. Over HTTP each request has an answer of
// its own; over pipes all come one after the other. What a message says is for session.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/mcp/message.h"
#include "protocol/mcp/versions.h"

namespace claw::toolcall::upstream {

class Ear {
 public:
  virtual ~Ear() = default;
  virtual void heard(std::string_view text) = 0;                     // One message, or a batch.
  virtual void unanswered(const claw::mcp::Id& id,
                          const Error& why) = 0;                     // No answer to this request will come.
  virtual void lost(const Error& why) = 0;                           // Nothing will come any more.
};

struct Outgoing {
  std::string text;
  std::optional<claw::mcp::Id> id = {};  // Of a request.
  std::string method = {};
  std::string object = {};         // What a request is about: a tool's name, a URI.
};

class Wire {
 public:
  virtual ~Wire() = default;
  virtual void open(Ear& ear) = 0;        // Once, before anything else. Not called back before it returns.
  virtual void send(Outgoing message) = 0;
  virtual void agreed(const claw::mcp::Version& version) = 0;  // From now on this is spoken.
  virtual void drop(const claw::mcp::Id& id) = 0;              // Its answer is not wanted any more.
};

}  // namespace claw::toolcall::upstream
