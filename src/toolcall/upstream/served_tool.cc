#include "toolcall/upstream/served_tool.h"

#include <fmt/format.h>

#include <algorithm>

#include "action/mcp/mcp.h"
#include "base/text.h"
#include "toolcall/upstream/result.h"

namespace claw::toolcall::upstream {
namespace {

constexpr std::uint32_t run_ms_max = 30 * 60 * 1000;  // As every call; progress cannot lengthen it.
constexpr std::size_t said_bytes_max = 500;

bool fits(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const std::string& each) {
    return each.ends_with('*') ? name.starts_with(std::string_view(each).substr(0, each.size() - 1))
                               : name == each;
  });
}

std::vector<std::string> claims_of(const json::Value& definition) {
  std::vector<std::string> claims;
  const json::Value* annotations = definition.find("annotations");
  if (annotations == nullptr) return claims;
  if (annotations->bool_or("readOnlyHint", false)) claims.emplace_back("read_only");
  if (annotations->bool_or("destructiveHint", false)) claims.emplace_back("destructive");
  if (annotations->bool_or("idempotentHint", false)) claims.emplace_back("idempotent");
  if (!annotations->bool_or("openWorldHint", true)) claims.emplace_back("closed_world");
  return claims;
}

class ErrandRun final : public Run {
 public:
  ErrandRun(Seat seat, Errand errand) : seat_(std::move(seat)), errand_(std::move(errand)) { begin(); }
  ~ErrandRun() override {
    seat_.loop.cancel(timer_);
    give_up("the call has ended");
  }

  void cancel() override {
    cancelled_ = true;
    give_up("cancelled by the agent");
    finish_later("it was cancelled");
  }

 private:
  void begin() {
    const auto server = errand_.server.lock();
    Session* session = server != nullptr ? server->session() : nullptr;
    if (session == nullptr) {
      const std::string why = server != nullptr ? server->state().why : "the policy has it no more";
      return finish_later(fmt::format("the server is not up: {}", why.empty() ? "it is starting" : why));
    }
    if (!errand_.definition.name.empty() && !server->has_open(errand_.definition)) {
      return finish_later("the server has changed it since it was accepted: an operator has to look at it");
    }
    hides_secrets_ = server->terms().hides_secrets;
    timer_ = seat_.loop.after_ms(run_ms_max, [this] {
      timer_ = 0;
      give_up("timeout");
      finish("no answer within 30 minutes");
    });
    Session::Question question;
    question.method = errand_.method;
    question.params = std::move(errand_.params);
    question.object = errand_.object;
    question.progress = [this](const json::Value& params) { progress(params); };
    question.done = [this](Answer answer) {
      number_ = 0;
      answered(answer);
    };
    number_ = session->ask(std::move(question));
  }

  void give_up(std::string_view why) {
    const auto server = errand_.server.lock();
    Session* session = server != nullptr ? server->session() : nullptr;
    if (session != nullptr && number_ != 0) session->give_up(std::exchange(number_, 0), why);
  }

  void progress(const json::Value& params) {
    std::vector<std::string> found;
    std::string json;
    json::Writer out(json);
    out.begin_object();
    out.key("progress"), out.begin_object();
    for (const std::string_view name : {"progress", "total"}) {
      const json::Value* value = params.find(name);
      if (value != nullptr && value->number() != nullptr) out.key(name), out.raw(json::format(*value));
    }
    const std::string message = printable(params.text_or("message", ""), said_bytes_max);
    out.member_unless_empty("message", hides_secrets_ ? without_secrets(message, found) : message);
    out.end_object();
    out.end_object();
    seat_.piece(json);
  }

  void answered(const Answer& answer) {
    if (const auto* why = std::get_if<Error>(&answer)) return finish("the server: " + why->what);
    if (const auto* failure = std::get_if<claw::mcp::Failure>(&answer)) {
      std::vector<std::string> found;
      const std::string text = printable(failure->message, said_bytes_max);
      outcome_.problem_more = fmt::format("\"code\":\"{}\"", failure->code);
      return finish("the server says: " + (hides_secrets_ ? without_secrets(text, found) : text));
    }
    const json::Value& result = std::get<json::Value>(answer);
    Cleaned cleaned;
    if (errand_.method == "tools/call") {
      auto read = clean_result(result, hides_secrets_);
      if (!read) return finish(read.error().what);
      cleaned = std::move(*read);
    } else {
      cleaned = clean_any(result, hides_secrets_);
    }
    outcome_.detail = cleaned.value.bool_or("isError", false) ? "the tool failed" : "ok";
    for (const std::string& each : cleaned.secrets) outcome_.detail += "; took out " + each;
    if (!cleaned.signs.empty()) outcome_.detail += "; what it gave " + join(cleaned.signs, ", ");
    if (errand_.method == "tools/call") take_blocks(cleaned.value);
    else outcome_.result = json::format(cleaned.value);
    if (outcome_.result.size() + outcome_.content.size() <= seat_.result_bytes_max * 2) return finish({});
    outcome_.result.clear();
    outcome_.content.clear();
    finish("its result is longer than `result_buffer`");
  }

