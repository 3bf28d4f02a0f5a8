#include "action/tool/tool.h"

#include <fmt/format.h>

#include "action/subject.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/text.h"
#include "base/writer.h"
#include "cel/json.h"
#include "shell/command_line.h"
#include "shell/effects.h"

namespace claw::action {
namespace {

using cel::Value;

constexpr std::size_t summary_bytes_max = 160;  // One line; the whole text stands beside it.

struct Storage {
  ToolCall call;
  std::vector<std::string> words;
  shell::Deed deed;
  std::string command;
  cel::Arena arena;
};

// Each text as it is, on lines of its own: what a pattern looks for must not hide behind the escapes of JSON.
void flatten(std::string& out, const std::string& name, const json::Value& value) {
  if (const json::Object* object = value.object()) {
    for (const auto& [key, member] : *object) flatten(out, name.empty() ? key : name + "." + key, member);
  } else if (const json::Array* array = value.array()) {
    for (const json::Value& element : *array) flatten(out, name, element);
  } else {
    if (!out.empty()) out += '\n';
    out += name + ": ";
    if (const std::string* text = value.string()) out += *text;
    else json::append(out, value);
  }
}

// The words of a command, from whichever way it was given; an error is why it is not understood.
Result<std::vector<std::string>> words_of(const json::Value& arguments) {
  const json::Value* line = arguments.find("command");
  const json::Value* argv = arguments.find("argv");
  if (line != nullptr && argv != nullptr) return invalid("both `command` and `argv`");
  if (line != nullptr) {
    if (line->string() == nullptr) return invalid("`command` is no text");
    return shell::read_command_line(*line->string());
  }
  std::vector<std::string> words;
  if (argv == nullptr) return words;
  if (argv->array() == nullptr) return invalid("`argv` is no list");
  for (const json::Value& each : *argv->array()) {
    if (each.string() == nullptr) return invalid("`argv` has something that is no text");
    words.push_back(*each.string());
  }
  return words;
}

void write_record(Subject& subject, const Part& part) {
  std::string json;
  json::Writer out(json);
  out.begin_object();
  out.member("family", name_of(Family::tool));
  out.member("summary", subject.summary);
  out.member("text", subject.text);
  out.member("verb", part.verb);
  out.member("tool", part.verb);
  if (!subject.understood) out.member("not_understood", subject.why_not);
  if (subject.truncated) out.member("truncated", true);
  if (subject.destructive) out.member("destructive", true);
  out.end_object();
  subject.record_json.assign(json, 1, json.size() - 2);
}

class Digest {
 public:
  Digest(std::string_view family, std::string_view endpoint) : out_(text_) { add(family), add(endpoint); }
  void add(std::string_view field) {
    out_.u64(field.size());
    out_.bytes(field);
  }
  std::string finish() const { return to_hex(crypto::view(crypto::sha256(text_))); }

 private:
  std::string text_;
  Writer out_;
};

}  // namespace

std::shared_ptr<const Subject> make_tool_subject(ToolCall given) {
  auto storage = std::make_shared<Storage>();
  storage->call = std::move(given);
  const ToolCall& call = storage->call;
  CLAW_CHECK(call.arguments.object() != nullptr);
  const json::Value* line = call.arguments.find("command");
  auto words = words_of(call.arguments);
  auto subject = std::make_shared<Subject>();
  subject->family = Family::tool;
  subject->understood = words.ok();
  subject->truncated = call.truncated;
  if (words) storage->words = std::move(words).value();
  else subject->why_not = words.error().what;
  if (!call.not_understood.empty()) {
    subject->understood = false;
    subject->why_not = call.not_understood;
  }
  if (!storage->words.empty()) storage->deed = shell::read_deed(storage->words);
  const bool is_line = line != nullptr && line->string() != nullptr;
  if (is_line) storage->command = *line->string();
  else if (!storage->words.empty()) storage->command = shell::command_line(storage->words);
  else flatten(storage->command, {}, call.arguments);

  const json::Value& shown = call.shown ? *call.shown : call.arguments;
  subject->text = call.name + " " + json::format(shown);
  const std::string gist = !call.gist.empty() ? call.gist : is_line ? storage->command : json::format(shown);
  subject->summary = printable(call.name + ": " + gist, summary_bytes_max);
  subject->destructive = call.destructive.value_or(false);
  subject->reads_only = subject->understood && !call.truncated && call.reads_only;

  Keeper keep(storage->arena);
  Part part{call.name, subject->text, subject->destructive, subject->reads_only, {}};
  part.facts = {call.destructive ? Value::boolean(*call.destructive) : Value::unknown(cel::Cause::unparsed),
                Value::boolean(subject->understood),
                Value::boolean(subject->truncated),
                Value::string(call.name),
                cel::from_json(call.arguments, storage->arena),
                keep.texts(storage->words),
                Value::string(storage->deed.program),
                keep.texts(storage->deed.effects),
                Value::string(storage->command),
                Value::string(call.reasoning)};
  forget_unknown(Family::tool, subject->truncated, subject->understood, part.facts);
  write_record(*subject, part);
  subject->parts.push_back(std::move(part));
  subject->storage = std::move(storage);
  return subject;
}

std::string covered_sql(std::string_view endpoint, std::string_view text,
                        const std::vector<Parameter>& parameters) {
  Digest digest("sql", endpoint);
  digest.add(text);
  for (const Parameter& value : parameters) {
    digest.add(value ? "1" : "0");  // NULL is not the empty text.
    digest.add(value.value_or(""));
  }
  return digest.finish();
}

std::string covered_http(std::string_view endpoint, const CoveredHttp& request) {
  Digest digest("http", endpoint);
  for (const std::string_view field : {request.host, request.method, request.target, request.body}) {
    digest.add(field);
  }
  return digest.finish();
}

std::string covered(const Action& action) {
  const Subject& subject = *action.subject;
  switch (subject.family) {
    case Family::sql: return covered_sql(action.context->endpoint, subject.text, action.parameters);
    case Family::http: {
      CoveredHttp request{{}, subject.method, subject.target, subject.body};
      for (const Named& field : subject.fields) {
        if (equals_ignoring_case(field.name, "host")) request.host = field.value;
      }
      return covered_http(action.context->endpoint, request);
    }
    case Family::k8s:
    case Family::ssh:
    case Family::tool:
    case Family::mcp: return {};
  }
  check_failed("every family is covered or not", __FILE__, __LINE__);
}

}  // namespace claw::action
