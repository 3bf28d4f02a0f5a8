#include "pins/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/crypto.h"
#include "base/text.h"

namespace claw::pins {
namespace {

constexpr std::size_t depth_max = 32;      // Of a schema; real ones have a dozen.
constexpr std::size_t refused_max = 100;   // Told to the operator.

struct Shape {
  Kind kind;
  std::string_view name;       // Of the kind, for people.
  std::string_view list;       // The member of an answer that has them.
  std::string_view key;        // What it is called by.
  std::span<const std::string_view> members;  // What agents are told.
};
constexpr std::string_view of_tool[] = {"name",        "title",        "description",
                                        "inputSchema", "outputSchema", "annotations"};
constexpr std::string_view of_prompt[] = {"name", "title", "description", "arguments"};
constexpr std::string_view of_template[] = {"uriTemplate", "name", "title", "description", "mimeType"};
constexpr Shape shapes[] = {
    {Kind::tool, "tool", "tools", "name", of_tool},
    {Kind::prompt, "prompt", "prompts", "name", of_prompt},
    {Kind::resource_template, "resource_template", "resourceTemplates", "uriTemplate", of_template}};

const Shape& shape_of(Kind kind) { return shapes[static_cast<std::size_t>(kind)]; }

std::size_t depth_of(const json::Value& value) {
  std::size_t deepest = 0;
  if (const json::Array* array = value.array()) {
    for (const json::Value& each : *array) deepest = std::max(deepest, depth_of(each));
  } else if (const json::Object* object = value.object()) {
    for (const auto& [name, each] : *object) deepest = std::max(deepest, depth_of(each));
  } else {
    return 0;
  }
  return deepest + 1;
}

json::Value sorted(const json::Value& value) {
  if (const json::Array* array = value.array()) {
    json::Array out;
    for (const json::Value& each : *array) out.push_back(sorted(each));
    return out;
  }
  const json::Object* object = value.object();
  if (object == nullptr) return value;
  json::Object out;
  for (const auto& [name, each] : *object) out.emplace_back(name, sorted(each));
  std::ranges::sort(out, {}, &json::Member::first);
  return out;
}

// A name that clients take as it is, and that means the same to everybody who reads it.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

bool is_uri_template(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && text.find(':') != text.npos &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Status check_members(Kind kind, const json::Value& given) {
  for (const std::string_view name : {"title", "description", "mimeType"}) {
    const json::Value* text = given.find(name);
    if (text != nullptr && text->string() == nullptr) return invalid(fmt::format("its {} is no text", name));
  }
  if (kind != Kind::tool) return Done{};
  const json::Value* schema = given.find("inputSchema");
  if (schema == nullptr || schema->object() == nullptr || schema->text_or("type", "") != "object") {
    return invalid("its inputSchema is none of an object");
  }
  for (const std::string_view name : {"outputSchema", "annotations"}) {
    const json::Value* object = given.find(name);
    if (object != nullptr && object->object() == nullptr) {
      return invalid(fmt::format("its {} is no object", name));
    }
  }
  return Done{};
}

}  // namespace

std::string_view name_of(Kind kind) { return shape_of(kind).name; }

std::optional<Kind> kind_named(std::string_view name) {
  for (const Shape& shape : shapes) {
    if (shape.name == name) return shape.kind;
  }
  return std::nullopt;
}

std::string canonical(const json::Value& value) { return json::format(sorted(value)); }

json::Value Definition::value() const {
  auto parsed = json::parse(text);
  return parsed ? std::move(*parsed) : json::Value(json::Object{});
}

Result<Definition> read_definition(Kind kind, const json::Value& given) {
  const Shape& shape = shape_of(kind);
  if (given.object() == nullptr) return invalid("it is no object");
  Definition made;
  made.kind = kind;
  made.name = given.text_or(shape.key, "");
  const bool is_named = kind == Kind::resource_template ? is_uri_template(made.name) : is_name(made.name);
  if (!is_named) return invalid(fmt::format("{} is no name of a {}", quoted(made.name), shape.name));
  if (depth_of(given) > depth_max) return invalid(fmt::format("it has more than {} levels", depth_max));
  CLAW_TRY_DONE(check_members(kind, given));
  json::Object known;
  for (const std::string_view member : shape.members) {
    if (const json::Value* value = given.find(member)) known.emplace_back(std::string(member), *value);
  }
  made.text = canonical(json::Value(std::move(known)));
  if (made.text.size() > definition_bytes_max) {
    return Error{Code::limit, fmt::format("it is longer than {} bytes", definition_bytes_max), {}};
  }
  crypto::Sha256 digest;
  digest.update(fmt::format("clawpatrol pin 1\n{}\n{}\n", shape.name, made.name));
  digest.update(made.text);
  made.hash = to_hex(crypto::view(digest.finish()));
  return made;
}

Status read_page(Kind kind, const json::Value& result, Offer& into) {
  const Shape& shape = shape_of(kind);
  const json::Value* list = result.find(shape.list);
  if (list == nullptr || list->array() == nullptr) {
    return invalid(fmt::format("an answer without a list of `{}`", shape.list));
  }
  const auto refuse = [&](std::string why) {
    if (into.refused.size() < refused_max) into.refused.push_back(std::move(why));
  };
  for (const json::Value& each : *list->array()) {
    auto read = read_definition(kind, each);
    if (!read) {
      refuse(fmt::format("a {}: {}", shape.name, read.error().what));
      continue;
    }
    const auto is_it = [&](const Definition& other) {
      return other.kind == kind && other.name == read->name;
    };
    const std::pair key(kind, read->name);
    if (into.doubled.contains(key)) continue;
    if (std::ranges::any_of(into.definitions, is_it)) {
      into.doubled.insert(key);
      std::erase_if(into.definitions, is_it);
      refuse(fmt::format("the {} {} is there twice", shape.name, quoted(read->name)));
      continue;
    }
    if (std::ranges::count(into.definitions, kind, &Definition::kind) >= std::ptrdiff_t{definitions_max}) {
      return Error{Code::limit, fmt::format("more than {} of kind {}", definitions_max, shape.name), {}};
    }
    into.definitions.push_back(std::move(*read));
  }
  return Done{};
}

}  // namespace claw::pins
