#include "toolcall/upstream/result.h"

#include <fmt/format.h>

#include <algorithm>

#include "cel/pattern.h"
#include "pins/definition.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::size_t looked_bytes_max = 64 * 1024;  // For signs: they are hints, and others wait meanwhile.

struct Form {
  std::string_view what;
  std::string_view pattern;
};
// Forms that say what they are by their beginning: what they hit is a key and not a word. Sources: the
// vendors' documentation of their tokens, RFC 7468 for PEM.
constexpr Form forms[] = {
    {"a private key",
     R"(-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(-----END [A-Z ]*PRIVATE KEY-----|\z))"},
    {"an AWS access key", R"(\b(AKIA|ASIA)[0-9A-Z]{16}\b)"},
    {"a GitHub token", R"(\b(gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b)"},
    {"a GitLab token", R"(\bglpat-[A-Za-z0-9_-]{20,}\b)"},
    {"a Slack token", R"(\bxox[abeoprs]-[A-Za-z0-9-]{10,}\b)"},
    {"a Google API key", R"(\bAIza[0-9A-Za-z_-]{35}\b)"},
    {"an Anthropic key", R"(\bsk-ant-[A-Za-z0-9_-]{20,}\b)"},
    {"an OpenAI key", R"(\bsk-(proj-|svcacct-)?[A-Za-z0-9_-]{40,}\b)"},
    {"a Stripe key", R"(\b[rs]k_live_[0-9a-zA-Z]{20,}\b)"},
    {"an npm token", R"(\bnpm_[A-Za-z0-9]{36}\b)"},
};

const std::vector<std::pair<std::string, cel::Pattern>>& patterns() {
  static const std::vector<std::pair<std::string, cel::Pattern>> all = [] {
    std::vector<std::pair<std::string, cel::Pattern>> made;
    for (const Form& form : forms) {
      made.emplace_back(std::string(form.what), cel::Pattern::compile(form.pattern).value());
    }
    return made;
  }();
  return all;
}

class Cleaner {
 public:
  Cleaner(bool hides_secrets, Cleaned& into) : hides_secrets_(hides_secrets), into_(into) {}

  json::Value clean(const json::Value& value) {
    if (const std::string* text = value.string()) return clean(*text);
    if (const json::Array* array = value.array()) {
      json::Array out;
      for (const json::Value& each : *array) out.push_back(clean(each));
      return out;
    }
    const json::Object* object = value.object();
    if (object == nullptr) return value;
    json::Object out;
    // Bytes of images and sounds are no text: a pattern that hit them would only break them.
    const bool has_bytes = object->size() > 1 && value.find("mimeType") != nullptr;
    for (const auto& [name, each] : *object) {
      if (name == "_meta") continue;
      const bool is_bytes = has_bytes && (name == "data" || name == "blob");
      out.emplace_back(name, is_bytes ? each : clean(each));
    }
    return out;
  }

 private:
  json::Value clean(const std::string& text) {
    const std::string_view seen = std::string_view(text).substr(0, looked_bytes_max - looked_);
    looked_ += seen.size();
    for (std::string& sign : pins::signs_in_text(seen)) {
      if (std::ranges::find(into_.signs, sign) == into_.signs.end()) into_.signs.push_back(std::move(sign));
    }
    return hides_secrets_ ? without_secrets(text, into_.secrets) : text;
  }

  bool hides_secrets_;
  std::size_t looked_ = 0;
  Cleaned& into_;
};

}  // namespace

std::string without_secrets(const std::string& text, std::vector<std::string>& found) {
  std::string out = text;
  for (const auto& [what, pattern] : patterns()) {
    std::string_view hit[1];
    std::string made;
    std::size_t at = 0;
    while (at <= out.size() && pattern.find(out, at, hit) && !hit[0].empty()) {
      const std::size_t begin = out.find(hit[0], at);
      made.append(out, at, begin - at);
      made += fmt::format("[{} was taken out]", what);
      at = begin + hit[0].size();
      if (std::ranges::find(found, what) == found.end()) found.push_back(what);
    }
    if (at == 0) continue;
    made.append(out, at, std::string::npos);
    out = std::move(made);
  }
  return out;
}

Result<Cleaned> clean_result(const json::Value& result, bool hides_secrets) {
  constexpr std::string_view types[] = {"text", "image", "audio", "resource", "resource_link"};
  if (result.text_or("resultType", "complete") != "complete") {
    return Error{Code::unsupported, "the server asks for more input, which it is not given here", {}};
  }
  Cleaned cleaned;
  Cleaner cleaner(hides_secrets, cleaned);
  json::Object made;
  json::Array blocks;
  if (const json::Value* content = result.find("content")) {
    if (content->array() == nullptr) return invalid("the server's result has a content that is no list");
    for (const json::Value& block : *content->array()) {
      const std::string type = block.text_or("type", "");
      if (std::ranges::find(types, type) == std::end(types)) {
        return invalid("the server's result has content of a type that is none");
      }
      blocks.push_back(cleaner.clean(block));
    }
  }
  made.emplace_back("content", std::move(blocks));
  if (const json::Value* structured = result.find("structuredContent")) {
    if (structured->object() == nullptr) return invalid("the server's structuredContent is no object");
    made.emplace_back("structuredContent", cleaner.clean(*structured));
  }
  made.emplace_back("isError", result.bool_or("isError", false));
  cleaned.value = std::move(made);
  return cleaned;
}

Cleaned clean_any(const json::Value& result, bool hides_secrets) {
  Cleaned cleaned;
  Cleaner cleaner(hides_secrets, cleaned);
  cleaned.value = cleaner.clean(result);
  return cleaned;
}

}  // namespace claw::toolcall::upstream
