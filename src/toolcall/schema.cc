#include "toolcall/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace claw::toolcall {
namespace {

using Kind = Field::Kind;

bool is_plain_value(const json::Value& value) {
  return value.object() == nullptr && value.array() == nullptr;
}

// What is wrong with one value; empty: nothing.
std::string wrong_with(const json::Value& value, const Field& field) {
  // One `type` each: clients that map schemas onto narrower ones refuse a tool with several.
  switch (field.kind) {
    case Kind::text: return value.string() != nullptr ? "" : "this is a string";
    case Kind::integer: {
      const json::Number* number = value.number();
      const auto given = number != nullptr ? number->as_int64() : std::nullopt;
      const bool fits = given && *given >= field.least && *given <= field.most;
      return fits ? "" : fmt::format("this is a whole number from {} to {}", field.least, field.most);
    }
    case Kind::texts_by_name: {
      const json::Object* object = value.object();
      const bool fits = object != nullptr && std::ranges::all_of(*object, [](const json::Member& each) {
        return each.second.string() != nullptr;
      });
      return fits ? "" : "this is an object of strings";
    }
    case Kind::values: {
      const json::Array* array = value.array();
      const bool fits = array != nullptr && std::ranges::all_of(*array, is_plain_value);
      return fits ? "" : "this is a list of strings, numbers, booleans and nulls";
    }
    case Kind::text_or_json: {
      const bool fits = value.string() != nullptr || !is_plain_value(value);
      return fits ? "" : "this is a string, or an object or list that is sent as JSON";
    }
  }
  return "this is nothing known";
}

void write_types(json::Writer& out, const Field& field) {
  // One `type` each: clients that map schemas onto narrower ones refuse a tool with several.
  switch (field.kind) {
    case Kind::text: return out.member("type", "string");
    case Kind::integer:
      out.member("type", "integer");
      out.member("minimum", field.least);
      return out.member("maximum", field.most);
    case Kind::texts_by_name:
      out.member("type", "object");
      out.key("additionalProperties");
      return out.raw(R"({"type":"string"})");
    case Kind::values:
      out.member("type", "array");
      out.key("items");
      return out.raw(R"({"anyOf":[{"type":"string"},{"type":"number"},{"type":"boolean"},{"type":"null"}]})");
    case Kind::text_or_json:
      out.key("anyOf");
      return out.raw(R"([{"type":"string"},{"type":"object"},{"type":"array","items":{}}])");
  }
}

}  // namespace

void write_schema(json::Writer& out, std::span<const Field> fields) {
  std::vector<std::string> required;
  out.begin_object();
  out.member("type", "object");
  out.key("properties"), out.begin_object();
  for (const Field& field : fields) {
    if (field.required) required.emplace_back(field.name);
    out.key(field.name), out.begin_object();
    write_types(out, field);
    out.member("description", field.help);
    out.end_object();
  }
  out.end_object();
  out.member("required", required);
  out.member("additionalProperties", false);
  out.end_object();
}

std::optional<Mistake> check(const json::Value& value, std::span<const Field> fields, std::string_view at) {
  const json::Object* object = value.object();
  if (object == nullptr) return Mistake{std::string(at), "this is an object"};
  for (const auto& [name, member] : *object) {
    const auto field = std::ranges::find(fields, std::string_view(name), &Field::name);
    const std::string pointer = fmt::format("{}/{}", at, pointer_step(name));
    if (field == fields.end()) {
      std::vector<std::string> names;
      for (const Field& each : fields) names.emplace_back(each.name);
      const auto near = nearest(name, names);
      return Mistake{pointer, fmt::format("there is no {} here{}", quoted(name),
                                          near ? fmt::format(", did you mean `{}`?", *near) : "")};
    }
    if (std::string what = wrong_with(member, *field); !what.empty()) {
      return Mistake{pointer, std::move(what)};
    }
  }
  for (const Field& field : fields) {
    if (!field.required || value.find(field.name) != nullptr) continue;
    return Mistake{fmt::format("{}/{}", at, field.name), "this is missing"};
  }
  return std::nullopt;
}

std::string pointer_step(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 200)) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

std::size_t depth_of(const json::Value& value) {
  std::size_t deepest = 0;
  if (const json::Object* object = value.object()) {
    for (const auto& [name, member] : *object) deepest = std::max(deepest, depth_of(member));
  } else if (const json::Array* array = value.array()) {
    for (const json::Value& element : *array) deepest = std::max(deepest, depth_of(element));
  }
  return deepest + 1;
}

}  // namespace claw::toolcall
