#include "telemetry/conventions.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "telemetry/spans.h"

namespace claw::telemetry {

namespace {

constexpr std::size_t value_bytes_max = 255;  // What receivers keep of one.

void add(Attributes& attributes, std::string name, std::string_view value) {
  if (!value.empty()) attributes.emplace_back(std::move(name), printable(value, value_bytes_max));
}

// https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/
std::string_view system_of(std::string_view kind) {
  if (kind == "postgres") return "postgresql";
  return kind == "clickhouse" ? "clickhouse" : "other_sql";
}

const json::Value* first_part(const json::Value& judged) {
  const json::Value* parts = judged.find("parts");
  if (parts == nullptr || parts->array() == nullptr || parts->array()->empty()) return nullptr;
  return &parts->array()->front();
}

// Only where one part names one table: there is no honest word for several.
std::string collection_of(const json::Value& judged) {
  const json::Value* parts = judged.find("parts");
  const json::Value* part = first_part(judged);
  if (part == nullptr || parts->array()->size() != 1) return {};
  const json::Value* tables = part->find("tables");
  const bool is_one = tables != nullptr && tables->array() != nullptr && tables->array()->size() == 1;
  return is_one && tables->array()->front().string() != nullptr ? *tables->array()->front().string() : "";
}

std::string operation_of(const json::Value& judged) {
  const json::Value* part = first_part(judged);
  std::string verb = part == nullptr ? "" : part->text_or("verb", "");
  std::ranges::transform(verb, verb.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return verb;
}

std::string_view method_of(std::string_view method) {
  constexpr std::array<std::string_view, 9> known{"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                  "CONNECT", "OPTIONS", "TRACE", "PATCH"};
  return std::ranges::find(known, method) == known.end() ? std::string_view("_OTHER") : method;
}

void sql(const json::Value& judged, const Place& place, Attributes& out) {
  add(out, "db.system.name", system_of(place.kind));
  add(out, "db.operation.name", operation_of(judged));
  add(out, "db.collection.name", collection_of(judged));
  add(out, "db.namespace", judged.text_or("database", ""));
  add(out, "db.query.summary", judged.text_or("summary", ""));
}

void http(const json::Value& judged, Attributes& out) {
  const std::string method = judged.text_or("method", "");
  add(out, "http.request.method", method_of(method));
  if (method_of(method) != method) add(out, "http.request.method_original", method);
  const std::string path = judged.text_or("path", "");
  add(out, "url.path", path.substr(0, path.find('?')));
  add(out, "k8s.namespace.name", judged.text_or("namespace", ""));
  add(out, "clawpatrol.k8s.resource", judged.text_or("resource", ""));
}

// https://opentelemetry.io/docs/specs/semconv/rpc/grpc/: the service and the method are one name.
bool grpc(const json::Value& judged, Attributes& out) {
  const std::string service = judged.text_or("grpc_service", "");
  if (service.empty()) return false;
  add(out, "rpc.system.name", "grpc");
  add(out, "rpc.method", service + "/" + judged.text_or("grpc_method", ""));
  return true;
}

// The tool, or the prompt; a resource's address is too long a name.
std::string mcp_target(const json::Value& judged) {
  const std::string tool = judged.text_or("mcp_tool", "");
  return tool.empty() ? judged.text_or("mcp_prompt", "") : tool;
}

// https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/
void mcp(const json::Value& judged, Attributes& out) {
  add(out, "mcp.method.name", judged.text_or("mcp_method", ""));
  if (!judged.text_or("mcp_tool", "").empty()) add(out, "gen_ai.operation.name", "execute_tool");
  add(out, "gen_ai.tool.name", judged.text_or("mcp_tool", ""));
  add(out, "gen_ai.prompt.name", judged.text_or("mcp_prompt", ""));
  add(out, "mcp.resource.uri", judged.text_or("mcp_resource", ""));
}

constexpr std::string_view grpc_note = "; grpc-status ";
constexpr std::array<std::string_view, 17> grpc_names{
    "OK",           "CANCELLED",         "UNKNOWN",             "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND",    "ALREADY_EXISTS",    "PERMISSION_DENIED",   "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",      "OUT_OF_RANGE",      "UNIMPLEMENTED",       "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS",    "UNAUTHENTICATED"};

// The name of the status in how a call ended; its number where it has none. Empty: it said none.
std::string grpc_status_in(std::string_view detail) {
  const std::size_t note = detail.rfind(grpc_note);
  if (note == std::string_view::npos) return {};
  std::string_view number = detail.substr(note + grpc_note.size());
  number = number.substr(0, number.find(';'));
  std::size_t at = 0;
  for (const char digit : number) {
    at = digit >= '0' && digit <= '9' ? at * 10 + (digit - '0') : grpc_names.size();
  }
  return at < grpc_names.size() ? std::string(grpc_names[at]) : printable(number, 10);
}

std::int64_t status_in(std::string_view detail) {
  if (detail.size() < 3 || (detail.size() > 3 && detail[3] != ' ' && detail[3] != ';')) return 0;
  std::int64_t status = 0;
  for (const char digit : detail.substr(0, 3)) {
    if (digit < '0' || digit > '9') return 0;
    status = status * 10 + (digit - '0');
  }
  return status;
}

}  // namespace

// An endpoint is the tool of whoever speaks its protocol.
std::string tool_name(const json::Value& judged) {
  const std::string tool = judged.text_or("tool", "");
  return tool.empty() ? judged.text_or("endpoint", "") : tool;
}

// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#execute-tool-span
Attributes action_attributes(const audit::Record& judged) {
  const json::Value& members = judged.members;
  Attributes out;
  add(out, "gen_ai.operation.name", "execute_tool");
  add(out, "gen_ai.tool.name", tool_name(members));
  add(out, "clawpatrol.endpoint", members.text_or("endpoint", ""));
  add(out, "gen_ai.tool.type", "extension");
  add(out, "gen_ai.tool.call.id", members.text_or("action", ""));
  add(out, "gen_ai.agent.name", members.text_or("agent", ""));
  add(out, "session.id", members.text_or("session", ""));
  add(out, "clawpatrol.profile", members.text_or("profile", ""));
  add(out, "clawpatrol.verdict", members.text_or("verdict", ""));
  add(out, "clawpatrol.rule", members.text_or("rule", ""));
  add(out, "clawpatrol.summary", members.text_or("summary", ""));
  add(out, "clawpatrol.approver", members.text_or("approver", ""));
  add(out, "clawpatrol.policy", members.text_or("policy", ""));
  add(out, "clawpatrol.break_glass", members.text_or("break_glass", ""));
  if (members.bool_or("destructive", false)) out.emplace_back("clawpatrol.destructive", true);
  out.emplace_back("clawpatrol.record", static_cast<std::int64_t>(judged.seq));
  return out;
}

Attributes execution_attributes(const json::Value& judged, const Place& place) {
  Attributes out;
  const std::string family = judged.text_or("family", "");
  if (family == "sql") sql(judged, place, out);
  else if (family == "mcp") mcp(judged, out);
  else if (grpc(judged, out)) add(out, "url.path", judged.text_or("path", ""));
  else http(judged, out);
  const std::string host = place.host.empty() ? judged.text_or("host", "") : place.host;
  add(out, "server.address", host);
  if (!host.empty() && place.port != 0) out.emplace_back("server.port", place.port);
  return out;
}

std::string execution_name(const json::Value& judged) {
  if (judged.text_or("family", "") == "sql") {
    const std::string operation = operation_of(judged);
    const std::string collection = collection_of(judged);
    if (operation.empty()) return "execute";
    return printable(collection.empty() ? operation : operation + " " + collection, value_bytes_max);
  }
  if (judged.text_or("family", "") == "mcp") {
    const std::string target = mcp_target(judged);
    const std::string method = judged.text_or("mcp_method", "execute");
    return printable(target.empty() ? method : method + " " + target, value_bytes_max);
  }
  const std::string service = judged.text_or("grpc_service", "");
  if (!service.empty()) return printable(service + "/" + judged.text_or("grpc_method", ""), value_bytes_max);
  const std::string method = judged.text_or("method", "");
  return method.empty() ? "execute" : method_of(method) == "_OTHER" ? "HTTP" : method;
}

namespace {

// Of gRPC: whatever is not OK is an error of whoever called.
bool end_call(const std::string& ending, std::string_view detail, Span& span) {
  const std::string status = grpc_status_in(detail);
  add(span.attributes, "rpc.response.status_code", status);
  span.attributes.emplace_back("clawpatrol.ending", ending);
  if (ending == "ok" && (status.empty() || status == "OK")) return true;
  if (ending == "cancelled") return false;
  span.status = SpanStatus::error;
  span.why = status.empty() || status == "OK" ? ending : status;
  add(span.attributes, "error.type", span.why);
  return false;
}

}  // namespace

bool end_attributes(const json::Value& ended, Span& span) {
  const std::string ending = ended.text_or("ending", "");
  const std::string detail = ended.text_or("detail", "");
  const std::int64_t rows = ended.int_or("rows", -1);
  const auto has = [&span](std::string_view name) {
    return std::ranges::find(span.attributes, name, &Attribute::first) != span.attributes.end();
  };
  const std::int64_t status = has("http.request.method") ? status_in(detail) : 0;
  if (has("rpc.system.name")) return end_call(ending, detail, span);
  const bool reads = span.name.starts_with("SELECT");
  if (rows >= 0) span.attributes.emplace_back(reads ? "db.response.returned_rows" : "clawpatrol.rows", rows);
  if (status != 0) span.attributes.emplace_back("http.response.status_code", status);
  span.attributes.emplace_back("clawpatrol.ending", ending);
  const bool is_refused = status >= 400;  // By the upstream: an error of a client's span.
  if (!is_refused && (ending == "ok" || ending == "cancelled")) return ending == "ok";
  span.status = SpanStatus::error;
  const bool is_tool = has("mcp.method.name") && detail.starts_with("the tool failed");
  span.why = is_refused ? std::to_string(status) : is_tool ? "tool_error" : ending;
  add(span.attributes, "error.type", span.why);
  return false;
}

}  // namespace claw::telemetry
