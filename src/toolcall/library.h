// What MCP clients may read and be prompted with, beside tools: resources and prompts, by library. A library
// answers what is its own; what belongs to others it plans like a tool's call, which is then judged, held,
// run and recorded as one, and whose outcome's `result` is the MCP result. REST has nothing of this.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "toolcall/catalogue.h"

namespace claw::toolcall {

// The result as JSON; or what has to run for it; or why it cannot be had.
using Page = std::variant<std::string, Planned, Mistake>;

struct Library {
  enum class Kind : std::uint8_t { resources, templates, prompts };
  // Adds what there is for this agent: JSON objects, as MCP lists them.
  std::function<void(const Asker&, Kind, std::vector<std::string>& into)> list;
  // Nothing: it is no resource, or no prompt, of this library. Either may be null.
  std::function<std::optional<Page>(const Asker&, std::string_view uri)> read;
  std::function<std::optional<Page>(const Asker&, std::string_view name, const json::Value& arguments)>
      prompt;
};

}  // namespace claw::toolcall
