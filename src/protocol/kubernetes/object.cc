#include "protocol/kubernetes/object.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/yaml/yaml.h"
#include "protocol/kubernetes/protobuf.h"

namespace claw::kubernetes {
namespace {

constexpr std::array<std::string_view, 5> json_types{
    "", "application/json", "application/json-patch+json", "application/merge-patch+json",
    "application/strategic-merge-patch+json"};
constexpr std::array<std::string_view, 2> yaml_types{"application/yaml", "application/apply-patch+yaml"};
constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Result<std::optional<json::Value>> read_protobuf(const ObjectAsked& asked) {
  CLAW_TRY(const Envelope envelope, read_envelope(asked.bytes));
  if (!asked.is_delete) return std::optional<json::Value>();
  CLAW_TRY(json::Value options, read_delete_options(envelope));
  return std::optional(std::move(options));
}

// The server refuses two names itself; but a rule that reads one of them must not depend on that.
Status agrees(const json::Value& metadata, std::string_view member, std::string_view in_path) {
  const json::Value* said = metadata.find(member);
  if (said == nullptr || said->is_null()) return Done{};
  if (said->string() == nullptr) return invalid("an object whose " + std::string(member) + " is no text");
  if (said->string()->empty() || in_path.empty() || *said->string() == in_path) return Done{};
  return invalid("an object of another " + std::string(member) +
                 " than the path's: " + quoted(*said->string()));
}

Status check(const json::Value& object, const ObjectAsked& asked) {
  if (asked.media_type == "application/json-patch+json") {
    return object.array() != nullptr ? Status(Done{}) : invalid("a JSON patch that is no list");
  }
  if (object.object() == nullptr) return invalid("a body that is no object");
  const json::Value* metadata = object.find("metadata");
  if (metadata == nullptr || metadata->is_null()) return Done{};
  if (metadata->object() == nullptr) return invalid("an object whose metadata is none");
  CLAW_TRY_DONE(agrees(*metadata, "name", asked.path.name));
  return agrees(*metadata, "namespace", asked.path.space);
}

}  // namespace

Result<std::optional<json::Value>> read_object(const ObjectAsked& asked) {
  if (asked.media_type == protobuf_type) return read_protobuf(asked);
  const bool is_json = is_one_of(asked.media_type, json_types);
  if (!is_json && !is_one_of(asked.media_type, yaml_types)) {
    return Error{Code::unsupported, "an object of a type that is not read: " + quoted(asked.media_type), {}};
  }
  CLAW_TRY(json::Value object, is_json ? json::parse(asked.bytes) : yaml::parse(asked.bytes));
  CLAW_TRY_DONE(check(object, asked));
  return std::optional(std::move(object));
}

}  // namespace claw::kubernetes
