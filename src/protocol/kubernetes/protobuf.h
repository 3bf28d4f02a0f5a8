// Kubernetes objects in protobuf (`application/vnd.kubernetes.protobuf`): an envelope that says which kind,
// and the kind's own message, whose fields only its .proto file names. Here are read the envelope, the
// metadata that nearly every kind begins with, and DeleteOptions whole. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace claw::kubernetes {

struct Envelope {
  std::string_view api_version;
  std::string_view kind;
  std::string_view raw;  // The object.
};
Result<Envelope> read_envelope(std::string_view bytes);

// As the same in JSON. An unknown field is an error: what it means is not known.
Result<json::Value> read_delete_options(const Envelope& envelope);

// What nearly every kind begins with; empty where it has none. Said twice it is an error, since which of two
// counts is what readers differ in.
struct Metadata {
  std::string_view name;
  std::string_view space;
};
Result<Metadata> read_metadata(const Envelope& envelope);

// `apps/v1 Deployment`: for people, never for a rule.
std::string describe(const Envelope& envelope);

}  // namespace claw::kubernetes
