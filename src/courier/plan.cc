#include "courier/plan.h"

#include "approval/channel/text.h"
#include "base/text.h"
#include "outbound/request.h"

namespace claw::courier {

namespace {

constexpr std::size_t filled_bytes_max = 200;  // Of one `{{name}}`.

vault::Credential credential_of(const config::Snapshot& snapshot, std::string_view name) {
  const config::Credential* found = name.empty() ? nullptr : snapshot.credential(name);
  if (found == nullptr) return {};
  return {found->kind, found->name, found->user, found->database, found->settings, found->placeholder};
}

Result<std::shared_ptr<io::TlsContext>> trust_of(const std::string& ca_file) {
  if (ca_file.empty()) return std::shared_ptr<io::TlsContext>();
  return outbound::trust_of(ca_file);
}

}  // namespace

Rota Plan::rota() const {
  Rota rota;
  for (const auto& [name, approver] : approvers) {
    rota.approvers.emplace(name, Route{approver.channels, approver.remind_every_us});
  }
  for (const auto& [name, line] : lines) {
    const channel::Traits traits = line.channel->traits();
    rota.channels.emplace(name, Lane{traits.edits, traits.groups, line.channel->settings().per_minute});
  }
  return rota;
}

std::string Plan::link(std::string_view question) const {
  if (public_url.empty()) return {};
  return public_url + "/#/approvals/" + std::string(question);
}

std::string Plan::account(const Line& line, std::string_view person) const {
  const channel::Settings& here = line.channel->settings();
  if (const auto found = here.people.find(person); found != here.people.end()) return found->second;
  for (const auto& [name, other] : lines) {
    const channel::Settings& there = other.channel->settings();
    if (there.kind != here.kind || there.credential != here.credential) continue;
    if (const auto found = there.people.find(person); found != there.people.end()) return found->second;
  }
  return {};
}

Result<std::shared_ptr<const Plan>> make_plan(const config::Snapshot& snapshot,
                                              const std::optional<channel::Settings>& always) {
  auto plan = std::make_shared<Plan>();
  plan->public_url = snapshot.settings.public_url;
  for (const channel::Settings& settings : snapshot.channels) {
    Line line;
    line.channel = channel::make(settings);
    line.credential = credential_of(snapshot, settings.credential);
    CLAW_TRY(line.trust, trust_of(settings.ca_file));
    plan->lines.emplace(settings.name, std::move(line));
  }
  if (always) {
    Line line;
    line.channel = channel::make(*always);
    line.credential = {"webhook_secret", always->credential, {}, {}, {}, {}};
    CLAW_TRY(line.trust, trust_of(always->ca_file));
    const bool is_new = plan->lines.emplace(always->name, std::move(line)).second;
    if (!is_new) return invalid("a channel called " + quoted(always->name) + " is the environment's");
  }
  for (const config::Approver& approver : snapshot.approvers) {
    config::Approver& planned = plan->approvers.emplace(approver.name, approver).first->second;
    if (always) planned.channels.push_back(always->name);
    if (!approver.llm) continue;
    Judge judge;
    judge.settings = *approver.llm;
    judge.credential = credential_of(snapshot, approver.llm->credential);
    CLAW_TRY(judge.trust, trust_of(approver.llm->ca_file));
    plan->judges.emplace(approver.name, std::move(judge));
  }
  return std::shared_ptr<const Plan>(std::move(plan));
}

Result<channel::Secrets> secrets_of(const Line& line, vault::Vault& vault) {
  channel::Secrets secrets;
  const std::string& name = line.credential.name;
  if (name.empty()) return secrets;
  bool is_first = true;
  for (const std::string_view slot : channel::needs_of(line.channel->settings().kind).slots) {
    Result<Secret> found = vault.secret(name, slot);
    if (!found && found.error().code == Code::not_found && is_first) found = vault.secret(name);
    is_first = false;
    if (found) secrets.emplace(slot, std::move(*found));
    else if (found.error().code != Code::not_found) return std::move(found).error();
  }
  return secrets;
}

std::string fill_in(std::string_view message, const approval::Question& question, std::string_view approver) {
  const std::pair<std::string_view, std::string_view> values[] = {
      {"agent", question.agent},     {"profile", question.profile}, {"endpoint", question.endpoint},
      {"rule", question.rule},       {"reason", question.reason},   {"summary", question.summary},
      {"family", question.family},   {"owner", question.owner},     {"approver", approver},
  };
  std::string out;
  while (!message.empty()) {
    const std::size_t open = std::min(message.find("{{"), message.size());
    out += message.substr(0, open);
    message.remove_prefix(open);
    const std::size_t close = message.find("}}");
    if (close == std::string_view::npos) break;
    const std::string_view name = trim(message.substr(2, close - 2));
    for (const auto& [each, value] : values) {
      if (each == name) out += channel::shown_line(value, filled_bytes_max);
    }
    message.remove_prefix(close + 2);
  }
  return out + std::string(message);
}

}  // namespace claw::courier
