// Channels and approvers: who is asked, where they are told, and what a model is asked with.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/decode/decode.h"
#include "config/hosts.h"
#include "config/kinds/kinds.h"

namespace claw::config {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::uint64_t async_body_bytes_max = 8ULL * 1024 * 1024;  // All of it waits in memory.
constexpr std::uint16_t submission_port = 587;
constexpr std::uint16_t submissions_port = 465;
constexpr std::size_t policy_bytes_max = 32 * 1024;

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// `ann`, `group:dba`; as accounts are called.
bool is_account(std::string_view text) {
  if (text.starts_with("group:")) text.remove_prefix(6);
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '@' || c == '+';
  });
}

bool is_mail(std::string_view text) {
  const std::size_t at = text.rfind('@');
  constexpr std::string_view never = " ()<>[]:;\\,\"@";
  return at != std::string_view::npos && at > 0 && text.size() <= 254 &&
         parse_host(text.substr(at + 1)).ok() && text.find(':', at) == std::string_view::npos &&
         text.substr(0, at).find_first_of(never) == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

// Where in a Slack workspace, Discord server or chat; it becomes part of a path for some.
bool is_place(channel::Kind kind, std::string_view to) {
  if (kind == channel::Kind::discord) return is_digits(to) && to.size() <= 20;
  if (kind == channel::Kind::telegram && to.starts_with('-')) return is_digits(to.substr(1));
  return !to.empty() && to.size() <= 128 &&
         std::ranges::all_of(to, [](char c) { return c > ' ' && c != 0x7F; });
}

std::string_view place_of(channel::Kind kind) {
  if (kind == channel::Kind::discord) return "a channel's id: digits, from `Copy Channel ID`";
  return kind == channel::Kind::telegram ? "a chat's id such as `-1001234567890`, or `@channel`"
                                         : "a channel such as `#ops` or `C02ABCDEF`";
}

channel::Security security_of(const Fields& fields) {
  const std::string said = fields.text("security", "starttls");
  return said == "tls" ? channel::Security::tls : said == "none" ? channel::Security::none
                                                                 : channel::Security::starttls;
}

}  // namespace

// Null, after saying why, unless `credential` names one of that kind.
const Symbol* Assembly::credential_of(const Fields& fields, std::string_view kind) {
  const Node* node = fields.find("credential");
  const Symbol* symbol = node ? symbols_.resolve(*node, "credential") : nullptr;
  if (!symbol || symbol->typed.starts_with(std::string(kind) + ".")) return symbol;
  diagnostics_.error(node->range, fmt::format("{} is no {}", quoted(symbol->typed), kind));
  return nullptr;
}

void Assembly::channel(const Block& block) {
  const Fields fields(block);
  const channel::Needs* needs = channel::needs_named(block.labels.front().text);
  if (!needs) return;
  channel::Settings channel;
  channel.kind = needs->kind;
  channel.name = block.labels.back().text;
  if (const Symbol* credential = credential_of(fields, needs->credential_kind)) {
    channel.credential = credential->name;
  }
  channel.url = fields.text("url", needs->url);
  while (needs->kind != channel::Kind::webhook && channel.url.ends_with('/')) channel.url.pop_back();
  channel.ca_file = path(fields, "ca_file");
  channel.per_minute = static_cast<std::uint32_t>(fields.integer("per_minute", channel.per_minute));
  if (const Node* people = fields.find("people"); people && people->kind == Kind::object) {
    for (const Attribute& each : people->members) {
      channel.people.emplace(each.name, each.value.text);
      if (each.value.kind == Kind::string &&
          (!is_account(each.value.text) || each.value.text.find(':') != std::string::npos)) {
        diagnostics_.error(each.value.range, fmt::format("{} is no account", quoted(each.value.text)));
      }
    }
  }
  if (needs->kind == channel::Kind::email) {
    mail(fields, channel);
  } else if (fields.has("to")) {
    channel.to = fields.text("to");
    if (!is_place(channel.kind, channel.to)) {
      diagnostics_.error(fields.range("to"), fmt::format("{} is no channel here", quoted(channel.to)),
                         std::string(place_of(channel.kind)));
    }
  }
  if (fields.has("public_key")) {
    const Result<std::string> key = from_hex(fields.text("public_key"));
    if (key && key->size() == 32) channel.public_key = *key;
    else diagnostics_.error(fields.range("public_key"), "a public key is 64 hexadecimal digits");
  }
  if (!snapshot_->channel(channel.name)) snapshot_->channels.push_back(std::move(channel));
}

