#include "policy/fixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "action/http.h"
#include "action/k8s/k8s.h"
#include "action/mcp/mcp.h"
#include "action/requests.h"
#include "action/tool/tool.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::policy {
namespace {

using Texts = std::vector<std::string>;

// One object of the document, read key by key; a key that nobody asked for is an error.
class Block {
 public:
  Block(const json::Value* value, std::string where) : where_(std::move(where)) {
    if (value != nullptr) object_ = value->object();
    if (object_ == nullptr) fail(where_ + (value == nullptr ? " is required" : " is not an object"));
  }

  const json::Value* value(std::string_view key) {
    known_.emplace_back(key);
    if (object_ == nullptr) return nullptr;
    const auto is_it = [key](const json::Member& member) { return member.first == key; };
    const auto found = std::find_if(object_->begin(), object_->end(), is_it);
    return found == object_->end() ? nullptr : &found->second;
  }

  std::string text(std::string_view key) {
    const json::Value* found = value(key);
    if (found == nullptr) return {};
    if (const std::string* text = found->string()) return *text;
    fail(fmt::format("{}.{} is not a text", where_, key));
    return {};
  }

  bool boolean(std::string_view key) {
    const json::Value* found = value(key);
    if (found == nullptr) return false;
    if (const bool* given = found->boolean()) return *given;
    fail(fmt::format("{}.{} is neither true nor false", where_, key));
    return false;
  }

  std::int64_t integer(std::string_view key) {
    const json::Value* found = value(key);
    if (found == nullptr) return 0;
    const json::Number* number = found->number();
    if (number != nullptr && number->as_int64()) return *number->as_int64();
    fail(fmt::format("{}.{} is not a whole number", where_, key));
    return 0;
  }

  // A list of texts; null elements only where `nulls` is.
  std::vector<action::Parameter> values(std::string_view key, bool nulls) {
    return list(value(key), key, nulls);
  }

  Texts texts(std::string_view key) {
    Texts texts;
    for (action::Parameter& each : values(key, false)) texts.push_back(std::move(each).value_or(""));
    return texts;
  }

  action::Multimap multimap(std::string_view key) {
    action::Multimap map;
    for (const auto& [name, each] : members(key)) {
      Texts texts;
      for (action::Parameter& one : list(&each, name, false)) texts.push_back(std::move(one).value_or(""));
      map.emplace_back(name, std::move(texts));
    }
    return map;
  }

  std::vector<std::pair<std::string, std::string>> map(std::string_view key) {
    std::vector<std::pair<std::string, std::string>> map;
    for (const auto& [name, each] : members(key)) {
      if (each.string() == nullptr) {
        fail(fmt::format("{}.{}.{} is not a text", where_, key, printable(name, 60)));
      } else {
        map.emplace_back(name, *each.string());
      }
    }
    return map;
  }

  void fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }

  Status finish() {
    if (object_ != nullptr && error_.empty()) {
      for (const auto& [key, value] : *object_) {
        if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
        const auto near = nearest(key, known_);
        fail(fmt::format("unknown key {} in {}{}", quoted(key), where_,
                         near ? ", did you mean `" + *near + "`" : ""));
      }
    }
    if (!error_.empty()) return invalid(error_);
    return Done{};
  }

 private:
  const json::Object& members(std::string_view key) {
    static const json::Object none;
    const json::Value* found = value(key);
    if (found == nullptr) return none;
    if (found->object() != nullptr) return *found->object();
    fail(fmt::format("{}.{} is not an object", where_, key));
    return none;
  }

  std::vector<action::Parameter> list(const json::Value* found, std::string_view key, bool nulls) {
    std::vector<action::Parameter> list;
    if (found == nullptr) return list;
    const json::Array* array = found->array();
    if (array == nullptr) return fail(fmt::format("{}.{} is not a list", where_, printable(key, 60))), list;
    for (const json::Value& each : *array) {
      if (each.string() != nullptr) {
        list.emplace_back(*each.string());
      } else if (nulls && each.is_null()) {
        list.emplace_back(std::nullopt);
      } else {
        fail(fmt::format("{}.{} holds something else than texts", where_, printable(key, 60)));
      }
    }
    return list;
  }

  std::string where_;
  const json::Object* object_ = nullptr;
  Texts known_;
  std::string error_;
};

Result<std::string> body_of(Block& block) {
  const bool plain = block.value("body") != nullptr;
  const bool encoded = block.value("body_b64") != nullptr;
  if (plain && encoded) return invalid("body and body_b64 are mutually exclusive");
  if (!encoded) return block.text("body");
  return from_base64(block.text("body_b64"));
}

