#include "toolcall/mcp/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"
#include "toolcall/list.h"

namespace claw::toolcall::mcp {
namespace {

constexpr std::string_view server_members =
    R"("name":"clawpatrol","title":"Claw Patrol","version":")" CLAW_VERSION "\"";
constexpr std::string_view how_to_come_back =
    "Nothing has run yet. Once they have allowed it, send exactly the same call again and it runs, once; "
    "until then it is put off again.";
constexpr std::string_view instructions =
    "Calls go through a firewall: each is judged, some wait for a person, some are refused. State why you "
    "call "
    "a tool: people who are asked read it. A refusal says which rule it was and what to do instead; do not "
    "send the same call again. A call that was put off is sent again, exactly as it was, once it is allowed.";

std::string quoted_json(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

std::string capabilities() {
  return R"("capabilities":{"tools":{"listChanged":true},"resources":{"listChanged":true},)"
         R"("prompts":{"listChanged":true}})";
}

std::string text_block(std::string_view text) {
  return "[{\"type\":\"text\",\"text\":" + quoted_json(text) + "}]";
}

// The record's names of what ran, which the REST form has beside the result.
std::string call_meta(std::string_view members) {
  return members.empty() ? std::string() : "\"clawpatrol/call\":{" + std::string(members) + "}";
}

std::string meta_of(const Version& version, std::string_view more) {
  std::string out;
  if (version.typed_results) {
    out = fmt::format("\"{}\":{{{}}}", claw::mcp::meta_server, server_members);
    if (!more.empty()) out += ',';
  }
  out += more;
  return out.empty() ? out : "\"_meta\":{" + out + "}";
}

std::string join_members(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += ',';
    out += part;
  }
  return out;
}

std::string object_of(const Version& version, std::string_view members, std::string_view meta) {
  const std::string_view type = version.typed_results ? R"("resultType":"complete")" : "";
  return "{" + join_members({type, members, meta_of(version, meta)}) + "}";
}

std::string cacheable(const Version& version) {
  return version.typed_results ? fmt::format(R"("ttlMs":{},"cacheScope":"private")", list_ttl_ms)
                               : std::string();
}

std::string schema_text(const Tool& tool) {
  std::string text;
  json::Writer out(text);
  tool.write_schema(out);
  return text;
}

// The schema, where its properties have room for one more of that name.
std::optional<json::Value> properties_without_reasoning(std::string_view schema) {
  auto parsed = json::parse(schema);
  const json::Value* properties = parsed.ok() ? parsed->find("properties") : nullptr;
  if (properties == nullptr || properties->object() == nullptr) return std::nullopt;
  if (properties->find("reasoning") != nullptr) return std::nullopt;
  return std::move(*parsed);
}

std::string schema_of(const Tool& tool) {
  std::string text = schema_text(tool);
  auto schema = properties_without_reasoning(text);
  if (!schema) return text;
  for (auto& [name, value] : *schema->object()) {
    if (name != "properties") continue;
    value.object()->emplace_back(
        "reasoning",
        json::Object{{"type", "string"},
                     {"description", "Why you call it, in a sentence: whoever is asked reads it."}});
  }
  return json::format(*schema);
}

// Some clients show their model the structure alone, and none could send the header field that REST says.
std::string put_off(std::string_view body) {
  auto parsed = json::parse(body);
  if (!parsed || parsed->object() == nullptr) return std::string(body);
  for (auto& [name, held] : *parsed->object()) {
    if (name != "held" || held.object() == nullptr) continue;
    for (auto& [member, value] : *held.object()) {
      if (member == "how") value = std::string(how_to_come_back);
    }
  }
  return json::format(*parsed);
}

bool is_object(std::string_view json) { return json.starts_with('{'); }

}  // namespace

std::string result_of(const Version& version, std::string_view members) {
  return object_of(version, members, "");
}

std::string initialized(const Version& version) {
  return fmt::format(R"({{"protocolVersion":"{}",{},"serverInfo":{{{}}},"instructions":{}}})", version.name,
                     capabilities(), server_members, quoted_json(instructions));
}

std::string discovered() {
  const Version& newest = claw::mcp::versions().front();
  std::string names;
  for (const Version& each : claw::mcp::versions()) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ",", each.name);
  }
  return result_of(
      newest, fmt::format(R"("supportedVersions":[{}],{},"serverInfo":{{{}}},"instructions":{},{})", names,
                          capabilities(), server_members, quoted_json(instructions), cacheable(newest)));
}

