#include "toolcall/mcp/refusal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "toolcall/mcp/words.h"

namespace claw::toolcall::mcp {
namespace {

// As the client wrote it: what it compares is the address that it asked. Empty: it is written in none of the
// characters that an address has.
std::string base_of(const serve::Asked& asked) {
  const std::string& authority = asked.head.authority;
  const bool is_plain = !authority.empty() && std::ranges::all_of(authority, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
  });
  if (!is_plain) return {};
  return (asked.caller.is_tls ? "https://" : "http://") + authority;
}

serve::Answer json_answer(int status, std::string body) {
  serve::Answer answer;
  answer.status = status;
  answer.fields.add("Content-Type", "application/json");
  answer.fields.add("Cache-Control", "no-store");
  answer.body = std::move(body);
  return answer;
}

}  // namespace

serve::Answer refusal(const Refused& refused) {
  return json_answer(refused.status, claw::mcp::format_failure(refused.id, refused.code, refused.what,
                                                               refused.data));
}

serve::Answer not_let_in(const Said& said, const serve::Asked& asked) {
  serve::Answer answer = refusal({said.status, claw::mcp::code::refused, line_of(said), {}, {}});
  if (said.status != 401) return answer;
  const std::string base = base_of(asked);
  const bool has_token = asked.head.fields.find("authorization").has_value();
  std::string how = "Bearer realm=\"Claw Patrol\"";
  if (has_token) how += ", error=\"invalid_token\"";
  if (!base.empty()) how += fmt::format(", resource_metadata=\"{}{}/mcp\"", base, metadata_path);
  answer.fields.add("WWW-Authenticate", how);
  return answer;
}

// No authorization server: tokens are made by an operator's command, and good for this gateway alone.
serve::Answer metadata(const serve::Asked& asked) {
  const std::string base = base_of(asked);
  if (base.empty()) {
    return refusal({400, claw::mcp::code::invalid_request, "this is no name of a host", {}, {}});
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("resource", base + "/mcp");
  out.member("resource_name", "Claw Patrol");
  out.key("bearer_methods_supported"), out.begin_array(), out.string("header"), out.end_array();
  out.end_object();
  return json_answer(200, std::move(text));
}

}  // namespace claw::toolcall::mcp
