#include "toolcall/answer.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/web/encoding.h"

namespace claw::toolcall {
namespace {

constexpr std::int64_t retry_after_s = 5;  // People take longer, and agents should not hammer.

std::string_view title_of(int status) {
  switch (status) {
    case 401: return "Who are you?";
    case 403: return "Refused";
    case 404: return "No such thing";
    case 405: return "Another method";
    case 409: return "Not the same call";
    case 413: return "Too large";
    case 415: return "Not JSON";
    case 422: return "The tool failed";
    case 429: return "Too many at once";
    case 499: return "Cancelled";
    case 502: return "Not reached";
    case 503: return "No room";
    default: return "Not understood";
  }
}

void write_under(json::Writer& out, const std::vector<guard::Under>& under) {
  out.key("actions"), out.begin_array();
  for (const guard::Under& each : under) {
    out.begin_object();
    out.member("id", each.action.view());
    out.member("endpoint", each.endpoint);
    out.member("summary", each.summary);
    out.member("verdict", each.held ? "held" : each.verdict.allowed() ? "allow" : "deny");
    if (!each.held) out.member_unless_empty("rule", each.verdict.rule);
    if (!each.held && !each.verdict.allowed()) {
      out.member_unless_empty("reason", each.verdict.reason);
      out.member_unless_empty("hint", each.verdict.hint);
    }
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Said problem(const Trouble& trouble, const std::vector<guard::Under>& under) {
  Said said{trouble.status, {}};
  json::Writer out(said.body);
  out.begin_object();
  out.member("type", "about:blank");
  out.member("title", title_of(trouble.status));
  out.member("status", std::int64_t{trouble.status});
  out.member("detail", trouble.what);
  out.member_unless_empty("pointer", trouble.pointer);
  out.member_unless_empty("action", trouble.action);
  if (!under.empty()) write_under(out, under);
  out.end_object();
  if (!trouble.more.empty()) said.body.insert(said.body.size() - 1, "," + trouble.more);
  return said;
}

Said mistake(int status, std::string what, std::string pointer) {
  return problem({status, std::move(what), std::move(pointer), {}, {}});
}

Said tool_error(std::string_view action, std::string_view json, std::string_view content,
                const std::vector<guard::Under>& under) {
  Trouble trouble{422, "the tool says that it failed", {}, {}, std::string(action)};
  if (!json.empty()) trouble.more = fmt::format("\"result\":{}", json);
  Said said = problem(trouble, under);
  said.content = content;
  return said;
}

Said result(std::string_view action, std::string_view json, std::string_view content,
            const std::vector<guard::Under>& under) {
  Said said;
  said.result_bytes = json.size();
  said.content = content;
  json::Writer out(said.body);
  out.begin_object();
  out.key("result"), out.raw(json);
  out.member("action", action);
  write_under(out, under);
  out.end_object();
  return said;
}

Said held(std::string_view action, const action::Verdict& verdict) {
  Said said{202, {}};
  const action::Operation& operation = *verdict.operation;
  json::Writer out(said.body);
  out.begin_object();
  out.key("held"), out.begin_object();
  out.member("operation_id", operation.id);
  out.member("status_url",
             fmt::format("/v1/operations/{}?token={}", operation.id, percent_encode(operation.token)));
  out.member("retry_after", retry_after_s);
  out.member("reason", verdict.reason);
  out.member_unless_empty("rule", verdict.rule);
  out.member("how", "ask the status until it is approved_waiting_for_retry, then send exactly the same call "
                    "again with the header Clawpatrol-HITL-Operation: " + operation.id + "; it runs once");
  out.end_object();
  out.member("action", action);
  out.end_object();
  return said;
}

Said denied(std::string_view action, std::string_view by, const action::Verdict& verdict,
            const std::vector<guard::Under>& under) {
  Said said{403, {}};
  json::Writer out(said.body);
  out.begin_object();
  out.key("denied"), out.begin_object();
  out.member("rule", verdict.rule);
  out.member("reason", verdict.reason);
  out.member("hint", verdict.hint);
  out.member("action", by);
  out.end_object();
  out.member("action", action);
  write_under(out, under);
  out.end_object();
  return said;
}

serve::Answer answer_of(const Said& said) {
  serve::Answer answer;
  answer.status = said.status;
  answer.body = said.body;
  const bool is_problem = said.body.starts_with(R"({"type":"about:blank")");
  answer.fields.add("Content-Type", is_problem ? "application/problem+json" : "application/json");
  answer.fields.add("Cache-Control", "no-store");
  if (said.status == 202 || said.status == 429) {
    answer.fields.add("Retry-After", fmt::format("{}", retry_after_s));
  }
  if (said.status == 401) answer.fields.add("WWW-Authenticate", "Bearer realm=\"Claw Patrol\"");
  return answer;
}

std::string event_of(std::string_view name, std::string_view json) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json);
}

class Events final : public serve::Flow {
 public:
  Events(std::function<void()> left, std::size_t unread_bytes_max)
      : left_(std::move(left)), unread_bytes_max_(unread_bytes_max) {}
  ~Events() override {
    if (!ended_ && left_) left_();
  }

  bool take(std::string& out) override {
    out += unread_;
    unread_.clear();
    lost_ = false;
    return !ended_;
  }
  void on_more(std::function<void()> wake) override { wake_ = std::move(wake); }

  void tell(std::string_view event) {
    if (unread_.size() + event.size() > unread_bytes_max_) {
      if (!std::exchange(lost_, true)) unread_ += event_of("lost", "{}");
    } else {
      unread_ += event;
    }
    if (wake_) wake_();
  }
  void end(std::string_view last) {
    unread_ += last;
    ended_ = true;
    if (wake_) wake_();
  }

 private:
  std::function<void()> left_;
  std::function<void()> wake_;
  std::size_t unread_bytes_max_;
  std::string unread_;
  bool lost_ = false;
  bool ended_ = false;
};

void Teller::tell(std::string_view event) {
  if (const auto events = events_.lock()) events->tell(event);
}

void Teller::end(std::string_view last) {
  if (const auto events = events_.lock()) events->end(last);
}

Stream make_stream(std::function<void()> left, std::size_t unread_bytes_max) {
  auto events = std::make_shared<Events>(std::move(left), unread_bytes_max);
  Stream stream{{}, Teller(events)};
  stream.answer.fields.add("Content-Type", "text/event-stream");
  stream.answer.fields.add("Cache-Control", "no-store");
  stream.answer.fields.add("X-Accel-Buffering", "no");  // Proxies would keep events to themselves.
  stream.answer.flow = std::move(events);
  return stream;
}

}  // namespace claw::toolcall
