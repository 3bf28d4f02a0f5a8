#include "approval/model/form.h"

namespace claw::model {

namespace {

constexpr int answer_tokens_max = 1024;

constexpr std::string_view schema =
    R"({"type":"object","properties":{"decision":{"type":"string","enum":["allow","deny","pass"]},)"
    R"("reason":{"type":"string"},"nonce":{"type":"string"}},"required":["decision","reason","nonce"],)"
    R"("additionalProperties":false})";

void message(json::Writer& out, const char* role, std::string_view text) {
  out.begin_object();
  out.member("role", role);
  out.member("content", text);
  out.end_object();
}

void anthropic(json::Writer& out, std::string_view system, std::string_view user) {
  out.member("max_tokens", answer_tokens_max);
  out.member("system", system);
  out.key("messages");
  out.begin_array();
  message(out, "user", user);
  out.end_array();
  out.key("tools");
  out.begin_array();
  out.begin_object();
  out.member("name", "decide");
  out.member("description", "Gives the decision about the action.");
  out.key("input_schema");
  out.raw(schema);
  out.end_object();
  out.end_array();
  out.key("tool_choice");
  out.raw(R"({"type":"tool","name":"decide","disable_parallel_tool_use":true})");
}

void openai_chat(json::Writer& out, std::string_view system, std::string_view user) {
  out.key("messages");
  out.begin_array();
  message(out, "system", system);
  message(out, "user", user);
  out.end_array();
  out.key("response_format");
  out.begin_object();
  out.member("type", "json_schema");
  out.key("json_schema");
  out.begin_object();
  out.member("name", "decide");
  out.member("strict", true);
  out.key("schema");
  out.raw(schema);
  out.end_object();
  out.end_object();
}

void openai_responses(json::Writer& out, std::string_view system, std::string_view user) {
  out.member("instructions", system);
  out.member("input", user);
  out.member("store", false);
  out.key("text");
  out.begin_object();
  out.key("format");
  out.begin_object();
  out.member("type", "json_schema");
  out.member("name", "decide");
  out.member("strict", true);
  out.key("schema");
  out.raw(schema);
  out.end_object();
  out.end_object();
}

// The one element of an array that is of that type; null when there is none or another of it.
const json::Value* only(const json::Value* list, std::string_view type) {
  const json::Value* found = nullptr;
  if (list == nullptr || list->array() == nullptr) return nullptr;
  for (const json::Value& each : *list->array()) {
    if (each.text_or("type", "") != type) continue;
    if (found != nullptr) return nullptr;
    found = &each;
  }
  return found;
}

Result<json::Value> form_of_anthropic(const json::Value& answer) {
  if (answer.text_or("stop_reason", "") != "tool_use") return invalid("it did not use the tool");
  const json::Value* content = answer.find("content");
  const json::Value* used = only(content, "tool_use");
  if (used == nullptr || content->array()->size() != 1 || used->text_or("name", "") != "decide") {
    return invalid("not one use of the tool");
  }
  const json::Value* input = used->find("input");
  if (input == nullptr) return invalid("a tool without input");
  return *input;
}

Result<json::Value> form_of_chat(const json::Value& answer) {
  const json::Value* choices = answer.find("choices");
  if (choices == nullptr || choices->array() == nullptr || choices->array()->size() != 1) {
    return invalid("not one choice");
  }
  const json::Value& choice = choices->array()->front();
  if (choice.text_or("finish_reason", "") != "stop") return invalid("it did not come to its end");
  const json::Value* said = choice.find("message");
  const json::Value* content = said != nullptr ? said->find("content") : nullptr;
  if (content == nullptr || content->string() == nullptr) return invalid("no text");
  const json::Value* refusal = said->find("refusal");
  if (refusal != nullptr && !refusal->is_null()) return invalid("it refused to answer");
  auto form = json::parse(*content->string());
  if (!form) return invalid("no JSON");
  return form;
}

Result<json::Value> form_of_responses(const json::Value& answer) {
  if (answer.text_or("status", "") != "completed") return invalid("it did not come to its end");
  const json::Value* said = only(answer.find("output"), "message");
  const json::Value* content = said != nullptr ? said->find("content") : nullptr;
  const json::Value* text = only(content, "output_text");
  if (text == nullptr || content->array()->size() != 1) return invalid("not one text");
  auto form = json::parse(text->text_or("text", ""));
  if (!form) return invalid("no JSON");
  return form;
}

}  // namespace

Prompt prompt_of(const Settings& settings, std::string_view system, std::string_view user) {
  Prompt prompt;
  prompt.fields.emplace_back("Content-Type", "application/json");
  json::Writer out(prompt.body);
  out.begin_object();
  out.member("model", settings.model);
  switch (settings.api) {
    case Api::anthropic:
      prompt.path = "/v1/messages";
      prompt.fields.emplace_back("anthropic-version", "2023-06-01");
      anthropic(out, system, user);
      break;
    case Api::openai_chat:
      prompt.path = "/chat/completions";
      openai_chat(out, system, user);
      break;
    case Api::openai_responses:
      prompt.path = "/responses";
      openai_responses(out, system, user);
      break;
  }
  out.end_object();
  return prompt;
}

Result<json::Value> form_in(Api api, const json::Value& answer) {
  switch (api) {
    case Api::anthropic: return form_of_anthropic(answer);
    case Api::openai_chat: return form_of_chat(answer);
    case Api::openai_responses: return form_of_responses(answer);
  }
  return invalid("no such vendor");
}

}  // namespace claw::model