void Assembly::mail(const Fields& fields, channel::Settings& channel) {
  channel.security = security_of(fields);
  for (HostPort& server : fields.hosts("host")) {
    channel.host = server.host;
    channel.port = server.port != 0 ? server.port
                   : channel.security == channel::Security::tls ? submissions_port : submission_port;
  }
  if (channel.host.empty() || is_wildcard(channel.host)) {
    if (fields.has("host")) diagnostics_.error(fields.range("host"), "a mail server has one name");
  } else if (channel.security == channel::Security::none && !is_loopback(channel.host)) {
    diagnostics_.error(fields.range("security"), "mail leaves this machine by TLS only");
  }
  channel.user = fields.text("user");
  if (channel.user.empty() != channel.credential.empty()) {
    diagnostics_.error(fields.range(fields.has("user") ? "user" : "credential"),
                       "`user` and `credential` belong together");
  } else if (!channel.user.empty() && channel.security == channel::Security::none) {
    diagnostics_.error(fields.range("user"), "a password is not sent without TLS");
  }
  channel.from = fields.text("from");
  channel.recipients = fields.texts("to");
  if (fields.has("from") && !is_mail(channel.from)) {
    diagnostics_.error(fields.range("from"), fmt::format("{} is no mail address", quoted(channel.from)));
  }
  for (const Node* each : fields.list("to")) {
    if (each->kind == Kind::string && !is_mail(each->text)) {
      diagnostics_.error(each->range, fmt::format("{} is no mail address", quoted(each->text)));
    }
  }
}

void Assembly::approver(const Block& block) {
  const Fields fields(block);
  const Settings& settings = snapshot_->settings;
  Approver approver;
  approver.kind = block.labels.front().text;
  approver.name = block.labels.back().text;
  approver.timeout_us = settings.approval_timeout_us;
  if (approver.kind == "llm_approver") model(fields, approver);
  else human(fields, approver);
  snapshot_->approvers.push_back(std::move(approver));
}

void Assembly::human(const Fields& fields, Approver& approver) {
  approver.timeout_us = fields.duration_us("timeout", approver.timeout_us);
  approver.required = static_cast<std::uint32_t>(fields.integer(
      "require_approvers", static_cast<std::int64_t>(snapshot_->settings.require_approvers)));
  approver.people = fields.texts("approvers");
  approver.interactive = fields.boolean("interactive", true);
  approver.sync_wait_us = fields.duration_us("sync_wait_timeout", 0);
  approver.remind_every_us = fields.duration_us("remind_every", 0);
  bool has_group = false;
  for (const Node* each : fields.list("approvers")) {
    has_group = has_group || each->text.starts_with("group:");
    if (each->kind == Kind::string && !is_account(each->text)) {
      diagnostics_.error(each->range, fmt::format("{} is no account and no group", quoted(each->text)),
                         "as in `approvers = [\"ann\", \"group:dba\"]`");
    }
  }
  if (fields.has("approvers") && !has_group && approver.people.size() < approver.required) {
    diagnostics_.error(fields.range("approvers"), fmt::format("{} must allow, and only {} may answer",
                                                              approver.required, approver.people.size()));
  }
  if (fields.has("remind_every") && approver.remind_every_us < second_us) {
    diagnostics_.error(fields.range("remind_every"), "nobody is reminded more often than once a second");
  }
  told_in(fields, approver);
  escalation(fields, approver);
  async_grant(fields, approver);
  message(fields, approver);
}

void Assembly::told_in(const Fields& fields, Approver& approver) {
  bool has_name = false;
  for (const Node* node : fields.list("channel")) {
    const bool is_name = node->kind == Kind::string &&
                         (node->text.starts_with('#') || node->text.find('.') == std::string::npos);
    if (is_name) {
      has_name = true;
      slack_channel(*node, fields, approver);
    } else if (const Symbol* symbol = symbols_.resolve(*node, "channel")) {
      approver.channels.push_back(symbol->name);
    }
  }
  if (!has_name && fields.has("credential")) {
    diagnostics_.error(fields.range("credential"), "a `channel` block has its own credential",
                       "`credential` here goes with the name of a Slack channel");
  }
}

// As the original has it: the name of a Slack channel, and the Slack app's tokens.
void Assembly::slack_channel(const Node& name, const Fields& fields, Approver& approver) {
  if (!fields.has("credential")) {
    approver.unserved = fmt::format("no message is sent to {}: there is no `credential`", quoted(name.text));
    return diagnostics_.warning(name.range, approver.unserved, "only the dashboard shows the question");
  }
  const Symbol* credential = credential_of(fields, "slack_tokens");
  if (!credential) return;
  if (!is_place(channel::Kind::slack, name.text)) {
    return diagnostics_.error(name.range, fmt::format("{} is no Slack channel", quoted(name.text)));
  }
  channel::Settings channel;
  channel.kind = channel::Kind::slack;
  channel.name = approver.name;
  channel.credential = credential->name;
  channel.to = name.text;
  channel.url = channel::needs_of(channel.kind).url;
  if (snapshot_->channel(channel.name)) {
    return diagnostics_.error(name.range,
                              fmt::format("there is already a channel called {}", quoted(channel.name)),
                              "write a `channel` block for this one");
  }
  approver.channels.push_back(channel.name);
  snapshot_->channels.push_back(std::move(channel));
}

