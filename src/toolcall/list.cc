#include "toolcall/list.h"

namespace claw::toolcall {
namespace {

void write_tool(json::Writer& out, const Tool& tool, Format format) {
  out.begin_object();
  if (format == Format::openai) {
    out.member("type", "function");
    out.key("function"), out.begin_object();
  }
  out.member("name", format == Format::own ? std::string(tool.name()) : wire_name(tool.name()));
  out.member("description", tool.description());
  out.key(format == Format::openai ? "parameters" : "input_schema");
  tool.write_schema(out);
  if (format == Format::openai) out.end_object();
  if (format == Format::own) write_annotations(out, tool.traits());
  out.end_object();
}

}  // namespace

void write_annotations(json::Writer& out, const Traits& traits) {
  out.key("annotations"), out.begin_object();
  out.member("readOnlyHint", traits.reads_only);
  out.member("destructiveHint", traits.destructive);
  out.member("idempotentHint", traits.idempotent);
  out.member("openWorldHint", traits.open_world);
  out.end_object();
}

std::optional<Format> format_named(std::string_view name) {
  if (name.empty()) return Format::own;
  if (name == "openai") return Format::openai;
  if (name == "anthropic") return Format::anthropic;
  return std::nullopt;
}

std::string list_tools(const Catalogue& catalogue, Format format) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("tools"), out.begin_array();
  for (const std::shared_ptr<const Tool>& tool : catalogue) write_tool(out, *tool, format);
  out.end_array();
  out.end_object();
  return text;
}

}  // namespace claw::toolcall
