// What a server's answer becomes before an agent sees it: the members that the protocol has, secrets taken
// out, and what in it reads like an order to the model said beside it. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace claw::toolcall::upstream {

struct Cleaned {
  json::Value value;
  std::vector<std::string> secrets;  // Kinds of what was taken out: `a GitHub token`.
  std::vector<std::string> signs;    // As pins::signs_in has them.
};

// Of `tools/call`: content blocks, structured content, whether it failed. An error where it is no such
// result.
Result<Cleaned> clean_result(const json::Value& result, bool hides_secrets);
// Of `resources/read` and `prompts/get`: everything but `_meta`.
Cleaned clean_any(const json::Value& result, bool hides_secrets);

// The text without what looks like a secret of a known form. `found` gets their kinds.
std::string without_secrets(const std::string& text, std::vector<std::string>& found);

}  // namespace claw::toolcall::upstream
