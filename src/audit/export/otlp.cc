#include "audit/export/otlp.h"

#include <fmt/format.h>

#include <charconv>

namespace claw::audit {

namespace {

// opentelemetry-proto, logs.proto, SeverityNumber.
constexpr int severity_info = 9;
constexpr int severity_warning = 13;

void append_value(json::Writer& w, const json::Value& value);

void append_text(json::Writer& w, std::string_view text) {
  w.begin_object();
  w.member("stringValue", text);
  w.end_object();
}

// 64-bit integers are strings in protobuf's JSON.
void append_number(json::Writer& w, const json::Number& number) {
  const auto whole = number.as_int64();
  w.begin_object();
  if (whole) {
    w.member("intValue", std::to_string(*whole));
  } else {
    w.key("doubleValue");
    w.real(number.as_double());
  }
  w.end_object();
}

void append_list(json::Writer& w, const json::Array& array) {
  w.begin_object();
  w.key("arrayValue"), w.begin_object();
  w.key("values"), w.begin_array();
  for (const json::Value& each : array) append_value(w, each);
  w.end_array();
  w.end_object();
  w.end_object();
}

void append_members(json::Writer& w, const json::Object& object) {
  w.begin_object();
  w.key("kvlistValue"), w.begin_object();
  w.key("values"), w.begin_array();
  for (const auto& [name, value] : object) {
    w.begin_object();
    w.member("key", name);
    w.key("value");
    append_value(w, value);
    w.end_object();
  }
  w.end_array();
  w.end_object();
  w.end_object();
}

// opentelemetry-proto, common.proto, AnyValue: an empty one is null.
void append_value(json::Writer& w, const json::Value& value) {
  if (const std::string* text = value.string()) return append_text(w, *text);
  if (const json::Number* number = value.number()) return append_number(w, *number);
  if (const json::Array* array = value.array()) return append_list(w, *array);
  if (const json::Object* object = value.object()) return append_members(w, *object);
  w.begin_object();
  if (const bool* boolean = value.boolean()) w.member("boolValue", *boolean);
  w.end_object();
}

void append_attribute(json::Writer& w, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  w.begin_object();
  w.member("key", name);
  w.key("value");
  append_text(w, text);
  w.end_object();
}

std::string nanoseconds(std::int64_t time_us) { return fmt::format("{}000", time_us); }

// Semantic conventions where there is one; what is ours has our name before it.
constexpr std::pair<std::string_view, std::string_view> attributes[] = {
    {"gen_ai.agent.name", "agent"},        {"session.id", "session"},
    {"clawpatrol.action", "action"},       {"clawpatrol.endpoint", "endpoint"},
    {"clawpatrol.profile", "profile"},     {"clawpatrol.family", "family"},
    {"clawpatrol.verdict", "verdict"},     {"clawpatrol.rule", "rule"},
    {"clawpatrol.approver", "approver"},   {"clawpatrol.ending", "ending"},
};

bool is_worrying(const Record& record) {
  return record.kind == "incident" || record.members.text_or("verdict", "") == "deny";
}

}  // namespace

OtlpRequest::OtlpRequest(std::string_view journal) : writer_(text_) {
  json::Writer& w = writer_;
  w.begin_object();
  w.key("resourceLogs"), w.begin_array(), w.begin_object();
  w.key("resource"), w.begin_object();
  w.key("attributes"), w.begin_array();
  append_attribute(w, "service.name", "clawpatrol");
  append_attribute(w, "service.version", CLAW_VERSION);
  append_attribute(w, "service.instance.id", journal);
  w.end_array(), w.end_object();
  w.key("scopeLogs"), w.begin_array(), w.begin_object();
  w.key("scope"), w.begin_object();
  w.member("name", "clawpatrol.audit");
  w.member("version", CLAW_VERSION);
  w.end_object();
  w.key("logRecords"), w.begin_array();
}

void OtlpRequest::add(const Exported& exported, std::int64_t observed_us) {
  const Record& record = exported.record;
  const bool is_warning = is_worrying(record);
  json::Writer& w = writer_;
  w.begin_object();
  w.member("timeUnixNano", nanoseconds(record.time_us));
  w.member("observedTimeUnixNano", nanoseconds(observed_us));
  w.member("severityNumber", is_warning ? severity_warning : severity_info);
  w.member("severityText", is_warning ? "WARN" : "INFO");
  w.member("eventName", "clawpatrol." + record.kind);
  w.key("body");
  append_value(w, record.members);
  w.key("attributes"), w.begin_array();
  append_attribute(w, "log.record.uid", fmt::format("{}-{}", exported.journal, record.seq));
  for (const auto& [name, member] : attributes) append_attribute(w, name, record.members.text_or(member, ""));
  w.end_array();
  w.end_object();
}

std::string OtlpRequest::finish() {
  json::Writer& w = writer_;
  w.end_array(), w.end_object(), w.end_array();  // logRecords, scopeLogs
  w.end_object(), w.end_array(), w.end_object();
  return std::move(text_);
}

OtlpPartial parse_otlp_answer(std::string_view body) {
  const Result<json::Value> answer = json::parse(body);
  const json::Value* partial = answer ? answer->find("partialSuccess") : nullptr;
  if (partial == nullptr) return {};
  OtlpPartial found;
  found.rejected = partial->int_or("rejectedLogRecords", 0);
  if (const std::string text = partial->text_or("rejectedLogRecords", ""); !text.empty()) {
    std::from_chars(text.data(), text.data() + text.size(), found.rejected);
  }
  found.why = partial->text_or("errorMessage", "");
  return found;
}

}  // namespace claw::audit
