// The object in the body of a Kubernetes request: JSON, patches and YAML as JSON, and of protobuf the options
// of a deletion and everybody's metadata. Reads it as strictly as the API server, and refuses what a second
// reader could take for another object than the one in the path. Pure; judges nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "protocol/kubernetes/path.h"

namespace claw::kubernetes {

struct ObjectAsked {
  std::string_view media_type;  // Lower case, without parameters; empty: not said, which is JSON.
  std::string_view bytes;       // Content encodings undone; not empty.
  bool is_delete = false;       // Its body is DeleteOptions.
  const Path& path;             // Of a resource.
};

struct Object {
  std::optional<json::Value> value;  // Nothing: protobuf, which the server reads and we do not.
  std::string name;                  // What it calls itself, for people; may be empty.
  std::string unread;                // Of protobuf: `an object in protobuf: apps/v1 Deployment`
};

// The why of an error is for the agent, too.
Result<Object> read_object(const ObjectAsked& asked);

}  // namespace claw::kubernetes