// A cursor says how far, and of how many: a list that has changed meanwhile is begun anew.
std::optional<std::string> page(const Version& version, std::string_view name,
                                std::span<const std::string> entries, std::string_view cursor) {
  std::size_t from = 0;
  if (!cursor.empty()) {
    const char* const end = cursor.data() + cursor.size();
    const auto [at, error] = std::from_chars(cursor.data(), end, from);
    const bool fits = error == std::errc{} && from > 0 && from < entries.size() && from % page_size == 0;
    if (!fits || std::string_view(at, end) != fmt::format("/{}", entries.size())) return std::nullopt;
  }
  const std::size_t to = std::min(entries.size(), from + page_size);
  std::string list = fmt::format("\"{}\":[", name);
  for (std::size_t i = from; i < to; ++i) list.append(i > from ? "," : "").append(entries[i]);
  list += ']';
  const std::string next =
      to < entries.size() ? fmt::format(R"("nextCursor":"{}/{}")", to, entries.size()) : std::string();
  return result_of(version, join_members({list, next, cacheable(version)}));
}

bool takes_reasoning(const Tool& tool) { return properties_without_reasoning(schema_text(tool)).has_value(); }

std::vector<std::string> tool_entries(const Catalogue& catalogue, const Version& version) {
  std::vector<std::string> entries;
  for (const std::shared_ptr<const Tool>& tool : catalogue) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("name", wire_name(tool->name()));
    out.member("description", tool->description());
    out.key("inputSchema"), out.raw(schema_of(*tool));
    write_annotations(out, tool->traits());
    out.end_object();
    const std::string more = version.structured ? tool->mcp_members() : std::string();
    if (!more.empty()) text.insert(text.size() - 1, "," + more);
    entries.push_back(std::move(text));
  }
  return entries;
}

std::string line_of(const Said& said) {
  const auto parsed = json::parse(said.body);
  if (!parsed) return "it did not run";
  if (const json::Value* denied = parsed->find("denied")) {
    const std::string rule = denied->text_or("rule", "");
    const std::string hint = denied->text_or("hint", "");
    return fmt::format("Denied{}: {}.{}", rule.empty() ? "" : " by the rule `" + rule + "`",
                       denied->text_or("reason", ""), hint.empty() ? "" : " Instead: " + hint + ".");
  }
  if (const json::Value* held = parsed->find("held")) {
    return fmt::format("Put off: a person is being asked ({}). {} The operation is {}.",
                       held->text_or("reason", ""), how_to_come_back, held->text_or("operation_id", ""));
  }
  const std::string pointer = parsed->text_or("pointer", "");
  const std::string hint = parsed->text_or("hint", "");
  return fmt::format("{}{}{}", pointer.empty() ? "" : pointer + ": ",
                     parsed->text_or("detail", "it did not run"), hint.empty() ? "" : " (" + hint + ")");
}

std::string call_result(const Said& said, const Version& version) {
  const bool ran = said.status == 200;
  std::string content = said.content;
  if (content.empty()) content = text_block(ran ? std::string(said.result()) : line_of(said));
  std::string structured;
  const std::string other = said.status == 202 ? put_off(said.body) : ran ? std::string() : said.body;
  const std::string_view json = ran ? said.result() : std::string_view(other);
  if (version.structured && !json.empty() && (is_object(json) || version.typed_results) &&
      !(ran && said.content_only)) {
    structured = fmt::format("\"structuredContent\":{}", json);
  }
  std::string_view after = ran ? said.after_result() : std::string_view();
  if (after.starts_with(',')) after = after.substr(1, after.size() - 2);
  return object_of(version, join_members({"\"content\":" + content, structured,
                                          fmt::format("\"isError\":{}", !ran || said.failed)}),
                   call_meta(after));
}

// What another server's version has put into it is not said twice.
std::string read_result(std::string_view result, const Version& version, bool is_cacheable) {
  constexpr std::string_view ours[] = {"resultType", "_meta", "ttlMs", "cacheScope"};
  if (!version.typed_results) return std::string(result);
  auto parsed = json::parse(result);
  if (!parsed || parsed->object() == nullptr) return std::string(result);
  std::erase_if(*parsed->object(), [&](const json::Member& each) {
    return std::ranges::find(ours, each.first) != std::end(ours);
  });
  const std::string text = json::format(*parsed);
  const std::string inner = text.substr(1, text.size() - 2);
  return object_of(version, join_members({inner, is_cacheable ? cacheable(version) : ""}), "");
}

std::string input_required(const Question& question, std::string_view state) {
  const std::string asked = fmt::format(
      R"({{"method":"elicitation/create","params":{{"mode":"url","message":{},"url":{}}}}})",
      quoted_json(question.message), quoted_json(question.url));
  return fmt::format(
      R"({{"resultType":"input_required","inputRequests":{{{}:{}}},"requestState":{},{}}})",
      quoted_json(question.key), asked, quoted_json(state), meta_of(claw::mcp::versions().front(), ""));
}

}  // namespace claw::toolcall::mcp
