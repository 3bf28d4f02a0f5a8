// Signs that a text of somebody else's speaks to the model, or hides from people. Each is a habit of
// published attacks on tool descriptions and results; whoever reads this list can avoid it, so it only ever
// adds a hint.
#include "pins/definition.h"

#include <algorithm>

#include "base/text.h"
#include "cel/pattern.h"

namespace claw::pins {
namespace {

struct Sign {
  std::string_view what;
  std::string_view pattern;
};
constexpr Sign table[] = {
    {"tells the model to ignore its instructions",
     R"((?is)\b(ignore|disregard|forget|override)\b.{0,40}\b)"
     R"((previous|prior|above|earlier|all|your|system|safety)\b)"
     R"(.{0,30}\b(instruction|rule|prompt|guideline|polic|restriction|message))"},
    {"asks that people are not told",
     R"((?is)\b(do not|don't|never|without)\b.{0,20}\b)"
     R"((tell|mention|inform|notify|alert|show|reveal|ask)(ing)?\b)"
     R"(.{0,30}\b(user|human|person|operator|anyone|anybody)\b)"},
    {"speaks as the system",
     R"((?i)(<\s*/?\s*(important|system|instructions?|secret|hidden)\s*>)"
     R"(|\[\s*(system|inst|important)\s*\])"
     R"(|)"
     R"(<\|im_start\|>|(^|\n)\s*(system|assistant)\s*:|\bsystem prompt\b|\bnew instructions?\b))"},
    {"orders what is done before or after",
     R"((?is)\b(before|prior to|after|when(ever)?)\b.{0,20}\b)"
     R"((us(e|ing)|call(ing)?|invoking|running)\b.{0,40})"
     R"(\b(tools?|functions?|this)\b.{0,60}\b(must|first|always|need to|have to|read|send|call)\b)"},
    {"wants secrets or files",
     R"((?i)(~/\.ssh|id_rsa|id_ed25519|\.aws/credentials|\.cursor/mcp\.json|)"
     R"(/etc/(passwd|shadow)|\.env\b|\.netrc)"
     R"(|private key|api[ _-]?keys?\b.{0,40}\b(send|include|pass|provide)))"},
    {"wants other tools to be used otherwise",
     R"((?is)\b(instead of|rather than|do not use|don't use|replaces?)\b.{0,40}\b)"
     R"((other|original|default|built-?in))"
     R"(.{0,30}\b(tool|function|server)\b)"},
};

const std::vector<std::pair<std::string, cel::Pattern>>& patterns() {
  static const std::vector<std::pair<std::string, cel::Pattern>> all = [] {
    std::vector<std::pair<std::string, cel::Pattern>> made;
    for (const Sign& sign : table) {
      if (auto compiled = cel::Pattern::compile(sign.pattern)) {
        made.emplace_back(std::string(sign.what), std::move(*compiled));
      }
    }
    return made;
  }();
  return all;
}

// Characters that models read and people do not see: zero width, bidirectional controls, tags.
const cel::Pattern& invisible() {
  static const cel::Pattern pattern = cel::Pattern::compile(
                                          "[\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2069}\\x{"
                                          "FEFF}\\x{00AD}\\x{E0000}-\\x{E007F}]")
                                          .value();
  return pattern;
}

void look_at(std::string_view text, std::vector<std::string>& found) {
  const auto add = [&](std::string_view what) {
    if (std::ranges::find(found, what) == found.end()) found.emplace_back(what);
  };
  if (invisible().matches(text)) add("has characters that people do not see");
  for (const auto& [what, pattern] : patterns()) {
    if (pattern.matches(text)) add(what);
  }
}

void look(const json::Value& value, std::vector<std::string>& found) {
  if (const std::string* text = value.string()) return look_at(*text, found);
  if (const json::Array* array = value.array()) {
    for (const json::Value& each : *array) look(each, found);
  } else if (const json::Object* object = value.object()) {
    for (const auto& [name, each] : *object) look_at(name, found), look(each, found);
  }
}

}  // namespace

std::vector<std::string> signs_in(const json::Value& value) {
  std::vector<std::string> found;
  look(value, found);
  return found;
}

std::vector<std::string> signs_in_text(std::string_view text) {
  std::vector<std::string> found;
  look_at(text, found);
  return found;
}

}  // namespace claw::pins
