// Any body under any type: no crash, and an object that was read is written and read again as itself.
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/kubernetes/object.h"

namespace {

constexpr std::string_view types[] = {"",
                                      "application/json",
                                      "application/json-patch+json",
                                      "application/yaml",
                                      "application/apply-patch+yaml",
                                      "application/vnd.kubernetes.protobuf",
                                      "application/vnd.kubernetes.protobuf",
                                      "application/cbor"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace claw;
  if (size < 2) return 0;
  std::string text(bytes + 1, bytes + size);
  const std::string_view type = types[bytes[0] & 7];
  if (type.ends_with("protobuf")) text.insert(0, std::string_view("k8s\0", 4));
  kubernetes::Path path;
  path.is_resource = true;
  path.resource = "pods";
  path.name = "web";
  path.space = "prod";
  const bool is_delete = (bytes[0] & 8) != 0;
  const auto object = kubernetes::read_object({type, text, is_delete, path});
  if (!object) return 0;
  CLAW_CHECK(is_delete || object->name.empty() || object->name == "web");
  if (!object->value) return 0;
  const std::string written = json::format(*object->value);
  const auto again = json::parse(written);
  CLAW_CHECK(again.ok() && json::format(*again) == written);
  const json::Value* metadata = object->value->find("metadata");
  const json::Value* name = metadata == nullptr ? nullptr : metadata->find("name");
  if (name != nullptr && !is_delete && type != "application/json-patch+json") {
    CLAW_CHECK(name->is_null() || name->string()->empty() || *name->string() == "web");
  }
  return 0;
}
