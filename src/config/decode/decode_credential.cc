// Credentials: where each can be used, and what its kind has to say to the vault.
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "config/decode/decode.h"
#include "config/kinds/kinds.h"
#include "config/placeholder.h"

namespace claw::config {

namespace {

constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";  // RFC 9110 §5.6.2

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           token_marks.find(c) != std::string_view::npos;
  });
}

// A secret there would change what the message is, or where it goes.
bool frames_messages(std::string_view header) {
  const std::string name = lower(header);
  for (const std::string_view frame : {"host", "content-length", "transfer-encoding", "connection", "te",
                                       "trailer", "upgrade", "expect", "content-encoding", "keep-alive",
                                       "proxy-connection"}) {
    if (name == frame) return true;
  }
  return false;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

std::string object_text(const Node& node) {
  json::Object object;
  for (const Attribute& member : node.members) object.emplace_back(member.name, member.value.text);
  return json::format(object);
}

// A setting as the vault reads it; empty is as if it were not written.
std::string setting_text(const Fields& fields, const AttributeSpec& row) {
  if (row.type == Type::boolean) return fields.boolean(row.name, false) ? "true" : "";
  if (row.type == Type::texts) return join(fields.texts(row.name), " ");
  return row.type == Type::text_map ? object_text(*fields.find(row.name)) : fields.text(row.name);
}

bool has_login(const Credential& credential) {
  return credential.kind == "postgres_credential" || credential.kind == "clickhouse_credential";
}

}  // namespace

void Assembly::credential(const Block& block) {
  const Fields fields(block);
  Credential credential;
  credential.kind = block.labels.front().text;
  credential.name = block.labels.back().text;
  credential.description = fields.text("description");
  credential.chosen_by_placeholder = fields.has("placeholder");
  credential.placeholder = fields.text("placeholder", placeholder_of(credential.kind, credential.name));
  if (fields.has("placeholder") && (credential.placeholder.empty() || has_control(credential.placeholder))) {
    diagnostics_.error(fields.range("placeholder"), "a placeholder is a text that a request can carry");
  }
  settings(fields, credential);
  bindings(fields, credential);
  if (!snapshot_->credential(credential.name)) snapshot_->credentials.push_back(std::move(credential));
}

void Assembly::settings(const Fields& fields, Credential& credential) {
  if (has_login(credential)) {
    credential.user = fields.text("user");
    credential.database = fields.text("database");
    return;
  }
  for (const AttributeSpec& row : find_block(document(), "credential", credential.kind)->attributes) {
    if (!fields.has(row.name)) continue;
    std::string text = setting_text(fields, row);
    if (has_control(text)) {
      diagnostics_.error(fields.range(row.name),
                         fmt::format("`{}` has a line break or control character in it", row.name));
    }
    if (!text.empty()) credential.settings.emplace(row.name, std::move(text));
  }
  for (const std::string_view name : {"header", "cookie_name"}) {
    const auto found = credential.settings.find(std::string(name));
    if (found == credential.settings.end()) continue;
    if (!is_token(found->second)) {
      diagnostics_.error(fields.range(name), fmt::format("{} is no name of a {}", quoted(found->second),
                                                         name == "header" ? "header" : "cookie"));
    } else if (name == "header" && frames_messages(found->second)) {
      diagnostics_.error(fields.range(name), fmt::format("no secret can stand in {}", quoted(found->second)));
    }
  }
  if (credential.settings.contains("username") &&
      credential.settings["username"].find(':') != std::string::npos) {
    diagnostics_.error(fields.range("username"), "a `:` would end the user's name");
  }
  role(fields, credential);
}

// A session's limits are a role's; without one they would be passed over in silence.
void Assembly::role(const Fields& fields, const Credential& credential) {
  if (credential.kind != "aws_credential") return;
  for (const std::string_view name : {"external_id", "session_policy"}) {
    if (!fields.has(name) || fields.has("role_arn")) continue;
    diagnostics_.error(fields.range(name),
                       fmt::format("`{}` is for a role, and there is no `role_arn`", name));
  }
  const std::string policy = fields.text("session_policy", "read_only");
  if (policy == "read_only") return;
  const Result<json::Value> parsed = json::parse(policy);
  if (parsed && parsed->object()) return;
  diagnostics_.error(fields.range("session_policy"), "`session_policy` is `read_only`, or a policy in JSON");
}

void Assembly::bindings(const Fields& fields, Credential& credential) {
  if (fields.has("endpoint") && fields.has("endpoints")) {
    diagnostics_.error(fields.range("endpoints"), "both `endpoint` and `endpoints`", "keep one of them");
  }
  for (const std::string_view name : {"endpoint", "endpoints"}) {
    for (const Node* node : fields.list(name)) {
      const Symbol* symbol = symbols_.resolve(*node, "endpoint");
      if (!symbol) continue;
      std::vector<std::string>& bound = credential.endpoints;
      if (std::find(bound.begin(), bound.end(), symbol->typed) != bound.end()) {
        diagnostics_.warning(node->range, fmt::format("{} is named twice", quoted(symbol->typed)));
        continue;
      }
      bound.push_back(symbol->typed);
      const std::string& kind = symbol->block->labels.front().text;
      if (credential.kind == "aws_credential" && kind == "kubernetes") eks(*node, *symbol->block, credential);
      if (can_serve(credential.kind, kind)) continue;
      const std::string text = fmt::format("{} cannot be used on `{}`", credential.kind, symbol->typed);
      const std::string hint = fmt::format("endpoints of kind {} take {}", kind, servers_of(kind));
      // The original took this in silence; a carried-over file keeps working where it did.
      snapshot_->schema_version >= 2 ? diagnostics_.error(node->range, text, hint)
                                     : diagnostics_.warning(node->range, text, hint);
    }
  }
}

}  // namespace claw::config
