#include "toolcall/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/web/encoding.h"
#include "toolcall/list.h"

namespace claw::toolcall {
namespace {

using serve::Asked;
using serve::Reply;

constexpr std::size_t body_more_bytes = 64 * 1024;     // Beside the arguments: reasoning, names.
constexpr std::size_t unread_bytes_max = 2 * 1024 * 1024;  // Of a stream whose reader is slow.
constexpr std::string_view tools_path = "/v1/tools";
constexpr std::string_view calls_path = "/v1/calls/";
constexpr std::string_view operations_path = "/v1/operations/";
constexpr std::string_view operation_header = "clawpatrol-hitl-operation";

bool wants_events(const Asked& asked) {
  const auto accept = asked.head.fields.find("accept");
  return accept && accept->find("text/event-stream") != accept->npos;
}

std::string parameter(std::string_view query, std::string_view name) {
  for (const auto& [key, value] : parse_query(query)) {
    if (key == name) return value;
  }
  return {};
}

std::optional<Said> read_text(const json::Value& body, std::string_view name, std::string& into) {
  const json::Value* given = body.find(name);
  if (given == nullptr || given->is_null()) return std::nullopt;
  if (given->string() == nullptr) return mistake(400, "this is a string", fmt::format("/{}", name));
  into = *given->string();
  return std::nullopt;
}

std::optional<Said> check_members(const json::Value& body) {
  constexpr std::string_view known[] = {"arguments", "reasoning", "session", "idempotency_key"};
  if (body.object() == nullptr) return mistake(400, "the body is a JSON object", "");
  for (const auto& [name, value] : *body.object()) {
    if (std::ranges::find(known, name) != std::end(known)) continue;
    const std::vector<std::string> names(std::begin(known), std::end(known));
    const auto near = nearest(name, names);
    return mistake(400, fmt::format("there is no {} here{}", quoted(name),
                                    near ? fmt::format(", did you mean `{}`?", *near) : ""),
                   "/" + pointer_step(name));
  }
  return std::nullopt;
}

std::variant<Want, Said> read_body(std::string_view tool, const Asked& asked, std::uint64_t most) {
  if (asked.body.size() > most + body_more_bytes) {
    return mistake(413, fmt::format("arguments are at most {} bytes", most));
  }
  const auto parsed = json::parse(asked.body);
  if (!parsed) return mistake(400, parsed.error().text());
  if (depth_of(*parsed) > depth_most) return mistake(400, fmt::format("more than {} levels", depth_most));
  if (auto wrong = check_members(*parsed)) return std::move(*wrong);
  Want want;
  want.tool = tool;
  if (auto wrong = read_text(*parsed, "reasoning", want.reasoning)) return std::move(*wrong);
  if (auto wrong = read_text(*parsed, "session", want.session)) return std::move(*wrong);
  if (auto wrong = read_text(*parsed, "idempotency_key", want.key)) return std::move(*wrong);
  if (const json::Value* arguments = parsed->find("arguments")) want.arguments = *arguments;
  want.operation = asked.head.fields.find(operation_header).value_or("");
  return want;
}

// Waits for one answer, or reads a stream of events.
class Waiter final : public Guest {
 public:
  Waiter(Reply reply, std::optional<Teller> teller) : reply_(std::move(reply)), teller_(std::move(teller)) {}
  void joined(std::string_view id, std::string_view) override { id_ = id; }
  void tell(std::string_view event, std::string_view json) override {
    if (teller_) teller_->tell(event_of(event, json));
  }
  void over(const Said& said) override {
    if (!teller_ || id_.empty()) return reply_(answer_of(said));
    teller_->end(event_of("end", "{\"status\":" + std::to_string(said.status) + "," + said.body.substr(1)));
  }
  const std::string& id() const { return id_; }

