#include "toolcall/list.h"

#include "toolcall/tool.h"

namespace claw::toolcall {
namespace {

// What each does is for the arguments to say; so none is called read-only, and each may destroy.
void write_annotations(json::Writer& out, const Tool& tool) {
  out.key("annotations"), out.begin_object();
  out.member("readOnlyHint", false);
  out.member("destructiveHint", true);
  out.member("idempotentHint", false);
  out.member("openWorldHint", tool.open_world);
  out.end_object();
}

void write_tool(json::Writer& out, const Tool& tool, Format format) {
  out.begin_object();
  if (format == Format::openai) {
    out.member("type", "function");
    out.key("function"), out.begin_object();
  }
  out.member("name", format == Format::own ? std::string(tool.name) : wire_name(tool.name));
  out.member("description", tool.description);
  out.key(format == Format::openai ? "parameters" : "input_schema");
  write_schema(out, tool.fields);
  if (format == Format::openai) out.end_object();
  if (format == Format::own) write_annotations(out, tool);
  out.end_object();
}

}  // namespace

std::optional<Format> format_named(std::string_view name) {
  if (name.empty()) return Format::own;
  if (name == "openai") return Format::openai;
  if (name == "anthropic") return Format::anthropic;
  return std::nullopt;
}

std::string list_tools(const config::Snapshot& snapshot, std::string_view profile, Format format) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("tools"), out.begin_array();
  for (const Tool& tool : tools()) {
    if (tool.is_for(snapshot, profile)) write_tool(out, tool, format);
  }
  out.end_array();
  out.end_object();
  return text;
}

}  // namespace claw::toolcall
