#include "guard/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "approval/fingerprint.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "guard/finding.h"
#include "guard/held.h"

namespace claw::guard {
namespace {

// Who is asked, how long they have, and how long a connection waits for them.
struct Plan {
  std::vector<approval::Approver> approvers;
  std::vector<std::string> names;
  std::int64_t timeout_us = std::numeric_limits<std::int64_t>::max();
  std::int64_t away_us = std::numeric_limits<std::int64_t>::max();
  std::int64_t retry_ttl_us = std::numeric_limits<std::int64_t>::max();
  std::uint64_t body_bytes_max = std::numeric_limits<std::uint64_t>::max();
  bool sends_away = true;  // Every person who is asked takes part.
};

std::optional<Plan> plan_of(const Gate& gate, const policy::Decision& decision, std::string_view profile) {
  Plan plan;
  for (const std::string_view name : decision.approvers) {
    const Approver* approver = gate.approver(name);
    if (approver == nullptr) return std::nullopt;
    plan.approvers.push_back(approver->asked);
    plan.approvers.back().may_allow = decision.models_may_allow;
    plan.names.push_back(approver->asked.name);
    plan.timeout_us = std::min(plan.timeout_us, approver->timeout_us);
    if (approver->asked.kind == approval::Approver::Kind::model) continue;
    plan.sends_away &= approver->async.enabled && approver->sync_wait_us > 0;
    plan.away_us = std::min(plan.away_us, approver->sync_wait_us);
    plan.retry_ttl_us = std::min(plan.retry_ttl_us, approver->async.retry_ttl_us);
    plan.body_bytes_max = std::min(plan.body_bytes_max, approver->async.body_bytes_max);
  }
  plan.sends_away &= !gate.terms().waiting.contains(profile);
  return plan;
}

// What the person would not see in the text: the body, as rules see it.
approval::Evidence evidence_of(std::string_view body) {
  using Kind = approval::Evidence::Kind;
  if (!is_utf8(body)) {
    return {"body", Kind::text, fmt::format("{} bytes that are no text", body.size()), false, true};
  }
  const bool is_json = body.starts_with('{') || body.starts_with('[');
  return {"body", is_json ? Kind::json : Kind::text,
          std::string(body.substr(0, approval::evidence_bytes_max)), false, true};
}

approval::Question question_of(const action::Action& action, const Gate& gate,
                               const policy::Decision& decision) {
  const action::Subject& subject = *action.subject;
  const action::Context& context = *action.context;
  approval::Question question;
  question.id = action.id.view();
  question.fingerprint = approval::fingerprint(action, gate.endpoint().policy_version);
  question.endpoint = context.endpoint;
  question.agent = context.principal.agent;
  question.profile = context.principal.profile;
  question.rule = decision.rule_name;
  question.reason = decision.reason;
  question.family = action::name_of(subject.family);
  question.summary = subject.summary;
  question.text = subject.text;
  question.parameters = action.parameters;
  question.session = action::state_of(subject.family, context);
  question.reasoning = action.reasoning;
  question.destructive = subject.destructive;
  question.owner = gate.owner_of(context.principal.agent);
  if (action.rows_counted >= 0) {
    question.evidence.push_back({"rows it changed before it was rolled back", approval::Evidence::Kind::count,
                                 std::to_string(action.rows_counted), false});
  }
  if (!subject.body.empty()) question.evidence.push_back(evidence_of(subject.body));
  return question;
}

// On the disk is what the record has of it, and what people see of it beside that is not. The next gateway
// asks with that; whoever is asked sees that something is hidden.
approval::Question kept_question(approval::Question question, const audit::Held& held) {
  if (held.redaction == nullptr) return question;
  std::string key(32, '\0');
  fill_random(key);  // Marks in these files need not be comparable with any other.
  std::string body = "{";
  audit::append_body(body, held, key);
  const auto record = json::parse(body);
  const json::Value nothing = json::Object{};
  const json::Value& shown = record.ok() ? *record : nothing;
  question.summary = shown.text_or("summary", "[redacted]");
  question.text = shown.text_or("text", "[redacted]");
  question.reasoning = shown.text_or("reasoning", "");
  const json::Value* values = shown.find("parameters");
  const json::Array* list = values != nullptr ? values->array() : nullptr;
  for (std::size_t i = 0; i < question.parameters.size(); ++i) {
    if (!question.parameters[i]) continue;
    const bool is_there = list != nullptr && i < list->size();
    const std::string* text = is_there ? (*list)[i].string() : nullptr;
    question.parameters[i] = text != nullptr ? *text : "[redacted]";
  }
  for (approval::Evidence& each : question.evidence) each.text = "[redacted]";
  return question;
}

}  // namespace

std::string reason_of(const approval::Answer& answer) {
  switch (answer.state) {
    case approval::State::allowed: return "a person allowed it";
    case approval::State::denied:
      return "a person was asked and said no" + (answer.comment.empty() ? "" : ": " + answer.comment);
    case approval::State::expired: return "a person was asked and did not answer in time";
    case approval::State::withdrawn: return "the agent took it back before a person had answered";
    case approval::State::shutdown: return "the gateway stopped before a person had answered";
    case approval::State::open: break;
  }
  check_failed("an answer ends its question", __FILE__, __LINE__);
}

Ruling Guard::hold(const std::shared_ptr<const Gate>& gate, action::Action action, policy::Decision decision,
                   const Later& later) {
  const Id id = action.id;
  const auto refuse = [&](const action::Action& refused, std::string_view reason) {
    Finding finding(decision);
    finding.reason = reason;
    return Ruling{id, false, release(*gate, refused, finding)};
  };
  if (action.has_more) {
    action::Verdict more = action::refuse("a person is to see the body first");
    more.wants_body = true;
    return {id, false, std::move(more)};
  }
  if (auto back = returned(*gate, action, decision)) return std::move(*back);
  const std::optional<Plan> plan = plan_of(*gate, decision, action.context->principal.profile);
  if (!plan) return refuse(action, "this needs a person, and nobody is configured to be asked");
  approval::Question question = question_of(action, *gate, decision);
  const bool is_previewed = decision.preview;
  question.preparing = is_previewed;
  if (decision.needs_passkey) question.assurance = approval::Assurance::passkey;
  const auto held = std::make_shared<Held>(Held{gate, std::move(action), decision, question.fingerprint,
                                                clock_.wall_us(), clock_.monotonic_us(), later});
  question.asked_us = held->asked_us;
  question.asked_monotonic_us = held->asked_monotonic_us;
  question.deadline_us = held->asked_monotonic_us + plan->timeout_us;
  question.approvers = plan->approvers;

  const audit::Held record{
      .action = held->action,
      .question = id.view(),
      .rule = decision.rule_name,
      .reason = decision.reason,
      .policy = gate->endpoint().policy_version,
      .approvers = plan->names,
      .deadline_us = held->asked_us + plan->timeout_us,
      .parameters = gate->endpoint().parameters,
      .redaction = gate->endpoint().redaction.get(),
  };
  if (!write(record, false)) return refuse(held->action, not_recorded_reason);
  // Of what is under a call, the call is what comes back.
  if (operations_ != nullptr && held->action.can_return && held->action.context->principal.call.empty()) {
    const Status kept =
        operations_->begin(kept_question(question, record), record.deadline_us, plan->retry_ttl_us);
    if (!kept) return refuse(held->action, "what is asked could not be kept: " + kept.error().what);
    held->is_kept = true;
    const bool is_short = held->action.subject->body.size() <= plan->body_bytes_max;
    held->away_us = plan->sends_away && is_short ? held->asked_monotonic_us + plan->away_us : 0;
    const std::lock_guard lock(kept_mutex_);
    kept_.emplace(id.view(), held);
  }

  approvals_pending_.add(1);
  const Status asked = questions_.ask(std::move(question), [this, held](const approval::Answer& answer) {
    approvals_pending_.add(-1);
    settle(*held, answer);
  });
  if (asked) {
    calls_.tell(held->action, true, {});
    std::shared_ptr<const action::Action> preview;
    if (is_previewed) preview = {held, &held->action};
    return {id, true, {}, std::move(preview)};
  }
  approvals_pending_.add(-1);
  if (held->is_kept) {
    operations_->forget(id.view());
    const std::lock_guard lock(kept_mutex_);
    kept_.erase(std::string(id.view()));
  }
  return refuse(held->action, asked.error().what);
}

// Who waits is told. Whose agent was sent away is judged once it comes back; what a stopping gateway was
// asking, the next one asks again.
void Guard::settle(Held& held, const approval::Answer& answer) {
  const std::string_view id = held.action.id.view();
  answers_.at(static_cast<std::size_t>(answer.state) - 1).add();  // Never open, which is the first.
  bool is_away = false;
  if (held.is_kept) {
    const std::lock_guard lock(kept_mutex_);
    is_away = held.is_away;
    held.is_over = true;
    kept_.erase(std::string(id));
  }
  const bool stops = answer.state == approval::State::shutdown;
  if (is_away && !stops) operations_->answered(id, answer, reason_of(answer), clock_.wall_us());
  if (held.is_kept && !is_away && !stops) operations_->forget(id);
  if (is_away && (stops || answer.state == approval::State::allowed)) return;
  action::Verdict verdict = answered(held, answer);
  if (!is_away && held.later) held.later(std::move(verdict));
}

std::vector<audit::Evidence> Guard::shown_of(std::string_view question) const {
  std::vector<audit::Evidence> shown;
  const auto entry = questions_.show(question);
  if (!entry) return shown;
  for (const approval::Evidence& each : entry->question.evidence) {
    shown.push_back({each.title, each.text, each.is_own, each.failed});
  }
  return shown;
}

action::Verdict Guard::answered(const Held& held, const approval::Answer& answer) {
  const std::string people = join(answer.people, ", ");
  // The question carried the digest out and back; anything else than a match is not leave for this action.
  const bool same = answer.fingerprint == held.fingerprint;
  const std::string reason = same ? reason_of(answer) : "the approval was for another action";
  Finding finding(held.decision);
  if (same && answer.state == approval::State::allowed) finding.outcome = action::Outcome::allow;
  finding.reason = reason;
  finding.approver = people;
  finding.comment = answer.comment;
  finding.asked_us = held.asked_us;
  finding.decided_us = clock_.wall_us();
  finding.evidence = shown_of(held.action.id.view());
  const bool withdrawn = answer.state == approval::State::withdrawn;
  finding.is_undecided = withdrawn || answer.state == approval::State::shutdown;
  if (held.decision.behind_glass && break_glass_.active(held.action.context->principal.profile).empty()) {
    finding.outcome = action::Outcome::deny;
    finding.reason = "the emergency was over before this was allowed";
  }
  approval_seconds_.observe(static_cast<double>(clock_.monotonic_us() - held.asked_monotonic_us) * 1e-6);
  action::Verdict verdict = release(*held.gate, held.action, finding);
  verdict.taken_back = answer.state == approval::State::withdrawn;
  if (verdict.allowed()) calls_.allowed(held.action.id, held.action.covers, held.decision, people);
  return verdict;
}

}  // namespace claw::guard
