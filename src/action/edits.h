// What the vault lends for one request: a list of changes that put the real credential in. The protocol
// applies them to the request it encodes anew, after the verdict; nobody else sees them. Values are secret.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"

namespace claw::action {

struct Edit {
  enum class Kind {
    set_header,       // In place of every header `name` the agent sent.
    drop_header,      // The agent's own `name` must not reach upstream; no value.
    set_cookie,       // In place of the cookie `name`, or beside the others.
    set_query,        // In place of the query parameter `name`, percent-encoded by the protocol.
    drop_query,       // No query parameter `name` may reach upstream; no value.
    drop_form_field,  // Out of an application/x-www-form-urlencoded body; no value.
    set_path,         // `name` is the piece of the path, as sent, that `value` takes the place of.
    set_text,  // In WebSocket text messages, `name` is the placeholder that `value` takes the place of.
  };
  Kind kind = Kind::set_header;
  std::string name;
  Secret value;
};

struct Edits {
  std::string credential;     // Its bare name; never the secret.
  std::vector<Edit> list;
  std::vector<Secret>
      hidden;  // Never to be seen in an answer: the secrets themselves, and encoded as they go out.
  bool unwrap_aws_chunked =
      false;  // The body loses its aws-chunked framing; `x-amz-decoded-content-length` is its length.
};

}  // namespace claw::action