void Assembly::escalation(const Fields& fields, Approver& approver) {
  if (fields.has("escalate_to") != fields.has("escalate_after")) {
    return diagnostics_.error(fields.range(fields.has("escalate_to") ? "escalate_to" : "escalate_after"),
                              "`escalate_to` and `escalate_after` belong together");
  }
  const Node* to = fields.find("escalate_to");
  if (!to) return;
  approver.escalate_after_us = fields.duration_us("escalate_after", 0);
  if (approver.escalate_after_us >= approver.timeout_us) {
    diagnostics_.error(fields.range("escalate_after"), "the question has ended by then",
                       fmt::format("its timeout is {} s", approver.timeout_us / second_us));
  }
  const Symbol* symbol = symbols_.resolve(*to, "approver");
  if (!symbol) return;
  if (symbol->name == approver.name) return diagnostics_.error(to->range, "this is the same approver");
  if (symbol->typed.starts_with("llm_approver.")) {
    return diagnostics_.error(to->range, "a model is asked first, not last");
  }
  approver.escalate_to = symbol->name;
}

void Assembly::async_grant(const Fields& fields, Approver& approver) {
  const Block* block = fields.nested("async_grant");
  if (!block) return;
  const Fields inside(*block);
  approver.async.enabled = inside.boolean("enabled", false);
  approver.async.retry_ttl_us = inside.duration_us("approved_retry_ttl", approver.async.retry_ttl_us);
  approver.async.body_bytes_max = inside.bytes("max_body_bytes", approver.async.body_bytes_max);
  if (approver.async.body_bytes_max > async_body_bytes_max) {
    diagnostics_.error(inside.range("max_body_bytes"), "`max_body_bytes` is 8MiB at most");
  }
  if (approver.async.enabled && approver.sync_wait_us == 0) {
    diagnostics_.warning(head_of(*block),
                         "agents wait to the question's end: there is no `sync_wait_timeout`",
                         "write how long they wait on their connection before they are sent away");
  }
}

void Assembly::message(const Fields& fields, Approver& approver) {
  static const std::vector<std::string> names = {"agent", "profile", "endpoint", "rule",    "reason",
                                                 "summary", "family", "owner", "approver"};
  const Node* node = fields.find("message");
  if (!node || node->kind != Kind::string) return;
  approver.message = node->text;
  for (std::size_t at = node->text.find("{{"); at != std::string::npos; at = node->text.find("{{", at + 2)) {
    const std::size_t end = node->text.find("}}", at);
    if (end == std::string::npos) {
      return diagnostics_.error(node->range_at(at, at + 2), "`{{` without `}}`");
    }
    const std::string name(trim(std::string_view(node->text).substr(at + 2, end - at - 2)));
    if (std::ranges::find(names, name) != names.end()) continue;
    diagnostics_.error(node->range_at(at, end + 2), fmt::format("there is no {} to fill in", quoted(name)),
                       did_you_mean(name, names));
  }
}

void Assembly::model(const Fields& fields, Approver& approver) {
  model::Settings settings;
  settings.name = approver.name;
  settings.model = fields.text("model");
  const bool is_claude = settings.model.starts_with("claude");
  const std::string api = fields.text("api", is_claude ? "anthropic" : "openai_chat");
  settings.api = api == "anthropic"     ? model::Api::anthropic
                 : api == "openai_chat" ? model::Api::openai_chat
                                        : model::Api::openai_responses;
  settings.url =
      fields.text("url", api == "anthropic" ? "https://api.anthropic.com" : "https://api.openai.com/v1");
  while (settings.url.ends_with('/')) settings.url.pop_back();
  if (settings.url.find('?') != std::string::npos) {
    diagnostics_.error(fields.range("url"), "the base of an API has no query");
  }
  settings.ca_file = path(fields, "ca_file");
  settings.timeout_us = fields.duration_us("timeout", settings.timeout_us);
  settings.on_failure =
      fields.text("on_failure") == "pass" ? model::OnFailure::pass : model::OnFailure::deny;
  settings.policy = fields.text("policy");
  if (settings.policy.size() > policy_bytes_max) {
    diagnostics_.error(fields.range("policy"), "a policy of more than 32 KiB");
  }
  if (trim(settings.policy).empty()) {
    constexpr std::string_view missing = "`policy` is missing: the model would not know what to allow";
    if (snapshot_->schema_version >= 2) diagnostics_.error(head_of(fields.block()), std::string(missing));
    else {
      diagnostics_.warning(head_of(fields.block()), std::string(missing), "it is told to pass everything on");
    }
    settings.policy = "There is none. Decide `pass` about everything.";
  }
  if (const Node* node = fields.find("credential")) {
    const Symbol* symbol = symbols_.resolve(*node, "credential");
    const std::string kind = symbol ? symbol->typed.substr(0, symbol->typed.find('.')) : "";
    if (symbol && !can_serve(kind, "https")) {
      diagnostics_.error(node->range, fmt::format("a model cannot be asked with a {}", kind));
    }
    settings.credential = symbol ? symbol->name : "";
  } else if (settings.url.starts_with("https://api.")) {
    diagnostics_.error(head_of(fields.block()), "`credential` is missing: that vendor wants one");
  }
  approver.required = 1;
  approver.llm = std::move(settings);
}

}  // namespace claw::config
