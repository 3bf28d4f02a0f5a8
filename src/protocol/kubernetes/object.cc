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

// The server refuses two names itself; but a rule that reads one of them must not depend on that.
Status agrees(std::string_view member, std::string_view said, std::string_view in_path) {
  if (said.empty() || in_path.empty() || said == in_path) return Done{};
  return invalid("an object of another " + std::string(member) + " than the path's: " + quoted(said));
}

Result<std::string_view> text_of(const json::Value& metadata, std::string_view member) {
  const json::Value* said = metadata.find(member);
  if (said == nullptr || said->is_null()) return std::string_view();
  if (said->string() == nullptr) return invalid("an object whose " + std::string(member) + " is no text");
  return std::string_view(*said->string());
}

// The object's own name.
Result<std::string> check(const json::Value& object, const ObjectAsked& asked) {
  if (asked.media_type == "application/json-patch+json") {
    if (object.array() == nullptr) return invalid("a JSON patch that is no list");
    return std::string();
  }
  if (object.object() == nullptr) return invalid("a body that is no object");
  const json::Value* metadata = object.find("metadata");
  if (metadata == nullptr || metadata->is_null()) return std::string();
  if (metadata->object() == nullptr) return invalid("an object whose metadata is none");
  CLAW_TRY(const std::string_view name, text_of(*metadata, "name"));
  CLAW_TRY(const std::string_view space, text_of(*metadata, "namespace"));
  CLAW_TRY_DONE(agrees("name", name, asked.path.name));
  CLAW_TRY_DONE(agrees("namespace", space, asked.path.space));
  return std::string(name);
}

Result<Object> read_protobuf(const ObjectAsked& asked) {
  CLAW_TRY(const Envelope envelope, read_envelope(asked.bytes));
  if (asked.is_delete) {
    CLAW_TRY(json::Value options, read_delete_options(envelope));
    return Object{std::move(options), {}, {}};
  }
  CLAW_TRY(const Metadata metadata, read_metadata(envelope));
  CLAW_TRY_DONE(agrees("name", metadata.name, asked.path.name));
  CLAW_TRY_DONE(agrees("namespace", metadata.space, asked.path.space));
  return Object{{}, std::string(metadata.name), "an object in protobuf: " + describe(envelope)};
}

}  // namespace

Result<Object> read_object(const ObjectAsked& asked) {
  if (asked.media_type == protobuf_type) return read_protobuf(asked);
  const bool is_json = is_one_of(asked.media_type, json_types);
  if (!is_json && !is_one_of(asked.media_type, yaml_types)) {
    return Error{Code::unsupported, "an object of a type that is not read: " + quoted(asked.media_type), {}};
  }
  CLAW_TRY(json::Value value, is_json ? json::parse(asked.bytes) : yaml::parse(asked.bytes));
  CLAW_TRY(std::string name, check(value, asked));
  return Object{std::move(value), std::move(name), {}};
}

}  // namespace claw::kubernetes