// One message of the WebSocket that the request opened.
Status read_websocket(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.http.websocket");
  const std::string direction = block.text("direction");
  const std::string opcode = block.value("opcode") != nullptr ? block.text("opcode") : "text";
  const std::string text = block.text("text");
  if (direction != "client" && direction != "upstream") {
    block.fail("action.http.websocket.direction is `client` or `upstream`");
  }
  CLAW_TRY_DONE(block.finish());
  fixture.subject = action::make_websocket_subject(
      std::move(fixture.subject), {direction == "client", opcode, text, !fixture.truncated});
  return Done{};
}

Status read_http(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.http");
  action::HttpRequest request;
  const json::Value* websocket = block.value("websocket");
  if (block.value("scheme") != nullptr) request.scheme = block.text("scheme");
  request.allows_override = block.boolean("method_override");
  request.method = block.text("method");
  request.host = std::string(host_of(fixture.host));
  request.path = block.text("path");
  request.query = block.multimap("query");
  request.headers = block.multimap("headers");
  request.truncated = fixture.truncated && websocket == nullptr;
  CLAW_TRY(request.body, body_of(block));
  CLAW_TRY_DONE(block.finish());
  fixture.subject = action::make_http_subject(std::move(request));
  return websocket == nullptr ? Done{} : read_websocket(*websocket, fixture);
}

Status read_exec(const json::Value& value, action::K8sCall& call) {
  Block block(&value, "action.k8s.exec");
  call.command = block.texts("command");
  call.container = block.text("container");
  call.tty = block.boolean("tty");
  call.takes_stdin = block.boolean("takes_stdin");
  if (block.value("stdin") != nullptr) call.input = block.text("stdin");
  return block.finish();
}

// The original's members, and those of the facts that it has not.
Status read_k8s(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.k8s");
  action::K8sCall call;
  call.verb = block.text("verb");
  call.resource = block.text("resource");
  call.space = block.text("namespace");
  call.name = block.text("name");
  call.params = block.map("params");
  call.param_values = block.multimap("param_values");
  call.api_group = block.text("api_group");
  call.api_version = block.text("api_version");
  call.non_resource_path = block.text("non_resource_path");
  call.proxy_path = block.text("proxy_path");
  call.impersonate_user = block.text("impersonate_user");
  call.impersonate_groups = block.texts("impersonate_groups");
  call.dry_run = block.boolean("dry_run");
  call.field_manager = block.text("field_manager");
  if (const json::Value* object = block.value("object")) call.object = *object;
  const json::Value* exec = block.value("exec");
  call.http.truncated = fixture.truncated;
  CLAW_TRY_DONE(block.finish());
  if (exec != nullptr) CLAW_TRY_DONE(read_exec(*exec, call));
  fixture.subject = action::make_k8s_subject(std::move(call));
  return Done{};
}

Status read_ssh(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.ssh");
  action::SshRequest request;
  request.verb = block.text("verb");
  request.command = block.text("command");
  request.subsystem = block.text("subsystem");
  request.forward_host = block.text("forward_host");
  request.forward_port = block.integer("forward_port");
  request.user = block.text("user");
  request.input = block.text("stdin");
  request.truncated = fixture.truncated;
  if (request.verb.empty()) block.fail("action.ssh.verb is required");
  CLAW_TRY_DONE(block.finish());
  fixture.subject = action::make_ssh_subject(std::move(request));
  return Done{};
}

Status read_tool(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.tool");
  action::ToolCall call;
  call.name = block.text("name");
  if (const json::Value* arguments = block.value("args")) call.arguments = *arguments;
  call.reasoning = block.text("reasoning");
  if (block.value("destructive") != nullptr) call.destructive = block.boolean("destructive");
  call.truncated = fixture.truncated;
  if (call.name.empty()) block.fail("action.tool.name is required");
  if (call.arguments.object() == nullptr) block.fail("action.tool.args is an object");
  CLAW_TRY_DONE(block.finish());
  fixture.subject = action::make_tool_subject(std::move(call));
  return Done{};
}

Status read_mcp(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.mcp");
  action::McpCall call;
  call.server = block.text("server");
  call.tool = block.text("tool");
  call.resource = block.text("resource");
  call.prompt = block.text("prompt");
  call.method = block.text("method");
  if (call.method.empty()) {
    call.method = !call.resource.empty() ? "resources/read"
                  : !call.prompt.empty() ? "prompts/get"
                                         : "tools/call";
  }
  if (const json::Value* arguments = block.value("args")) call.arguments = *arguments;
  call.claims = block.texts("claims");
  call.reasoning = block.text("reasoning");
  if (block.value("destructive") != nullptr) call.destructive = block.boolean("destructive");
  call.reads_only = block.boolean("reads_only");
  call.truncated = fixture.truncated;
  const int named = int{!call.tool.empty()} + int{!call.resource.empty()} + int{!call.prompt.empty()};
  if (named != 1) block.fail("action.mcp needs exactly one of tool/resource/prompt");
  if (call.arguments.object() == nullptr) block.fail("action.mcp.args is an object");
  CLAW_TRY_DONE(block.finish());
  fixture.subject = action::make_mcp_subject(std::move(call));
  return Done{};
}

