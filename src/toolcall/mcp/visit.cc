#include "toolcall/mcp/visit.h"

#include <fmt/format.h>

#include "base/text.h"
#include "toolcall/desk.h"

namespace claw::toolcall::mcp {
namespace {

namespace code = claw::mcp::code;
using claw::mcp::Message;
using claw::mcp::Request;

constexpr std::size_t body_more_bytes = 64 * 1024;  // Beside the arguments: `_meta`, names.

const claw::mcp::Id* id_of(const Message& message) {
  const Request* request = std::get_if<Request>(&message);
  return request == nullptr ? nullptr : &request->id;
}

std::optional<claw::mcp::Id> first_id(const Visit& visit) {
  const claw::mcp::Id* id = visit.packet.messages.empty() ? nullptr : id_of(visit.packet.messages.front());
  return id == nullptr ? std::nullopt : std::optional(*id);
}

Refused mismatch(const Visit& visit, std::string what) {
  return {400, code::header_mismatch, "header mismatch: " + std::move(what), first_id(visit), {}};
}

// Text that fits into no header field stands there as base64 between marks.
std::optional<std::string> decoded(std::string_view value) {
  constexpr std::string_view begin = "=?base64?";
  constexpr std::string_view end = "?=";
  if (!value.starts_with(begin) || !value.ends_with(end)) return std::string(value);
  if (value.size() < begin.size() + end.size()) return std::nullopt;
  value = value.substr(begin.size(), value.size() - begin.size() - end.size());
  const auto text = from_base64(value);
  return text.ok() ? std::optional(*text) : std::nullopt;
}

// What `Mcp-Name` repeats; null: nothing of this method.
const json::Value* named_by(const Request& request) {
  if (request.method == "tools/call" || request.method == "prompts/get") return request.params.find("name");
  if (request.method == "resources/read") return request.params.find("uri");
  return nullptr;
}

std::string method_of(const Message& message) {
  if (const auto* request = std::get_if<Request>(&message)) return request->method;
  if (const auto* note = std::get_if<claw::mcp::Notification>(&message)) return note->method;
  return {};
}

}  // namespace

std::optional<Refused> single(const serve::Asked& asked, std::string_view name, std::string& into) {
  if (asked.head.fields.count(name) > 1) {
    return Refused{400, code::invalid_request, fmt::format("two {}", name)};
  }
  into = asked.head.fields.find(name).value_or("");
  return std::nullopt;
}

std::optional<Refused> read_body(const serve::Asked& asked, Visit& visit) {
  claw::mcp::Limits limits;
  limits.bytes_max = visit.who->ground.endpoint->tools.arguments_bytes_max + body_more_bytes;
  limits.depth_max = depth_most + 2;  // The call stands two levels deep in its message.
  const bool is_long = asked.body.size() > limits.bytes_max;
  const bool batches = visit.version != nullptr && visit.version->batches;
  auto read = claw::mcp::parse_body(asked.body, batches, limits);
  if (const auto* wrong = std::get_if<claw::mcp::Wrong>(&read)) {
    return Refused{is_long ? 413 : 400, wrong->code, wrong->what, wrong->id, {}};
  }
  visit.packet = std::get<claw::mcp::Packet>(std::move(read));
  return std::nullopt;
}

std::optional<claw::mcp::Id> id_in(const serve::Asked& asked, Visit visit) {
  visit.version = nullptr;
  return read_body(asked, visit) ? std::nullopt : first_id(visit);
}

std::optional<Refused> check_mirrors(const serve::Asked& asked, const Visit& visit) {
  std::string method;
  std::string name;
  if (auto refused = single(asked, "mcp-method", method)) return refused;
  if (auto refused = single(asked, "mcp-name", name)) return refused;
  const bool must = visit.version != nullptr && visit.version->mirrors;
  if (method.empty() && name.empty() && !must) return std::nullopt;
  if (visit.packet.is_batch) return mismatch(visit, "Mcp-Method and Mcp-Name are of one message");
  const Message& message = visit.packet.messages.front();
  if (must && method.empty()) return mismatch(visit, "Mcp-Method is missing");
  if (!method.empty() && method != method_of(message)) {
    return mismatch(visit, fmt::format("Mcp-Method says {}", quoted(method)));
  }
  const Request* request = std::get_if<Request>(&message);
  const json::Value* named = request == nullptr ? nullptr : named_by(*request);
  if (named == nullptr || named->string() == nullptr) return std::nullopt;
  if (must && name.empty()) return mismatch(visit, "Mcp-Name is missing");
  if (name.empty()) return std::nullopt;
  const auto text = decoded(name);
  if (!text || *text != *named->string()) {
    return mismatch(visit, fmt::format("Mcp-Name says {}", quoted(name)));
  }
  return std::nullopt;
}

std::optional<Refused> check_envelope(const Visit& visit) {
  for (const Message& message : visit.packet.messages) {
    if (!std::holds_alternative<Request>(message)) {
      if (std::holds_alternative<claw::mcp::Notification>(message)) continue;
      return Refused{400, code::invalid_request, "a client sends no answers in this version"};
    }
    const Request& request = std::get<Request>(message);
    const json::Value* version = claw::mcp::meta(request.params, claw::mcp::meta_version);
    if (version == nullptr || version->string() == nullptr) {
      return Refused{400, code::invalid_params,
                     fmt::format("`_meta` has no `{}`", claw::mcp::meta_version), request.id};
    }
    if (*version->string() != visit.version->name) {
      return mismatch(visit, fmt::format("MCP-Protocol-Version is {}, and `_meta` says {}",
                                         visit.version->name, quoted(*version->string())));
    }
    const json::Value* capabilities = claw::mcp::meta(request.params, claw::mcp::meta_capabilities);
    if (capabilities == nullptr || capabilities->object() == nullptr) {
      return Refused{400, code::invalid_params,
                     fmt::format("`_meta` has no `{}`", claw::mcp::meta_capabilities), request.id};
    }
  }
  return std::nullopt;
}

}  // namespace claw::toolcall::mcp
