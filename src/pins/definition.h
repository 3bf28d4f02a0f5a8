// What an MCP server says that it offers, as far as agents are told of it: a tool, a prompt, a template of
// resources. Text of somebody else's that models read, so it has one canonical form, and that form's hash is
// what people accept. What is not known here is left out of it, and never passed on.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace claw::pins {

enum class Kind : std::uint8_t { tool, prompt, resource_template };
inline constexpr Kind kinds[] = {Kind::tool, Kind::prompt, Kind::resource_template};
std::string_view name_of(Kind kind);  // `tool`
std::optional<Kind> kind_named(std::string_view name);

constexpr std::size_t definition_bytes_max =
    64 * 1024;  // Models pay for each byte; real ones have a few KiB.
constexpr std::size_t definitions_max = 500;             // Of one kind and server: no client shows more.
constexpr std::size_t name_bytes_max = 128;              // As the protocol advises for tools.

struct Definition {
  Kind kind = Kind::tool;
  std::string name;  // As the server calls it; of a template its URI.
  std::string text;  // Canonical JSON.
  std::string hash;  // SHA-256 of kind, name and text, in hex.
  json::Value value() const;  // Of the text.
};

struct Offer {  // One page of a list, or all of them.
  std::vector<Definition> definitions;
  std::vector<std::string> refused;  // What is no definition, and why; for the operator.
  std::set<std::pair<Kind, std::string>> doubled = {};  // What was there twice, and stays out.
};

// Reads one element of a list; an error is why agents never see it.
Result<Definition> read_definition(Kind kind, const json::Value& given);
// Appends the elements of an answer to `tools/list` and its like. A name that is there twice is refused, both
// of it: which one a call would mean is the server's secret.
Status read_page(Kind kind, const json::Value& result, Offer& into);

std::string canonical(const json::Value& value);  // Members sorted by name at every level.

// What in it reads like an order to the model, or is hidden from people. A hint for who looks at it, and no
// verdict: its absence proves nothing.
std::vector<std::string> signs_in(const json::Value& value);
std::vector<std::string> signs_in_text(std::string_view text);

}  // namespace claw::pins
