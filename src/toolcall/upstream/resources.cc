#include "toolcall/upstream/resources.h"

#include <algorithm>

#include "pins/definition.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::size_t word_bytes_max = 64;

bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && text.size() <= word_bytes_max && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

}  // namespace

bool is_plain_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != 0 && colon != std::string_view::npos && is_word(text.substr(0, colon), "+-.") &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Status read_resources(const json::Value& page, std::vector<Resource>& into) {
  const json::Value* list = page.find("resources");
  if (list == nullptr || list->array() == nullptr) return invalid("an answer without a list of `resources`");
  for (const json::Value& each : *list->array()) {
    if (into.size() >= resources_max) return Done{};
    if (each.object() == nullptr) continue;
    Resource made{each.text_or("uri", ""), each.text_or("name", ""), each.text_or("mimeType", "")};
    if (made.uri.size() > resource_uri_bytes_max || !is_plain_uri(made.uri)) continue;
    if (!pins::signs_in_text(made.uri).empty()) continue;
    if (!is_word(made.name, "._-")) made.name = made.uri;
    if (!is_word(made.type, "/+-._")) made.type.clear();
    into.push_back(std::move(made));
  }
  return Done{};
}

}  // namespace claw::toolcall::upstream
