// The tools that an agent may call, as it wants them listed: our own form, or the forms in which OpenAI's and
// Anthropic's APIs take tools.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toolcall/catalogue.h"

namespace claw::toolcall {

enum class Format : std::uint8_t { own, openai, anthropic };
std::optional<Format> format_named(std::string_view name);  // Empty: our own.

void write_annotations(json::Writer& out, const Traits& traits);  // The member `annotations`.

std::string list_tools(const Catalogue& catalogue, Format format);

}  // namespace claw::toolcall