 private:
  Reply reply_;
  std::optional<Teller> teller_;
  std::string id_;
};

}  // namespace

Api::Api(Parts parts) : parts_(std::move(parts)) {}

void Api::handle(const Asked& asked, const Reply& reply) {
  const auto say = [&reply](const Said& said) { reply(answer_of(said)); };
  const auto found = identify(parts_.registry, asked);
  if (const Said* refused = std::get_if<Said>(&found)) return say(*refused);
  const Who& who = std::get<Who>(found);
  const std::string_view target = asked.head.path;
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query =
      path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view();
  const std::string& method = asked.head.method;
  if (path == tools_path) return say(method == "GET" ? list(who, query) : mistake(405, "only GET"));
  if (path.starts_with("/v1/tools/")) {
    if (method != "POST") return say(mistake(405, "only POST"));
    return post(who, path.substr(tools_path.size() + 1), asked, reply);
  }
  if (path.starts_with(calls_path)) {
    return say(method == "DELETE" ? remove(who, path.substr(calls_path.size()))
                                  : mistake(405, "only DELETE"));
  }
  if (path.starts_with(operations_path)) {
    return say(method == "GET" ? status(path.substr(operations_path.size()), query)
                               : mistake(405, "only GET"));
  }
  say(mistake(404,
              "there is nothing here; GET /v1/tools lists what may be called, MCP clients POST to /mcp"));
}

Said Api::list(const Who& who, std::string_view query) const {
  const auto format = format_named(parameter(query, "format"));
  if (!format) return mistake(400, "format is `openai` or `anthropic`, or left out");
  return {200, list_tools(parts_.desk.catalogue(asker_of(who)), *format)};
}

Said Api::status(std::string_view path, std::string_view query) const {
  const auto found = parts_.operation(path, parameter(query, "token"));
  if (!found) return mistake(404, "no such operation");
  Said said;
  json::Writer out(said.body);
  out.begin_object();
  out.member("operation_id", path);
  out.member("state", found->first);
  out.member_unless_empty("reason", found->second);
  out.end_object();
  return said;
}

Said Api::remove(const Who& who, std::string_view id) {
  if (!parts_.desk.cancel(who, id)) return mistake(404, "no such call is running");
  Said said{202, {}};
  json::Writer out(said.body);
  out.begin_object();
  out.member("cancelling", id);
  out.end_object();
  return said;
}

void Api::post(const Who& who, std::string_view tool, const Asked& asked, const Reply& reply) {
  const auto type = asked.head.fields.find("content-type");
  if (!type || !lower(*type).starts_with("application/json")) {
    return reply(answer_of(mistake(415, "the body is JSON: send `Content-Type: application/json`")));
  }
  auto read = read_body(percent_decode(tool), asked, who.ground.endpoint->tools.arguments_bytes_max);
  if (const Said* refused = std::get_if<Said>(&read)) {
    Want want;
    want.tool = percent_decode(tool);
    parts_.desk.refused(who, want, *refused);
    return reply(answer_of(*refused));
  }
  // Later: it is told from within the connection's own code.
  auto seat = std::make_shared<std::weak_ptr<Waiter>>();
  const auto left = [this, seat, post = parts_.loop.poster(), guard = std::weak_ptr<char>(alive_)] {
    post([this, seat, guard] {
      const auto waiter = seat->lock();
      if (!guard.expired() && waiter != nullptr) parts_.desk.leave(waiter->id(), waiter.get());
    });
  };
  if (!wants_events(asked)) {
    const auto waiter = std::make_shared<Waiter>(reply, std::nullopt);
    *seat = waiter;
    if (asked.waiting != nullptr) asked.waiting->on_left(left);
    return parts_.desk.begin(who, std::get<Want>(std::move(read)), waiter);
  }
  Stream stream = make_stream(left, unread_bytes_max);
  const auto waiter = std::make_shared<Waiter>(reply, stream.teller);
  *seat = waiter;
  parts_.desk.begin(who, std::get<Want>(std::move(read)), waiter);
  if (!waiter->id().empty()) reply(std::move(stream.answer));
}

}  // namespace claw::toolcall
