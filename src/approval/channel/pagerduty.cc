// PagerDuty Events API v2: an alert per question that is triggered, acknowledged once somebody has answered
// while others are missing, and resolved at its end. People answer by the link.
#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "base/json.h"

namespace claw::channel {

namespace {

constexpr std::size_t brief_bytes_max = 8000;

std::string_view action_of(const Notice& notice) {
  switch (notice.event) {
    case Event::asked:
    case Event::reminded:
    case Event::escalated:
    case Event::found: return "trigger";
    case Event::grown: return notice.entry.replies.empty() ? "" : "acknowledge";
    case Event::ended: return "resolve";
  }
  return "";
}

void details(json::Writer& out, const Notice& notice) {
  const Brief brief = brief_of(notice, brief_bytes_max);
  out.key("payload");
  out.begin_object();
  out.member("summary", brief.title + ": " + brief.summary);
  out.member("source", notice.entry.question.endpoint);
  out.member("severity", notice.entry.question.destructive ? "critical" : "warning");
  out.key("custom_details");
  out.begin_object();
  if (!brief.words.empty()) out.member("message", brief.words);
  for (const Fact& fact : brief.facts) out.member(fact.label, fact.value);
  out.member("action", brief.text);
  for (const Fact& fact : brief.evidence) out.member("evidence: " + fact.label, fact.value);
  if (!brief.says.empty()) out.member(says_label, brief.says);
  out.end_object();
  out.end_object();
  if (notice.link.empty()) return;
  out.key("links");
  out.begin_array();
  out.begin_object();
  out.member("href", notice.link);
  out.member("text", "Open in the dashboard");
  out.end_object();
  out.end_array();
}

class PagerDuty final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = true, .groups = true, .answers = false}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt& receipt,
                                          const Secrets& secrets) const override {
    CLAW_TRY(const std::string_view key, secret(secrets, "routing_key"));
    const std::string_view action = action_of(notice);
    if (action.empty()) return std::optional<Outgoing>();
    Message message;
    message.url = Secret(settings().url + "/v2/enqueue");
    message.fields.emplace_back("Content-Type", "application/json");
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("routing_key", key);
    out.member("event_action", action);
    out.member("dedup_key", receipt.empty() ? notice.entry.question.id : receipt);
    if (action == "trigger") details(out, notice);
    out.end_object();
    message.body = Secret(std::move(body));
    return std::optional<Outgoing>(std::move(message));
  }

  Result<Receipt> sent(int status, std::string_view body) const override {
    CLAW_TRY_DONE(Channel::sent(status, body));
    CLAW_TRY(const json::Value answer, json::parse(body));
    return answer.text_or("dedup_key", "");
  }
};

}  // namespace

std::unique_ptr<Channel> make_pagerduty(Settings settings) {
  return std::make_unique<PagerDuty>(std::move(settings));
}

}  // namespace claw::channel