  // As MCP has it for clients that speak it; for others what is structured, or else the blocks.
  void take_blocks(const json::Value& result) {
    outcome_.content = json::format(*result.find("content"));
    outcome_.content_only = result.find("structuredContent") == nullptr;
    outcome_.is_error = result.bool_or("isError", false);
    const json::Value* structured = result.find("structuredContent");
    outcome_.result =
        structured != nullptr ? json::format(*structured) : "{\"content\":" + outcome_.content + "}";
  }

  void finish_later(std::string why) {
    seat_.loop.post([this, why = std::move(why), guard = std::weak_ptr<char>(alive_)] {
      if (!guard.expired()) finish(why);
    });
  }

  void finish(const std::string& why) {
    if (std::exchange(finished_, true)) return;
    seat_.loop.cancel(std::exchange(timer_, 0));
    outcome_.cancelled = cancelled_;
    if (!why.empty()) {
      outcome_.problem = printable(why, said_bytes_max);
      outcome_.detail = outcome_.problem;
    }
    seat_.done(std::move(outcome_));
  }

  Seat seat_;
  Errand errand_;
  Outcome outcome_;
  std::int64_t number_ = 0;
  io::TimerId timer_ = 0;
  bool hides_secrets_ = true;
  bool cancelled_ = false;
  bool finished_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // Gone when this is.
};

class ServedTool final : public Tool {
 public:
  ServedTool(const config::Endpoint& endpoint, pins::Definition tool, const std::shared_ptr<Server>& server)
      : endpoint_(endpoint.typed),
        bytes_max_(endpoint.mcp.arguments_bytes_max),
        name_(endpoint.mcp.prefix + "." + tool.name),
        call_(call_of(endpoint, tool)),
        definition_(std::move(tool)),
        value_(definition_.value()),
        description_(value_.text_or("description", value_.text_or("title", ""))),
        server_(server),
        credential_(server->terms().credential) {}

  std::string_view name() const override { return name_; }
  std::string_view description() const override { return description_; }

  Traits traits() const override {
    const auto claims = [&](std::string_view what) {
      return std::ranges::find(call_.claims, what) != call_.claims.end();
    };
    Traits traits;
    traits.reads_only = call_.reads_only || (claims("read_only") && call_.destructive != true);
    traits.destructive = call_.destructive.value_or(!claims("read_only"));
    traits.idempotent = claims("idempotent");
    traits.open_world = !claims("closed_world");
    return traits;
  }

  void write_schema(json::Writer& out) const override { out.raw(json::format(*value_.find("inputSchema"))); }

  std::string mcp_members() const override {
    json::Object more;
    for (const std::string_view name : {"title", "outputSchema"}) {
      if (const json::Value* value = value_.find(name)) more.emplace_back(std::string(name), *value);
    }
    const std::string text = json::format(json::Value(std::move(more)));
    return text.substr(1, text.size() - 2);
  }

  std::optional<Mistake> check(const json::Value& arguments) const override {
    if (arguments.object() == nullptr) return Mistake{"/arguments", "this is an object"};
    if (json::format(arguments).size() <= bytes_max_) return std::nullopt;
    return Mistake{"/arguments", fmt::format("arguments of this server are at most {} bytes", bytes_max_)};
  }

  Plan plan(const Asking& asking) const override {
    Planned planned;
    planned.endpoint = endpoint_;
    planned.credential = credential_;
    action::McpCall call = call_;
    call.arguments = asking.arguments;
    planned.subject = [call](const std::string& reasoning) {
      action::McpCall said = call;
      said.reasoning = reasoning;
      return action::make_mcp_subject(std::move(said));
    };
    Errand errand{server_, definition_, "tools/call",
                  {{"name", definition_.name}, {"arguments", asking.arguments}}, definition_.name};
    planned.start = [errand = std::move(errand)](Seat seat) { return run_errand(std::move(seat), errand); };
    return planned;
  }

 private:
  std::string endpoint_;
  std::uint64_t bytes_max_;
  std::string name_;
  action::McpCall call_;
  pins::Definition definition_;
  json::Value value_;
  std::string description_;
  std::weak_ptr<Server> server_;
  std::string credential_;
};

}  // namespace

action::McpCall call_of(const config::Endpoint& endpoint, const pins::Definition& tool) {
  action::McpCall call;
  call.server = endpoint.name;
  call.method = "tools/call";
  call.tool = tool.name;
  call.claims = claims_of(tool.value());
  if (fits(endpoint.mcp.destroys, tool.name)) {
    call.destructive = true;
  } else if (fits(endpoint.mcp.reads_only, tool.name)) {
    call.destructive = false;
    call.reads_only = true;
  } else if (std::ranges::find(call.claims, "destructive") != call.claims.end()) {
    call.destructive = true;  // Nobody says so of himself without a reason.
  }
  return call;
}

std::shared_ptr<const Tool> make_tool(const config::Endpoint& endpoint, pins::Definition tool,
                                      const std::shared_ptr<Server>& server) {
  return std::make_shared<const ServedTool>(endpoint, std::move(tool), server);
}

std::unique_ptr<Run> run_errand(Seat seat, Errand errand) {
  return std::make_unique<ErrandRun>(std::move(seat), std::move(errand));
}

}  // namespace claw::toolcall::upstream
