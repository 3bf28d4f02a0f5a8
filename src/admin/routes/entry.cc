#include "admin/routes/entry.h"

#include <algorithm>

#include "approval/written.h"
#include "base/text.h"

namespace claw::admin {

namespace {

bool is_among(const std::vector<std::string>& people, const Who& who) {
  if (people.empty()) return true;
  return std::ranges::any_of(people, [&](const std::string& each) {
    if (each == who.person) return true;
    return each.starts_with("group:") && std::ranges::find(who.groups, each.substr(6)) != who.groups.end();
  });
}

// What is not known is null: the person weighs that, as rules do.
void append_session(json::Writer& out, const std::vector<action::Stated>& session) {
  out.key("session");
  out.begin_object();
  for (const action::Stated& each : session) {
    if (each.is_known && each.is_list) {
      out.member(each.name, each.values);
      continue;
    }
    out.key(each.name);
    if (each.is_known) out.string(each.values.front());
    else out.null();
  }
  out.end_object();
}

std::int64_t allowed_for(const approval::Entry& entry, const approval::Approver& approver) {
  return std::ranges::count_if(entry.replies, [&](const approval::Reply& reply) {
    const bool counts = reply.approver.empty() || reply.approver == approver.name;
    const bool is_model = approver.kind == approval::Approver::Kind::model;
    return counts && reply.by_model == is_model && reply.choice == approval::Choice::allow;
  });
}

void append_approvers(json::Writer& out, const approval::Entry& entry) {
  out.key("approvers");
  out.begin_array();
  for (const approval::Approver& approver : entry.question.approvers) {
    out.begin_object();
    out.member("name", approver.name);
    out.member("kind", approver.kind == approval::Approver::Kind::model ? "model" : "people");
    out.member("required", std::int64_t{approver.required});
    out.member("allowed", allowed_for(entry, approver));
    out.member("people", approver.people);
    if (approver.escalation.after_us > 0) {
      out.member("escalates_to", approver.escalation.to);
      out.member("escalates", time_text(entry.question.asked_us + approver.escalation.after_us));
    }
    out.end_object();
  }
  out.end_array();
}

void append_replies(json::Writer& out, const approval::Entry& entry) {
  out.key("replies");
  out.begin_array();
  for (const approval::Reply& reply : entry.replies) {
    out.begin_object();
    out.member("person", reply.person);
    out.member("choice", approval::name_of(reply.choice));
    out.member_unless_empty("approver", reply.approver);
    out.member_unless_empty("comment", reply.comment);
    out.member("at", time_text(reply.at_us));
    out.member("by_model", reply.by_model);
    out.end_object();
  }
  out.end_array();
}

void append_operation(json::Writer& out, const OperationNow& operation) {
  out.key("operation");
  out.begin_object();
  out.member("operation_id", operation.id);
  out.member("state", operation.state);
  out.member_unless_empty("reason", operation.reason);
  if (operation.retry_after_s > 0) out.member("retry_after", operation.retry_after_s);
  out.end_object();
}

void append_asked(json::Writer& out, const approval::Question& question) {
  out.member("agent", question.agent);
  out.member_unless_empty("owner", question.owner);
  out.member("profile", question.profile);
  out.member("endpoint", question.endpoint);
  out.member("family", question.family);
  out.member("rule", question.rule);
  out.member_unless_empty("reason", question.reason);
  out.member("summary", question.summary);
  out.member("text", question.text);
  out.member("destructive", question.destructive);
  approval::append_parameters(out, question.parameters);
  if (!question.session.empty()) append_session(out, question.session);
  out.member_unless_empty("agent_says", question.reasoning);
  out.member("fingerprint", question.fingerprint);
  out.member("assurance", approval::name_of(question.assurance));
  out.member("waits", question.waits_for_retry ? "retry" : "connection");
}

}  // namespace

std::string why_not(const approval::Entry& entry, const Who& who) {
  const approval::Question& question = entry.question;
  if (entry.state != approval::State::open) return "it has been decided already";
  if (!who.may(operators::Scope::approve)) return "your role looks, but does not answer approvals";
  if (!question.owner.empty() && question.owner == who.person) return "the agent that asks acts for you";
  const bool has_allowed = std::ranges::any_of(entry.replies, [&](const approval::Reply& reply) {
    return reply.person == who.person && reply.choice == approval::Choice::allow;
  });
  if (has_allowed) return "you have allowed it; more people must";
  const bool is_asked = std::ranges::any_of(question.approvers, [&](const approval::Approver& approver) {
    if (approver.kind == approval::Approver::Kind::model) return false;
    return is_among(approver.people, who) ||
           (approver.escalation.after_us > 0 && is_among(approver.escalation.people, who));
  });
  return is_asked ? "" : "others are asked: you are not among them";
}

void append_entry(json::Writer& out, const approval::Entry& entry, std::int64_t similar,
                  const Sources& sources, const Who& who) {
  const approval::Question& question = entry.question;
  const bool is_open = entry.state == approval::State::open;
  out.begin_object();
  out.member("id", question.id);
  out.member("state", approval::name_of(entry.state));
  out.member("asked", time_text(question.asked_us));
  if (is_open) {  // The deadline is monotonic time; people read the other.
    const std::int64_t left_us = question.deadline_us - sources.clock.monotonic_us();
    out.member("deadline", time_text(sources.clock.wall_us() + left_us));
  }
  if (entry.ended_us != 0) out.member("ended", time_text(entry.ended_us));
  append_asked(out, question);
  if (sources.operation_of) {
    if (const auto operation = sources.operation_of(question.id)) append_operation(out, *operation);
  }
  out.member("similar", similar);
  approval::append_evidence(out, question.evidence);
  append_approvers(out, entry);
  append_replies(out, entry);
  const std::string reason = why_not(entry, who);
  out.key("you");
  out.begin_object();
  out.member("may_answer", reason.empty());
  out.member_unless_empty("why_not", reason);
  out.end_object();
  out.end_object();
}

std::string entry_text(const approval::Entry& entry, const Sources& sources, const Who& who) {
  std::string text;
  json::Writer out(text);
  const auto similar = static_cast<std::int64_t>(sources.questions.alike(entry.question));
  append_entry(out, entry, similar, sources, who);
  return text;
}

}  // namespace claw::admin
