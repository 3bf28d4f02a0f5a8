// Microsoft Teams: an Adaptive Card to a workflow's webhook, whose address is itself the secret. People
// answer by the link: a webhook cannot say who clicked. Foreign text is in text runs, which know no Markdown.
#include "approval/channel/brief.h"
#include "approval/channel/kinds.h"
#include "base/json.h"

namespace claw::channel {

namespace {

constexpr std::size_t brief_bytes_max = 6000;  // A card holds 28 KB, its markup counted.

void run(json::Writer& out, std::string_view text, bool bold, bool code) {
  if (text.empty()) return;
  out.begin_object();
  out.member("type", "TextRun");
  out.member("text", text);
  if (bold) out.member("weight", "Bolder");
  if (code) out.member("fontType", "Monospace");
  out.end_object();
}

void line(json::Writer& out, std::string_view bold, std::string_view text, bool code) {
  if (bold.empty() && text.empty()) return;
  out.begin_object();
  out.member("type", "RichTextBlock");
  out.key("inlines");
  out.begin_array();
  run(out, bold, true, false);
  run(out, text, false, code);
  out.end_array();
  out.end_object();
}

void card(json::Writer& out, const Brief& brief, std::string_view link) {
  out.begin_object();
  out.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
  out.member("type", "AdaptiveCard");
  out.member("version", "1.4");
  out.key("body");
  out.begin_array();
  line(out, brief.title, {}, false);
  line(out, {}, brief.words, false);
  line(out, {}, brief.summary, true);
  for (const Fact& fact : brief.facts) line(out, fact.label + ": ", fact.value, false);
  line(out, {}, brief.text, true);
  for (const Fact& fact : brief.evidence) line(out, fact.label + ": ", fact.value, true);
  if (!brief.says.empty()) line(out, std::string(says_label) + ": ", brief.says, true);
  line(out, {}, brief.note, false);
  out.end_array();
  if (!link.empty()) {
    out.key("actions");
    out.begin_array();
    out.begin_object();
    out.member("type", "Action.OpenUrl");
    out.member("title", "Open in the dashboard");
    out.member("url", link);
    out.end_object();
    out.end_array();
  }
  out.end_object();
}

class Teams final : public Channel {
 public:
  using Channel::Channel;

  Traits traits() const override { return {.edits = false, .groups = true, .answers = false}; }

  Result<std::optional<Outgoing>> compose(const Notice& notice, const Receipt&,
                                          const Secrets& secrets) const override {
    CLAW_TRY(const std::string_view url, secret(secrets, "url"));
    // A card cannot be changed; only that nobody answered is worth another.
    const bool is_news = notice.event != Event::grown &&
                         (notice.event != Event::ended || notice.entry.state == approval::State::expired);
    if (!is_news) return std::optional<Outgoing>();
    Message message;
    message.url = Secret(std::string(url));
    message.fields.emplace_back("Content-Type", "application/json");
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("type", "message");
    out.key("attachments");
    out.begin_array();
    out.begin_object();
    out.member("contentType", "application/vnd.microsoft.card.adaptive");
    out.key("contentUrl");
    out.null();
    out.key("content");
    card(out, brief_of(notice, brief_bytes_max), notice.link);
    out.end_object();
    out.end_array();
    out.end_object();
    message.body = Secret(std::move(body));
    return std::optional<Outgoing>(std::move(message));
  }
};

}  // namespace

std::unique_ptr<Channel> make_teams(Settings settings) {
  return std::make_unique<Teams>(std::move(settings));
}

}  // namespace claw::channel
