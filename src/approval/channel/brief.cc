#include "approval/channel/brief.h"

#include <fmt/format.h>

#include <algorithm>

#include "approval/channel/text.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/text.h"

namespace claw::channel {

namespace {

constexpr std::size_t values_max = 8;           // Bound values that are shown.
constexpr std::size_t evidence_max = 4;
constexpr std::size_t evidence_bytes_max = 300;
constexpr std::size_t seal_digits =
    16;  // 64 bits: it must not be hit by chance, the question's id is.

std::string people_of(const approval::Entry& entry) {
  std::vector<std::string> names;
  for (const approval::Reply& reply : entry.replies) {
    if (entry.state == approval::State::denied && reply.choice != approval::Choice::deny) continue;
    std::string name = shown_line(reply.person, value_bytes_max);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names.empty() ? "nobody" : join(names, ", ");
}

std::string how_it_ended(const approval::Entry& entry) {
  switch (entry.state) {
    case approval::State::open: return "Approval needed";
    case approval::State::allowed: return "Allowed by " + people_of(entry);
    case approval::State::denied: return "Denied by " + people_of(entry);
    case approval::State::expired: return "Nobody answered in time: denied";
    case approval::State::withdrawn: return "Taken back: the agent did not wait";
    case approval::State::shutdown: return "The gateway stopped: denied";
  }
  check_failed("every state has words", __FILE__, __LINE__);
}

std::string title_of(const Notice& notice) {
  if (notice.entry.state != approval::State::open) return how_it_ended(notice.entry);
  switch (notice.event) {
    case Event::asked:
    case Event::grown: break;
    case Event::reminded: return "Still waiting for approval";
    case Event::escalated: return "Nobody has answered yet: approval needed";
    case Event::ended: break;
    case Event::found: return "Unlike this agent";
  }
  return notice.entry.question.destructive ? "Approval needed: destructive" : "Approval needed";
}

void add(std::vector<Fact>& facts, std::string_view label, std::string_view value) {
  if (!value.empty()) facts.push_back({std::string(label), shown_line(value, value_bytes_max)});
}

std::vector<Fact> facts_of(const Notice& notice) {
  const approval::Question& question = notice.entry.question;
  std::vector<Fact> facts;
  add(facts, "Agent", question.agent.empty() ? "unknown" : question.agent);
  add(facts, "For", question.owner);
  add(facts, "Endpoint", question.endpoint);
  add(facts, "Rule", question.rule);
  add(facts, notice.event == Event::found ? "Kind" : "Why it is asked", question.reason);
  if (notice.count > 1) add(facts, "Waiting like this", fmt::format("{} actions", notice.count));
  for (std::size_t i = 0; i < std::min(question.parameters.size(), values_max); ++i) {
    const auto& value = question.parameters[i];
    add(facts, fmt::format("${}", i + 1), value ? std::string_view(*value) : "NULL");
  }
  if (question.parameters.size() > values_max) {
    add(facts, "More values", std::to_string(question.parameters.size() - values_max));
  }
  if (!notice.entry.replies.empty() && notice.entry.state == approval::State::open) {
    add(facts, "Allowed so far by", people_of(notice.entry));
  }
  for (const approval::Reply& reply : notice.entry.replies) {
    if (!reply.comment.empty()) {
      facts.push_back({"Comment of " + shown_line(reply.person, value_bytes_max),
                       shown_line(reply.comment, comment_bytes_max)});
    }
  }
  return facts;
}

std::string note_of(const Notice& notice, const Brief& brief) {
  if (notice.event == Event::found) return "Nothing was stopped because of it";
  if (!brief.is_open) return {};
  std::string note = fmt::format("Expires in {} s", std::max<std::int64_t>(notice.left_us / 1'000'000, 0));
  if (notice.left_us > 120'000'000) note = fmt::format("Expires in {} min", notice.left_us / 60'000'000);
  if (!brief.may_allow) note += "; allowing needs a passkey: use the dashboard";
  return note;
}

std::size_t bytes_of(const std::vector<Fact>& facts) {
  std::size_t bytes = 0;
  for (const Fact& fact : facts) bytes += fact.label.size() + fact.value.size() + 4;
  return bytes;
}

std::size_t bytes_of(const Brief& brief) {
  constexpr std::size_t between = 200;  // Labels and empty lines of ours.
  return between + brief.title.size() + brief.summary.size() + brief.words.size() + bytes_of(brief.facts) +
         brief.text.size() + bytes_of(brief.evidence) + brief.says.size() + brief.note.size();
}

void fit(Brief& brief, std::size_t bytes_max) {
  if (bytes_of(brief) <= bytes_max) return;
  brief.text = shown(brief.text, bytes_max / 4);
  brief.words = shown(brief.words, bytes_max / 8);
  brief.says = shown(brief.says, bytes_max / 8);
  while (!brief.evidence.empty() && bytes_of(brief) > bytes_max) brief.evidence.pop_back();
  constexpr std::size_t facts_min = 5;  // Agent, owner, endpoint, rule, reason.
  while (brief.facts.size() > facts_min && bytes_of(brief) > bytes_max) brief.facts.pop_back();
  brief.note += brief.note.empty() ? "There is more in the dashboard" : "; there is more in the dashboard";
}

}  // namespace

Brief brief_of(const Notice& notice, std::size_t bytes_max) {
  const approval::Question& question = notice.entry.question;
  Brief brief;
  brief.is_open = notice.entry.state == approval::State::open;
  brief.may_allow = question.assurance == approval::Assurance::none;
  brief.title = title_of(notice);
  brief.summary =
      shown_line(question.summary.empty() ? question.family : question.summary, summary_bytes_max);
  brief.words = shown(notice.text, text_bytes_max);
  brief.facts = facts_of(notice);
  brief.text = shown(question.text, text_bytes_max);
  for (std::size_t i = 0; i < std::min(question.evidence.size(), evidence_max); ++i) {
    const approval::Evidence& each = question.evidence[i];
    brief.evidence.push_back({shown_line(each.title, value_bytes_max) + (each.failed ? " (failed)" : ""),
                              shown(each.text, evidence_bytes_max)});
  }
  brief.says = shown(question.reasoning, says_bytes_max);
  brief.note = note_of(notice, brief);
  fit(brief, bytes_max);
  return brief;
}

// Foreign lines are indented by a bar, so that none can pass for one of ours.
std::string plain_text(const Brief& brief, std::string_view link) {
  const auto quoted_lines = [](std::string_view text) {
    std::string out;
    for (const std::string_view line : split(text, '\n')) out += fmt::format("  | {}\n", line);
    return out;
  };
  std::string out = fmt::format("{}\n\n", brief.title);
  if (!brief.words.empty()) out += brief.words + "\n\n";
  out += fmt::format("What:\n{}", quoted_lines(brief.summary));
  for (const Fact& fact : brief.facts) out += fmt::format("{}: {}\n", fact.label, fact.value);
  if (!brief.text.empty()) out += fmt::format("\nThe action:\n{}", quoted_lines(brief.text));
  for (const Fact& fact : brief.evidence) {
    out += fmt::format("\n{}:\n{}", fact.label, quoted_lines(fact.value));
  }
  if (!brief.says.empty()) out += fmt::format("\n{}:\n{}", says_label, quoted_lines(brief.says));
  if (!brief.note.empty()) out += fmt::format("\n{}.\n", brief.note);
  if (!link.empty()) out += fmt::format("\n{}\n", link);
  return out;
}

std::string seal_of(approval::Choice choice, const approval::Question& question, std::string_view key) {
  std::string sealed = fmt::format("{}:{}:{}", approval::name_of(choice), question.id, question.fingerprint);
  return to_hex(crypto::view(crypto::hmac_sha256(key, sealed))).substr(0, seal_digits);
}

std::string button_of(approval::Choice choice, const approval::Question& question, std::string_view key) {
  return fmt::format("{}:{}:{}", choice == approval::Choice::allow ? "a" : "d", question.id,
                     seal_of(choice, question, key));
}

Result<Click> click_of(std::string_view button) {
  const std::vector<std::string_view> parts = split(button, ':');
  const bool is_ours = parts.size() == 3 && (parts[0] == "a" || parts[0] == "d") && !parts[1].empty() &&
                       parts[2].size() == seal_digits;
  if (!is_ours) return invalid("this is no button of the gateway's");
  Click click;
  click.choice = parts[0] == "a" ? approval::Choice::allow : approval::Choice::deny;
  click.question = parts[1];
  click.seal = parts[2];
  return click;
}

}  // namespace claw::channel
