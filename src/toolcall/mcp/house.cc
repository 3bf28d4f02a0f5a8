#include "toolcall/mcp/house.h"

#include <fmt/format.h>

#include <utility>

#include "base/clock.h"
#include "base/json.h"

namespace claw::toolcall::mcp {
namespace {

constexpr std::string_view policy_uri = "clawpatrol://policy";
constexpr std::string_view approvals_uri = "clawpatrol://approvals";

std::string contents(std::string_view uri, std::string_view text) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.key("contents"), writer.begin_array(), writer.begin_object();
  writer.member("uri", uri);
  writer.member("mimeType", "application/json");
  writer.member("text", text);
  writer.end_object(), writer.end_array();
  writer.end_object();
  return out;
}

std::string entry(std::string_view uri, std::string_view name, std::string_view title,
                  std::string_view description) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("uri", uri);
  writer.member("name", name);
  writer.member("title", title);
  writer.member("description", description);
  writer.member("mimeType", "application/json");
  writer.end_object();
  return out;
}

void write_limits(json::Writer& out, const config::ToolSettings& settings) {
  out.key("limits"), out.begin_object();
  out.member("arguments_bytes", static_cast<std::int64_t>(settings.arguments_bytes_max));
  out.member("result_bytes", static_cast<std::int64_t>(settings.result_bytes_max));
  out.member("calls_at_once", static_cast<std::int64_t>(settings.calls_per_agent));
  out.end_object();
}

std::string policy_text(const Asker& asker, const Catalogue& tools) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("agent", asker.agent);
  out.member("profile", asker.profile);
  out.member("policy", asker.snapshot.version);
  out.key("tools"), out.begin_array();
  for (const auto& each : tools) out.string(wire_name(each->name()));
  out.end_array();
  out.key("endpoints"), out.begin_array();
  if (const config::Profile* profile = asker.snapshot.profile(asker.profile)) {
    for (const auto& [typed, choices] : profile->choices) out.string(typed);
  }
  out.end_array();
  write_limits(out, asker.endpoint.tools);
  out.member("otherwise", "what no rule allows is denied; a refusal names its rule and what to do instead");
  out.end_object();
  return text;
}

std::string approvals_text(const std::vector<Pending>& waiting) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("waiting"), out.begin_array();
  for (const Pending& each : waiting) {
    out.begin_object();
    out.member("id", each.id);
    out.member("endpoint", each.endpoint);
    out.member_unless_empty("rule", each.rule);
    out.member("summary", each.summary);
    out.member("asked_at", format_time(each.asked_us));
    out.member("waits_for_retry", each.waits_for_retry);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return text;
}

}  // namespace

Library make_house(PendingOf pending, ToolsOf tools) {
  Library house;
  house.list = [](const Asker&, Library::Kind kind, std::vector<std::string>& into) {
    if (kind != Library::Kind::resources) return;
    into.push_back(entry(policy_uri, "policy", "What you may do here",
                         "The tools and systems that are yours, and the limits of calls."));
    into.push_back(entry(approvals_uri, "approvals", "What waits for a person",
                         "Your calls that a person has been asked about and has not answered."));
  };
  house.read = [pending = std::move(pending), tools = std::move(tools)](
                   const Asker& asker, std::string_view uri) -> std::optional<Page> {
    if (uri == policy_uri) return contents(uri, policy_text(asker, tools(asker)));
    if (uri == approvals_uri) return contents(uri, approvals_text(pending(asker.agent)));
    return std::nullopt;
  };
  return house;
}

}  // namespace claw::toolcall::mcp
