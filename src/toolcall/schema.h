// What a tool takes, as a table: its JSON Schema is printed from it, and arguments are checked against it, so
// that what agents are told and what is taken cannot differ. A mistake is pointed at by a JSON pointer
// (RFC 6901), with the name that was probably meant.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace claw::toolcall {

struct Field {
  enum class Kind : std::uint8_t {
    text,
    integer,   // Within the bounds.
    texts_by_name,  // An object of texts.
    values,    // A list of texts, numbers, booleans and nulls.
    text_or_json,
  };
  std::string_view name;
  Kind kind = Kind::text;
  std::string_view help;
  bool required = false;
  std::int64_t least = 0;
  std::int64_t most = 0;
};

// `{"type":"object","properties":…}`.
void write_schema(json::Writer& out, std::span<const Field> fields);

struct Mistake {
  std::string pointer;  // `/arguments/sql`
  std::string what;
};
// `at` is where the object stands, `/arguments`.
std::optional<Mistake> check(const json::Value& value, std::span<const Field> fields, std::string_view at);

// One step of a pointer: `a/b` is `a~1b`.
std::string pointer_step(std::string_view name);

// How many levels a document has; 1 for what has none inside.
std::size_t depth_of(const json::Value& value);

}  // namespace claw::toolcall
