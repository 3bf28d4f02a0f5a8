// A webhook of one's own: every event of every question as a CloudEvent (1.0, structured JSON), signed as
// Standard Webhooks say; answers come back signed the same way, with a secret of their own.
#include <fmt/format.h>

#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "approval/channel/signature.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::channel {

namespace {

constexpr std::size_t full_text_bytes_max = 64 * 1024;  // Machines read more than people; not all there is.
constexpr std::size_t fingerprint_digits_min = 16;

void member_cut(json::Writer& out, std::string_view name, std::string_view text) {
  const bool cut = text.size() > full_text_bytes_max;
  out.member(name, text.substr(0, full_text_bytes_max));
  if (cut) out.member(std::string(name) + "_cut", true);
}

void replies(json::Writer& out, const approval::Entry& entry) {
  out.key("replies");
  out.begin_array();
  for (const approval::Reply& reply : entry.replies) {
    out.begin_object();
    out.member("person", reply.person);
    out.member("choice", approval::name_of(reply.choice));
    out.member_unless_empty("comment", reply.comment);
    out.member("by_model", reply.by_model);
    out.end_object();
  }
  out.end_array();
}

void parameters(json::Writer& out, const approval::Question& question) {
  out.key("parameters");
  out.begin_array();
  std::size_t bytes = 0;
  for (const action::Parameter& value : question.parameters) {
    bytes += value ? value->size() : 0;
    if (!value) out.null();
    else out.string(bytes > full_text_bytes_max ? "(cut)" : std::string_view(*value));
  }
  out.end_array();
}

void evidence(json::Writer& out, const approval::Question& question) {
  out.key("evidence");
  out.begin_array();
  for (const approval::Evidence& each : question.evidence) {
    out.begin_object();
    out.member("title", each.title);
    out.member("kind", approval::name_of(each.kind));
    member_cut(out, "text", each.text);
    out.member("failed", each.failed);
    out.end_object();
  }
  out.end_array();
}

void data(json::Writer& out, const Notice& notice) {
  const approval::Question& question = notice.entry.question;
  out.begin_object();
  out.member("question", question.id);
  out.member("state", approval::name_of(notice.entry.state));
  out.member("fingerprint", question.fingerprint);
  out.member("approver", notice.approver);
  out.member("agent", question.agent);
  out.member("profile", question.profile);
  out.member_unless_empty("owner", question.owner);
  out.member("endpoint", question.endpoint);
  out.member("family", question.family);
  out.member("rule", question.rule);
  out.member("reason", question.reason);
  out.member("summary", question.summary);
  member_cut(out, "text", question.text);
  parameters(out, question);
  evidence(out, question);
  out.member("destructive", question.destructive);
  out.member("assurance", approval::name_of(question.assurance));
  if (!question.reasoning.empty()) member_cut(out, "agent_says", question.reasoning);
  out.member_unless_empty("message", notice.text);
  out.member("expires_in_s", std::max<std::int64_t>(notice.left_us / 1'000'000, 0));
  out.member_unless_empty("url", notice.link);
  replies(out, notice.entry);
  out.end_object();
}

class Webhook final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = true, .groups = false, .answers = true}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt&,
                                          const Secrets& secrets) const override {
    const std::string id = fmt::format("{}.{}", notice.entry.question.id, notice.number);
    const std::string seconds = std::to_string(notice.wall_us / 1'000'000);
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("specversion", "1.0");
    out.member("id", id);
    out.member("source", "/clawpatrol");
    const bool is_finding = notice.event == Event::found;
    out.member("type",
               fmt::format("clawpatrol.{}.{}", is_finding ? "anomaly" : "approval", name_of(notice.event)));
    out.member("subject", notice.entry.question.id);
    out.member("time", format_time(notice.wall_us));
    out.member("datacontenttype", "application/json");
    out.key("data");
    data(out, notice);
    out.end_object();
    Message message;
    message.url = Secret(settings().url);
    message.fields = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                      {"webhook-id", id},
                      {"webhook-timestamp", seconds}};
    if (settings().is_signed) {
      CLAW_TRY(const std::string_view key, secret(secrets, "secret"));
      CLAW_TRY(std::string signature, webhook_signature(key, id, seconds, body));
      message.fields.emplace_back("webhook-signature", std::move(signature));
    }
    message.body = Secret(std::move(body));
    return std::optional<Outgoing>(std::move(message));
  }

  Result<Received> receive(const Inbound& inbound, const Secrets& secrets,
                           std::int64_t wall_us) const override {
    CLAW_TRY(const std::string_view key, secret(secrets, "callback_secret"));
    const Error denied{Code::denied, "this is not signed with the callback's secret", {}};
    const auto id = inbound.field("webhook-id");
    const auto seconds = inbound.field("webhook-timestamp");
    const auto given = inbound.field("webhook-signature");
    if (!id || id->empty() || id->size() > 256 || id->find('.') != id->npos || !given) return denied;
    CLAW_TRY_DONE(check_time(seconds, wall_us));
    CLAW_TRY(const std::string wanted, webhook_signature(key, *id, *seconds, inbound.body));
    if (!has_signature(*given, wanted)) return denied;
    CLAW_TRY(const json::Value answer, json::parse(inbound.body));
    CLAW_TRY(Click click, click_in(answer));
    return Received{std::move(click), "", "webhook " + std::string(*id), ""};
  }

  std::string answer(const Received&, std::string_view text) const override {
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("result", text);
    out.end_object();
    return body;
  }

 private:
  static Result<Click> click_in(const json::Value& answer) {
    Click click;
    click.question = answer.text_or("question", "");
    click.fingerprint = answer.text_or("fingerprint", "");
    click.person = answer.text_or("person", "");
    click.comment = answer.text_or("comment", "");
    const std::string choice = answer.text_or("choice", "");
    if (choice != "allow" && choice != "deny") return invalid("`choice` is `allow` or `deny`");
    click.choice = choice == "allow" ? approval::Choice::allow : approval::Choice::deny;
    if (click.question.empty() || click.person.empty()) return invalid("`question` and `person` are missing");
    if (click.fingerprint.size() < fingerprint_digits_min) return invalid("`fingerprint` is missing");
    return click;
  }
};

}  // namespace

std::unique_ptr<Channel> make_webhook(Settings settings) {
  return std::make_unique<Webhook>(std::move(settings));
}

}  // namespace claw::channel
