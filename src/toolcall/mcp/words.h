// What MCP clients are told, as results: lists, what became of a call, what is to be asked of a person. Only
// JSON is made here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/mcp/versions.h"
#include "toolcall/answer.h"
#include "toolcall/catalogue.h"

namespace claw::toolcall::mcp {

using claw::mcp::Version;

constexpr std::size_t page_size = 100;      // Entries of a list; what a model can read at a time.
constexpr std::int64_t list_ttl_ms = 10'000;  // Of lists that tell: a reload may change them at any time.

// A result that begins with what the version wants of each; `members` without braces, may be empty.
std::string result_of(const Version& version, std::string_view members);

std::string initialized(const Version& version);  // The answer to `initialize`,
std::string discovered();                         // and to `server/discover`.

// One page of a list of JSON objects under `name`. Nothing: the cursor is none of this list as it is now.
std::optional<std::string> page(const Version& version, std::string_view name,
                                std::span<const std::string> entries, std::string_view cursor);
std::vector<std::string> tool_entries(const Catalogue& catalogue, const Version& version);

// It has no argument of that name itself: then MCP clients are told of one, `reasoning`, which is no argument
// but what the agent says of its call.
bool takes_reasoning(const Tool& tool);

// A tool's result: its own, or why there is none, which is one too. `is_error` of it is true then.
std::string call_result(const Said& said, const Version& version);
// Of what is no tool: the result as it stands, with what the version adds.
std::string read_result(std::string_view result, const Version& version, bool is_cacheable);
// One line for people and models: why it was refused, what is wrong, what to do.
std::string line_of(const Said& said);

// Asks the client to show its person where the call is decided; `state` comes back with the retry.
struct Question {
  std::string_view key;
  std::string_view message;
  std::string_view url;
};
std::string input_required(const Question& question, std::string_view state);

}  // namespace claw::toolcall::mcp
