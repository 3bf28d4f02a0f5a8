#include "approval/answering.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace claw::approval {
namespace {

constexpr std::string_view group_prefix = "group:";

Error refused(Code code, std::string what) { return {code, std::move(what), {}}; }

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// `Ann` is `ann`, as everywhere where people are counted.
bool is_named(const std::vector<std::string>& people, const Reply& reply) {
  if (people.empty()) return true;
  return std::ranges::any_of(people, [&reply](std::string_view each) {
    if (!each.starts_with(group_prefix)) return equals_ignoring_case(each, reply.person);
    const std::string_view group = each.substr(group_prefix.size());
    return std::ranges::any_of(reply.groups,
                               [group](std::string_view of) { return equals_ignoring_case(of, group); });
  });
}

bool may_answer_for(const Entry& entry, const Approver& approver, const Reply& reply) {
  const bool is_model = approver.kind == Approver::Kind::model;
  if (reply.by_model) return is_model && reply.approver == approver.name;
  if (is_model) return false;
  if (is_named(approver.people, reply)) return true;
  return contains(entry.escalated, approver.name) && is_named(approver.escalation.people, reply);
}

// A reply names the approver itself, or the one that its question was passed on to.
bool is_meant(const Entry& entry, const Approver& approver, std::string_view named) {
  if (named.empty() || named == approver.name) return true;
  return contains(entry.escalated, approver.name) && named == approver.escalation.to;
}

bool is_content(const Entry& entry, const Approver& approver) {
  if (approver.kind == Approver::Kind::people) return allowed_for(entry, approver) >= approver.required;
  return std::ranges::any_of(entry.replies, [&approver](const Reply& reply) {
    return reply.by_model && reply.approver == approver.name && reply.choice != Choice::deny;
  });
}

State state_of(const Entry& entry) {
  const std::vector<Approver>& asked = entry.question.approvers;
  const auto is_people = [](const Approver& each) { return each.kind == Approver::Kind::people; };
  const auto allows_alone = [&](const Approver& approver) {
    return approver.may_allow && std::ranges::any_of(entry.replies, [&approver](const Reply& reply) {
             return reply.by_model && reply.approver == approver.name && reply.choice == Choice::allow;
           });
  };
  if (std::ranges::any_of(asked, allows_alone)) return State::allowed;
  if (!std::ranges::all_of(asked, [&](const Approver& each) { return is_content(entry, each); })) {
    return State::open;
  }
  return std::ranges::any_of(asked, is_people) ? State::allowed : State::denied;
}

}  // namespace

std::size_t allowed_for(const Entry& entry, const Approver& approver) {
  std::set<std::string> people;
  for (const Reply& reply : entry.replies) {
    const bool counts = reply.choice == Choice::allow && is_meant(entry, approver, reply.approver) &&
                        may_answer_for(entry, approver, reply);
    if (counts) people.insert(lower(reply.person));
  }
  return people.size();
}

Result<std::vector<std::string>> counts_for(const Entry& entry, const Reply& reply) {
  std::vector<std::string> approvers;
  bool is_known = false;
  for (const Approver& approver : entry.question.approvers) {
    if (!is_meant(entry, approver, reply.approver)) continue;
    is_known = true;
    if (may_answer_for(entry, approver, reply)) approvers.push_back(approver.name);
  }
  if (!is_known) return refused(Code::denied, quoted(reply.approver) + " is not asked about this");
  if (approvers.empty()) return refused(Code::denied, quoted(reply.person) + " is not asked about this");
  if (reply.by_model || reply.choice != Choice::allow) return approvers;
  const Question& question = entry.question;
  if (!question.owner.empty() && equals_ignoring_case(question.owner, reply.person)) {
    return refused(Code::denied,
                   "the agent acts for " + quoted(reply.person) + ": somebody else must allow it");
  }
  if (reply.assurance < question.assurance) {
    return refused(Code::denied, "allowing this needs a " + std::string(name_of(question.assurance)));
  }
  return approvers;
}

Result<State> take(Entry& entry, Reply reply) {
  if (reply.choice == Choice::pass && !reply.by_model) {
    return refused(Code::invalid, "only a model leaves it to the next approver");
  }
  CLAW_TRY(const std::vector<std::string> approvers, counts_for(entry, reply));
  const auto is_same = [&reply](const Reply& earlier) {
    return equals_ignoring_case(earlier.person, reply.person) && earlier.approver == reply.approver;
  };
  const bool denies = reply.choice == Choice::deny;
  if (!denies && std::ranges::any_of(entry.replies, is_same)) return State::open;
  if (!denies && entry.replies.size() >= replies_max) {
    return refused(Code::limit, "too many people have answered this");
  }
  entry.replies.push_back(std::move(reply));
  return denies ? State::denied : state_of(entry);
}

}  // namespace claw::approval
