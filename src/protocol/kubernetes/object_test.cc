#include "protocol/kubernetes/object.h"

#include <gtest/gtest.h>

#include "protocol/kubernetes/protobuf.h"

namespace claw::kubernetes {
namespace {

Path pod() {
  Path path;
  path.is_resource = true;
  path.verb = "update";
  path.resource = "pods";
  path.space = "prod";
  path.name = "web";
  return path;
}

std::string read(std::string_view type, std::string_view bytes, bool is_delete = false, Path path = pod()) {
  const auto object = read_object({type, bytes, is_delete, path});
  if (!object) return "error: " + object.error().what;
  return object->value ? json::format(*object->value) : object->unread + " " + object->name;
}
bool is_refused(std::string_view type, std::string_view bytes, bool is_delete = false, Path path = pod()) {
  return read(type, bytes, is_delete, std::move(path)).starts_with("error: ");
}

// Writes protobuf, field by field.
std::string field(unsigned number, std::string_view bytes) {
  std::string text;
  text += static_cast<char>(number << 3 | 2);
  for (std::size_t size = bytes.size(); true; size >>= 7) {
    text += static_cast<char>((size & 0x7F) | (size > 0x7F ? 0x80 : 0));
    if (size <= 0x7F) break;
  }
  return text.append(bytes);
}
std::string number(unsigned field, char value) { return {static_cast<char>(field << 3), value}; }
std::string envelope(std::string_view version, std::string_view kind, std::string_view raw,
                     std::string_view more = {}) {
  return std::string("k8s\0", 4) + field(1, field(1, version) + field(2, kind)) + field(2, raw) +
         std::string(more);
}

constexpr std::string_view protobuf = "application/vnd.kubernetes.protobuf";

TEST(object, is_read_from_json_patches_and_yaml) {
  const std::string json = R"({"metadata":{"name":"web","namespace":"prod"},"spec":{"hostNetwork":true}})";
  for (const std::string_view type : {"", "application/json", "application/merge-patch+json",
                                      "application/strategic-merge-patch+json", "application/yaml",
                                      "application/apply-patch+yaml"}) {
    EXPECT_EQ(read(type, json), json) << type;
  }
  EXPECT_EQ(read("application/apply-patch+yaml", "metadata:\n  name: web\nspec:\n  replicas: 3\n"),
            R"({"metadata":{"name":"web"},"spec":{"replicas":3}})");
  EXPECT_EQ(read("application/json-patch+json", R"([{"op":"remove","path":"/spec"}])"),
            R"([{"op":"remove","path":"/spec"}])");
}

TEST(object, of_another_name_than_the_path_is_refused) {
  EXPECT_TRUE(is_refused("", R"({"metadata":{"name":"db"}})"));
  EXPECT_TRUE(is_refused("", R"({"metadata":{"namespace":"kube-system"}})"));
  EXPECT_TRUE(is_refused("application/yaml", "metadata: {name: db}\n"));
  EXPECT_FALSE(is_refused("", R"({"metadata":{"name":"","namespace":null}})"));
  EXPECT_FALSE(is_refused("", R"({"metadata":null})"));
  Path created = pod();
  created.name = {};
  EXPECT_FALSE(is_refused("", R"({"metadata":{"name":"db"}})", false, created)) << "the object names itself";
  EXPECT_TRUE(is_refused("", R"({"metadata":{"namespace":"x"}})", false, created));
  for (const std::string_view odd :
       {R"({"metadata":[]})", R"({"metadata":{"name":1}})", "[]", "1", "null", "\"x\""}) {
    EXPECT_TRUE(is_refused("", odd)) << odd;
  }
}

TEST(object, that_two_readers_read_differently_is_refused) {
  for (const std::string_view text :
       {R"({"spec":{},"spec":{"hostNetwork":true}})", R"({"a":1,})", "{", "{} {}", "\xEF\xBB\xBF{}",
        "{'a':1}", R"({"a":01})", R"({"metadata":{"name":"web","name":"web"}})"}) {
    EXPECT_TRUE(is_refused("application/json", text)) << text;
  }
  EXPECT_TRUE(is_refused("application/json", "a: 1\n")) << "YAML that calls itself JSON";
  EXPECT_TRUE(is_refused("application/yaml", "a: &x 1\nb: *x\n"));
  EXPECT_TRUE(is_refused("application/yaml", "a: 1\n---\nb: 1\n"));
  EXPECT_TRUE(is_refused("application/yaml", "privileged: yes\n"));
  for (const std::string_view type :
       {"application/cbor", "application/apply-patch+cbor", "application/cbor-seq", "text/plain",
        "application/x-www-form-urlencoded", "text/yaml", "application/vnd.api+json"}) {
    EXPECT_TRUE(is_refused(type, "{}")) << type;
  }
  EXPECT_TRUE(is_refused("application/json-patch+json", "{}"));
}

TEST(protobuf, is_read_for_what_a_deletion_says) {
  const std::string options = number(1, 30) + number(3, 1) + field(4, "Background") + field(5, "All");
  EXPECT_EQ(read(protobuf, envelope("v1", "DeleteOptions", options), true),
            R"({"gracePeriodSeconds":30,"orphanDependents":true,"propagationPolicy":"Background",)"
            R"("dryRun":["All"],"kind":"DeleteOptions","apiVersion":"v1"})");
  EXPECT_EQ(read(protobuf, envelope("", "", field(2, field(1, "u"))), true),
            R"({"preconditions":{"uid":"u"},"kind":"","apiVersion":""})");
  const std::string pod_bytes = envelope("v1", "Pod", field(1, field(1, "web")));
  EXPECT_EQ(read(protobuf, pod_bytes), "an object in protobuf: v1 Pod web");
  EXPECT_TRUE(is_refused(protobuf, "{}")) << "JSON that calls itself protobuf";
  EXPECT_EQ(read(protobuf, pod_bytes, true), "error: a deletion with v1 Pod in its body");
}

TEST(protobuf, is_read_for_the_name_an_object_gives_itself) {
  Path created = pod();
  created.name = {};
  const auto metadata = [&](std::string_view bytes, const Path& path) {
    return read(protobuf, envelope("apps/v1", "Deployment", bytes), false, path);
  };
  const std::string web = field(1, "web");
  EXPECT_EQ(metadata(field(1, web + field(3, "prod")) + field(2, "spec"), created),
            "an object in protobuf: apps/v1 Deployment web");
  EXPECT_EQ(metadata(field(2, "spec"), created), "an object in protobuf: apps/v1 Deployment ");
  EXPECT_EQ(metadata(field(1, field(1, "db")), pod()),
            "error: an object of another name than the path's: `db`");
  EXPECT_EQ(metadata(field(1, field(3, "kube-system")), created),
            "error: an object of another namespace than the path's: `kube-system`");
  // Who reads them one after the other takes the last, and a person would be shown the first.
  EXPECT_EQ(metadata(field(1, web) + field(1, field(1, "db")), created), "error: protobuf with two metadata");
  EXPECT_TRUE(metadata(field(1, web + field(1, "db")), created).starts_with("error: "));
  EXPECT_TRUE(metadata(field(1, field(1, "\xFF")), created).starts_with("error: "));
  EXPECT_TRUE(metadata(field(1, "web"), created).starts_with("error: ")) << "a text where metadata is";
}

TEST(protobuf, that_says_something_twice_or_something_unknown_is_refused) {
  const auto refused = [](const std::string& options) {
    return is_refused(protobuf, envelope("v1", "DeleteOptions", options), true);
  };
  EXPECT_TRUE(refused(number(1, 1) + number(1, 2)));
  EXPECT_TRUE(refused(field(4, "Orphan") + field(4, "Background")));
  EXPECT_TRUE(refused(number(7, 1)));
  EXPECT_TRUE(refused(field(9, "x")));
  EXPECT_TRUE(refused(number(5, 1)));
  EXPECT_TRUE(refused(field(5, "\xFF")));
  EXPECT_TRUE(refused("\x09" "12345678")) << "a fixed64";
  EXPECT_TRUE(refused(std::string(11, '\xFF')));
  EXPECT_TRUE(refused(std::string("\x00\x00", 2))) << "a field number 0";
  const std::string dry = field(5, "All");
  EXPECT_TRUE(is_refused(protobuf, envelope("v1", "DeleteOptions", dry, field(2, "")), true))
      << "two objects";
  EXPECT_TRUE(is_refused(protobuf, envelope("v1", "DeleteOptions", dry, field(4, "application/json")), true));
  EXPECT_TRUE(is_refused(protobuf, envelope("v1", "DeleteOptions", dry, field(3, "gzip")), true));
  EXPECT_TRUE(is_refused(protobuf, "{}", true));
}

TEST(protobuf, cut_anywhere_is_refused_or_says_less) {
  const std::string whole = envelope("v1", "DeleteOptions", number(1, 30) + field(5, "All"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string got = read(protobuf, whole.substr(0, size), true);
    EXPECT_TRUE(got.starts_with("error: ") || got.find("All") == got.npos) << size << ": " << got;
  }
}

}  // namespace
}  // namespace claw::kubernetes
