#include "action/mcp/mcp.h"

#include "action/subject.h"
#include "base/check.h"
#include "base/text.h"
#include "cel/json.h"

namespace claw::action {
namespace {

using cel::Value;

constexpr std::size_t summary_bytes_max = 160;  // One line; the whole text stands beside it.

struct Storage {
  McpCall call;
  std::string text;
  std::vector<std::string> values;
  cel::Arena arena;
};

// Each text as it is, on lines of its own: what a pattern looks for must not hide behind the escapes of JSON,
// nor in the name of a member.
void flatten(Storage& into, const std::string& name, const json::Value& value) {
  if (const json::Object* object = value.object()) {
    for (const auto& [key, member] : *object) flatten(into, name.empty() ? key : name + "." + key, member);
    return;
  }
  if (const json::Array* array = value.array()) {
    for (const json::Value& element : *array) flatten(into, name, element);
    return;
  }
  if (!into.text.empty()) into.text += '\n';
  into.text += name + ": ";
  if (const std::string* text = value.string()) {
    into.text += *text;
    into.values.push_back(*text);
  } else {
    json::append(into.text, value);
  }
}

// What is called, as people and the record see it first.
const std::string& object_of(const McpCall& call) {
  return !call.tool.empty() ? call.tool : !call.resource.empty() ? call.resource : call.prompt;
}

void write_record(const McpCall& call, Subject& subject, const Part& part) {
  std::string json;
  json::Writer out(json);
  out.begin_object();
  out.member("family", name_of(Family::mcp));
  out.member("summary", subject.summary);
  out.member("text", subject.text);
  out.member("verb", part.verb);
  out.member("mcp_method", call.method);
  out.member("mcp_server", call.server);
  out.member_unless_empty("mcp_tool", call.tool);
  out.member_unless_empty("mcp_resource", call.resource);
  out.member_unless_empty("mcp_prompt", call.prompt);
  if (subject.truncated) out.member("truncated", true);
  if (subject.destructive) out.member("destructive", true);
  if (subject.reads_only) out.member("reads_only", true);
  if (!call.claims.empty()) out.member("mcp_claims", call.claims);
  out.end_object();
  subject.record_json.assign(json, 1, json.size() - 2);
}

}  // namespace

std::shared_ptr<const Subject> make_mcp_subject(McpCall given) {
  auto storage = std::make_shared<Storage>();
  storage->call = std::move(given);
  const McpCall& call = storage->call;
  CLAW_CHECK(call.arguments.object() != nullptr);
  if (!call.resource.empty()) flatten(*storage, "uri", json::Value(call.resource));
  flatten(*storage, {}, call.arguments);

  auto subject = std::make_shared<Subject>();
  subject->family = Family::mcp;
  subject->truncated = call.truncated;
  const bool is_reading = call.method == "resources/read" || call.method == "prompts/get";
  const std::optional<bool> destructive = is_reading ? std::optional(false) : call.destructive;
  subject->destructive = destructive.value_or(false);
  subject->reads_only = !call.truncated && (is_reading || call.reads_only);
  const std::string arguments = json::format(call.arguments);
  subject->text = call.method + " " + object_of(call) + " " + arguments;
  const std::string verb = call.tool.empty() ? call.method : call.tool;
  subject->summary = printable(
      call.server + " " + verb + ": " + (call.tool.empty() ? object_of(call) : arguments), summary_bytes_max);

  Keeper keep(storage->arena);
  Part part{verb, subject->text, subject->destructive, subject->reads_only, {}};
  part.facts = {destructive ? Value::boolean(*destructive) : Value::unknown(cel::Cause::unparsed),
                Value::boolean(true), Value::boolean(call.truncated),
                Value::string(call.method), Value::string(call.server), Value::string(call.tool),
                cel::from_json(call.arguments, storage->arena), Value::string(call.resource),
                Value::string(call.prompt), Value::string(storage->text), keep.texts(storage->values),
                Value::boolean(is_reading || call.reads_only),
                keep.texts(call.claims), Value::string(call.reasoning)};
  forget_unknown(Family::mcp, subject->truncated, true, part.facts);
  write_record(call, *subject, part);
  subject->parts.push_back(std::move(part));
  subject->storage = std::move(storage);
  return subject;
}

std::shared_ptr<const Subject> mcp_subject_of(const json::Value& members) {
  McpCall call;
  call.server = members.text_or("mcp_server", "");
  call.method = members.text_or("mcp_method", "");
  call.tool = members.text_or("mcp_tool", "");
  call.resource = members.text_or("mcp_resource", "");
  call.prompt = members.text_or("mcp_prompt", "");
  const std::string text = members.text_or("text", "");
  const std::string head = call.method + " " + object_of(call) + " ";
  if (call.method.empty() || !text.starts_with(head)) return nullptr;
  auto arguments = json::parse(std::string_view(text).substr(head.size()));
  if (!arguments || arguments->object() == nullptr) return nullptr;
  call.arguments = std::move(*arguments);
  const json::Value* claims = members.find("mcp_claims");
  if (claims != nullptr && claims->array() != nullptr) {
    for (const json::Value& each : *claims->array()) {
      if (each.string() != nullptr) call.claims.push_back(*each.string());
    }
  }
  call.reasoning = members.text_or("reasoning", "");
  call.reads_only = members.bool_or("reads_only", false);
  if (members.bool_or("destructive", false)) call.destructive = true;
  else if (call.reads_only) call.destructive = false;
  call.truncated = members.bool_or("truncated", false);
  return make_mcp_subject(std::move(call));
}

}  // namespace claw::action