sql::Name name_in(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return {{}, {}, std::string(text)};
  return {{}, std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

Status read_sql(const json::Value& value, Fixture& fixture) {
  Block block(&value, "action.sql");
  fixture.statement = block.text("statement");
  fixture.claims = block.value("verb") || block.value("tables") || block.value("functions");
  fixture.claimed.verb = lower(block.text("verb"));
  fixture.claimed.functions = block.texts("functions");
  for (const std::string& table : block.texts("tables")) fixture.claimed.tables.push_back(name_in(table));
  fixture.sql.database = block.text("database");
  fixture.sql.user = block.text("user");
  fixture.sql.role = block.value("role") != nullptr ? block.text("role") : fixture.sql.user;
  fixture.sql.search_path = block.texts("search_path");
  fixture.parameters = block.values("parameters", true);
  if (block.value("rows_counted") != nullptr) fixture.rows_counted = block.integer("rows_counted");
  if (fixture.statement.empty()) block.fail("action.sql.statement is required");
  return block.finish();
}

using Reader = Status (*)(const json::Value&, Fixture&);
struct FamilyReader {
  action::Family family;
  Reader read;
};
constexpr FamilyReader readers[] = {{action::Family::http, read_http},
                                    {action::Family::k8s, read_k8s},
                                    {action::Family::sql, read_sql},
                                    {action::Family::ssh, read_ssh},
                                    {action::Family::tool, read_tool},
                                    {action::Family::mcp, read_mcp}};

Status read_action(const json::Value* value, Fixture& fixture) {
  Block block(value, "action");
  fixture.host = block.text("host");
  fixture.credential = block.text("credential");
  fixture.principal.address = block.text("peer_ip");
  fixture.principal.agent = block.text("agent");
  fixture.principal.profile = block.text("profile");
  fixture.truncated = block.boolean("truncated");
  const FamilyReader* reader = nullptr;
  const json::Value* facts = nullptr;
  int families = 0;
  for (const FamilyReader& each : readers) {
    const json::Value* found = block.value(action::name_of(each.family));
    if (found == nullptr) continue;
    ++families;
    reader = &each;
    facts = found;
  }
  const json::Value* session = block.value("session");
  if (families != 1) block.fail("action needs exactly one of http/k8s/sql/ssh/tool/mcp");
  CLAW_TRY_DONE(block.finish());
  if (session != nullptr) {
    CLAW_TRY(fixture.standing, parse_session(*session, "action.session"));
  }
  fixture.family = reader->family;
  return reader->read(*facts, fixture);
}

Status read_match(const json::Value* value, Fixture& fixture) {
  constexpr std::string_view verdicts[] = {"allow", "deny", "approve", "passthrough"};
  Block block(value, "match");
  fixture.verdict = block.text("verdict");
  fixture.rule = block.text("rule");
  fixture.endpoint = block.text("endpoint");
  block.text("reason");  // For the reader of the fixture; not compared.
  if (std::find(std::begin(verdicts), std::end(verdicts), fixture.verdict) == std::end(verdicts)) {
    block.fail("match.verdict is one of allow, deny, approve, passthrough");
  }
  return block.finish();
}

}  // namespace

Result<action::Standing> parse_session(const json::Value& value, std::string_view where) {
  Block block(&value, std::string(where));
  action::Standing standing;
  standing.actions = block.integer("actions");
  standing.denied = block.integer("denied");
  standing.destructive = block.integer("destructive");
  standing.labels = block.texts("labels");
  standing.anomalies = block.texts("anomalies");
  standing.owner = block.text("owner");
  standing.break_glass = block.boolean("break_glass");
  CLAW_TRY_DONE(block.finish());
  std::sort(standing.labels.begin(), standing.labels.end());
  std::sort(standing.anomalies.begin(), standing.anomalies.end());
  return standing;
}

std::string_view host_of(std::string_view host) {
  if (host.starts_with('[')) {  // [::1]:443
    const std::size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  const std::size_t colon = host.find(':');
  const bool has_port =
      colon != std::string_view::npos && host.find(':', colon + 1) == std::string_view::npos;
  return has_port ? host.substr(0, colon) : host;
}

Result<Fixture> parse_fixture(std::string_view text) {
  if (text.size() > fixture_bytes_max) {
    return Error{Code::limit, fmt::format("longer than {} bytes", fixture_bytes_max), {}};
  }
  CLAW_TRY(const json::Value document, json::parse(text));
  Block block(&document, "the fixture");
  const json::Value* action = block.value("action");
  const json::Value* match = block.value("match");
  CLAW_TRY_DONE(block.finish());
  Fixture fixture;
  CLAW_TRY_DONE(read_match(match, fixture));
  CLAW_TRY_DONE(read_action(action, fixture));
  return fixture;
}

}  // namespace claw::policy
