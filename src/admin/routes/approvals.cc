// Questions to people, and their answers.
#include <fmt/format.h>

#include "admin/routes/entry.h"
#include "admin/routes/handlers.h"
#include "base/text.h"
#include "operators/webauthn/assertion.h"

namespace claw::admin {

namespace {

constexpr std::int64_t listed_max = 1000;

using approval::Choice;

struct Chosen {
  Choice choice;
  approval::Reply reply;
};

// An operating system's user speaks for themselves alone once anybody has an account: otherwise one person at
// the socket would be as many as a question needs, and would answer as somebody without that person's second
// factor.
Status speaks_as(const Call& call, Sources& sources, std::string& person) {
  const std::string wanted = call.body.text_or("person", call.who.person);
  if (!call.who.on_socket) {
    if (wanted == call.who.person) return Done{};
    return Error{Code::denied, "everybody answers for themselves", {}};
  }
  const auto account = sources.people.person(call.who.person);
  if (account && account->has_second_factor() && wanted == call.who.person) {
    return Error{
        Code::denied, fmt::format("`{}` has an account with a second factor: sign in to answer", wanted), {}};
  }
  if (wanted != call.who.person && !sources.people.people().empty()) {
    return Error{
        Code::denied, "there are accounts: whoever answers signs in, or brings a token of their own", {}};
  }
  person = wanted;
  return Done{};
}

// With which proof; nothing: as it is enough. Or the answer that says what is missing.
std::optional<Answer> prove(const Call& call, Sources& sources, const approval::Question& question,
                            approval::Reply& reply) {
  const std::string_view choice = approval::name_of(reply.choice);
  if (const json::Value* passkey = call.body.find("passkey")) {
    if (!call.who.session) return problem(403, "assurance", "a passkey answers within a session");
    const auto assertion = webauthn::parse_assertion(*passkey);
    if (!assertion) return problem(assertion.error());
    const Status proven = sources.people.prove_answer(
        call.who.cookie, {question.id, question.fingerprint, std::string(choice)}, *assertion);
    if (!proven) return problem(403, "assurance", proven.error().text());
    reply.assurance = approval::Assurance::passkey;
  }
  const bool is_needed = question.assurance == approval::Assurance::passkey && reply.choice == Choice::allow;
  if (is_needed && reply.assurance != approval::Assurance::passkey) {
    return problem(403, "assurance",
                   "this action is allowed with a passkey: sign the answer in the dashboard");
  }
  return std::nullopt;
}

Answer decide(const Call& call, Sources& sources, Choice choice) {
  const Status body = check_body(call.body, {{"comment"}, {"approver"}, {"fingerprint"}, {"person"},
                                             {"passkey", Member::Kind::object}});
  if (!body) return problem(body.error());
  const std::string id = call.param("id");
  const auto entry = sources.questions.show(id);
  if (!entry) return problem(404, "not_found", "no such approval: " + quoted(id));
  const std::string shown = call.body.text_or("fingerprint", "");
  if (!shown.empty() && shown != entry->question.fingerprint) {
    return problem(409, "conflict", "this is not the action you were shown");
  }
  if (entry->state != approval::State::open) {
    return problem(409, "conflict",
                   fmt::format("it has been decided already: {}", approval::name_of(entry->state)));
  }
  approval::Reply reply;
  reply.person = call.who.person;
  if (const Status speaks = speaks_as(call, sources, reply.person); !speaks) return problem(speaks.error());
  reply.choice = choice;
  reply.comment = call.body.text_or("comment", "");
  reply.approver = call.body.text_or("approver", "");
  reply.groups = call.who.groups;
  if (auto missing = prove(call, sources, entry->question, reply)) return std::move(*missing);

  // Written down before it takes effect, under the name that is vouched for as well.
  std::string detail = fmt::format("{} by {}", approval::name_of(choice), reply.person);
  if (call.who.on_socket) detail += fmt::format(" (user {})", call.caller.user);
  if (call.who.bearer) detail += fmt::format(" (token {})", call.who.bearer->id);
  if (reply.assurance == approval::Assurance::passkey) detail += " with a passkey";
  if (!reply.comment.empty()) detail += ": " + printable(reply.comment, 500);
  const auto written = sources.sink.append(audit::Admin{reply.person, "approval_answered", id, detail});
  if (!written) return problem(503, "unavailable", "the answer could not be recorded, so it does not count");
  const std::string person = reply.person;
  const auto state = sources.questions.answer(id, std::move(reply), sources.clock.wall_us());
  if (!state) {
    const Error& why = state.error();
    // The record above says what was answered; this one that it did not count.
    (void)sources.sink.append(audit::Admin{person, "approval_answer_refused", id, why.text()});
    if (why.code == Code::not_found) return problem(why);
    return why.code == Code::denied ? problem(why) : problem(409, "conflict", why.text());
  }
  const auto after = sources.questions.show(id);
  return json_answer(entry_text(after.value_or(*entry), sources, call.who));
}

}  // namespace

Answer routes::approvals(const Call& call, Sources& sources) {
  const auto limit = call.number("limit", listed_max, listed_max);
  if (!limit) return problem(limit.error());
  const std::string state = call.ask("state");
  if (!state.empty() && state != "open" && state != "ended" && state != "all") {
    return problem(400, "invalid", "`state` is open, ended or all");
  }
  const std::vector<approval::Entry> entries = sources.questions.list();
  std::map<std::string, std::int64_t> similar;
  for (const approval::Entry& entry : entries) {
    if (entry.state == approval::State::open) ++similar[approval::likeness(entry.question)];
  }
  std::string text;
  json::Writer out(text);
  out.begin_array();
  std::int64_t count = 0;
  for (const approval::Entry& entry : entries) {
    const bool is_open = entry.state == approval::State::open;
    if ((state == "open" && !is_open) || (state == "ended" && is_open)) continue;
    if (++count > *limit) break;
    append_entry(out, entry, similar[approval::likeness(entry.question)], sources, call.who);
  }
  out.end_array();
  return json_answer(std::move(text));
}

Answer routes::approval(const Call& call, Sources& sources) {
  const auto entry = sources.questions.show(call.param("id"));
  if (!entry) return problem(404, "not_found", "no such approval: " + quoted(call.param("id")));
  return json_answer(entry_text(*entry, sources, call.who));
}

Answer routes::allow(const Call& call, Sources& sources) { return decide(call, sources, Choice::allow); }
Answer routes::deny(const Call& call, Sources& sources) { return decide(call, sources, Choice::deny); }

Answer routes::approval_passkey(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"choice"}});
  if (!body) return problem(body.error());
  const std::string choice = call.body.text_or("choice", "allow");
  if (choice != "allow" && choice != "deny") return problem(400, "invalid", "`choice` is allow or deny");
  const auto entry = sources.questions.show(call.param("id"));
  if (!entry) return problem(404, "not_found", "no such approval: " + quoted(call.param("id")));
  auto options = sources.people.answer_options(
      call.who.cookie, {entry->question.id, entry->question.fingerprint, choice});
  return options ? json_answer(std::move(*options)) : problem(options.error());
}

}  // namespace claw::admin
