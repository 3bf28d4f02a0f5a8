// Who is asked, and where: approvers and the channels they are told in.
#include "config/kinds/kinds_rows.h"

namespace claw::config {

namespace {

using enum Type;
using enum Support;

constexpr AttributeSpec async_grant[] = {
    {"enabled", boolean, "Answer at once, let the agent come back. false"},
    {"approved_retry_ttl", duration, "How long after the answer the agent may come back. 5m"},
    {"fingerprint_body", choice, "What of the body counts: every byte. raw", "raw"},
    {"max_body_bytes", size, "Longer requests wait on their connection. 1MiB, at most 8MiB"},
};
constexpr BlockSpec human_blocks[] = {
    {.type = "async_grant", .once = true, .attributes = async_grant,
     .help = "An agent need not wait on its connection: it is told where to look, and comes back"},
};
constexpr AttributeSpec human[] = {
    {"channel", channels,
     "Where people are told: `channel` blocks, or the name of a Slack channel together with `credential`. "
     "Without it only the dashboard shows the question",
     "channel"},
    {"credential", reference, "The slack_tokens a Slack channel's name is told with", "credential"},
    {"approvers", texts, "Accounts, `ann`, and groups, `group:dba`, that may answer. Whoever may approve"},
    {"timeout", duration, "How long the question waits. The gateway's `approval_timeout`"},
    {"require_approvers", integer, "How many people must allow. The gateway's", "1..9"},
    {"remind_every", duration, "Tells people again while nobody has answered. Never"},
    {"escalate_to", reference, "The approver whose people may answer too after `escalate_after`", "approver"},
    {"escalate_after", duration, "How long nobody has answered before that"},
    {"interactive", boolean, "Buttons in the message, where its channel has them. true"},
    {"classifier", reference, "no model writes summaries; `message` says what people should look at",
     "approver", false, refused},
    {"message", text,
     "What stands first in the message; `{{agent}}`, `{{profile}}`, `{{endpoint}}`, `{{rule}}`, "
     "`{{reason}}`, "
     "`{{summary}}`, `{{family}}`, `{{owner}}` and `{{approver}}` are filled in"},
    {"sync_wait_timeout", duration, "How long an agent waits on its connection. To the question's end"},
    {"description", text, "For people"},
};
constexpr AttributeSpec llm[] = {
    {"model", text, "Which one", "", true},
    {"credential", reference, "What it is asked with; none for a model on this machine", "credential"},
    {"policy", text, "What it is to allow and what not: the only instructions it is given"},
    {"api", choice, "How it is asked. `anthropic` for models called `claude-…`, otherwise `openai_chat`",
     "anthropic|openai_chat|openai_responses"},
    {"url", service, "Where. https://api.anthropic.com, or https://api.openai.com/v1"},
    {"ca_file", path, "PEM roots of that server, in place of the system's"},
    {"timeout", duration, "How long it may take. 30s"},
    {"on_failure", choice, "What follows where it cannot be asked. deny", "deny|pass"},
    {"description", text, "For people"},
};

constexpr AttributeSpec common[] = {
    {"people", text_map, "Who of those who answer is which account, as in `{ \"U02ABCDEF\" = \"ann\" }`"},
    {"ca_file", path, "PEM roots of the server, in place of the system's"},
    {"per_minute", integer, "Messages at most; more wait. 60", "1..6000"},
    {"description", text, "For people"},
};
constexpr AttributeSpec slack[] = {
    {"credential", reference, "A slack_tokens: bot_token, and signing_secret for buttons", "credential",
     true},
    {"to", text, "The channel, `#ops` or `C02ABCDEF`", "", true},
    {"url", service, "Of the API. https://slack.com/api"},
};
constexpr AttributeSpec discord[] = {
    {"credential", reference, "A discord_bot_token", "credential", true},
    {"to", text, "The channel's id", "", true},
    {"public_key", text, "The application's, in hexadecimal; without it there are no buttons"},
    {"url", service, "Of the API. https://discord.com/api/v10"},
};
constexpr AttributeSpec telegram[] = {
    {"credential", reference, "A telegram_bot_token: token, and webhook_secret for buttons", "credential",
     true},
    {"to", text, "The chat's id, or `@channel`", "", true},
    {"url", service, "Of the API. https://api.telegram.org"},
};
constexpr AttributeSpec teams[] = {
    {"credential", reference, "A teams_webhook: the workflow's address, which is itself the secret",
     "credential", true},
};
constexpr AttributeSpec email[] = {
    {"host", host, "The mail server, `smtp.example.com:587`", "", true},
    {"security", choice, "`starttls`; `tls` from the first byte, port 465; `none` on this machine only",
     "starttls|tls|none"},
    {"user", text, "To log in as; needs `credential`"},
    {"credential", reference, "An smtp_login: its password", "credential"},
    {"from", text, "The sender's address", "", true},
    {"to", texts, "The recipients' addresses", "", true},
};
constexpr AttributeSpec pagerduty[] = {
    {"credential", reference, "A pagerduty_routing_key", "credential", true},
    {"url", service, "Of the Events API. https://events.pagerduty.com"},
};
constexpr AttributeSpec webhook[] = {
    {"credential", reference, "A webhook_secret: secret, and callback_secret for answers", "credential",
     true},
    {"url", service, "Where events are sent", "", true},
};

struct Row {
  std::string_view kind;
  std::string_view help;
  std::span<const AttributeSpec> own;
};
constexpr Row channel_rows[] = {
    {"slack", "A channel of a Slack workspace; buttons answer", slack},
    {"discord", "A channel of a Discord server; buttons answer", discord},
    {"telegram", "A Telegram chat; buttons answer", telegram},
    {"teams", "A Microsoft Teams channel; a link answers", teams},
    {"email", "Mail; a link answers", email},
    {"pagerduty", "A PagerDuty service; a link answers", pagerduty},
    {"webhook", "A server of one's own, told of every event", webhook},
};

}  // namespace

void append_people_rows(std::vector<BlockSpec>& rows) {
  for (const Row& row : channel_rows) {
    rows.push_back({.type = "channel", .kind = row.kind, .labels = 2, .attributes = row.own,
                    .common = common, .help = row.help});
  }
  rows.push_back({.type = "approver", .kind = "human_approver", .labels = 2, .attributes = human,
                  .blocks = human_blocks, .help = "People who may answer"});
  rows.push_back({.type = "approver", .kind = "llm_approver", .labels = 2, .attributes = llm,
                  .help = "A model that is asked before people are; it refuses, or passes on to them"});
}

}  // namespace claw::config
