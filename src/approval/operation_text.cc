// Operations as they are kept: JSON, read strictly. What is missing or of another kind is an error; a file
// from a gateway that knew more is not guessed at.
#include "approval/operations.h"
#include "approval/written.h"
#include "base/json.h"
#include "base/text.h"

namespace claw::approval {
namespace {

constexpr std::int64_t format_version = 1;

constexpr Stage stages[] = {Stage::pending_approval,    Stage::approved_waiting_for_retry,
                            Stage::executing_upstream,  Stage::upstream_succeeded,
                            Stage::upstream_failed,     Stage::denied,
                            Stage::expired};
constexpr State states[] = {State::open,    State::allowed,   State::denied,
                            State::expired, State::withdrawn, State::shutdown};
constexpr Evidence::Kind evidence_kinds[] = {Evidence::Kind::text, Evidence::Kind::table,
                                             Evidence::Kind::diff, Evidence::Kind::json,
                                             Evidence::Kind::count};

void write(json::Writer& out, const Approver& approver) {
  out.begin_object();
  out.member("name", approver.name);
  out.member("required", std::int64_t{approver.required});
  out.member("model", approver.kind == Approver::Kind::model);
  out.member("people", approver.people);
  out.member("escalates_to", approver.escalation.to);
  out.member("escalation_people", approver.escalation.people);
  out.member("escalates_after_us", approver.escalation.after_us);
  out.member("may_allow", approver.may_allow);
  out.end_object();
}

void write(json::Writer& out, const Question& question) {
  const std::pair<std::string_view, const std::string&> texts[] = {
      {"id", question.id},           {"fingerprint", question.fingerprint}, {"endpoint", question.endpoint},
      {"agent", question.agent},     {"profile", question.profile},         {"rule", question.rule},
      {"reason", question.reason},   {"family", question.family},           {"summary", question.summary},
      {"text", question.text},       {"reasoning", question.reasoning},     {"owner", question.owner}};
  for (const auto& [name, text] : texts) out.member(name, text);
  append_parameters(out, question.parameters);
  out.member("assurance", name_of(question.assurance));
  out.member("destructive", question.destructive);
  out.member("asked_us", question.asked_us);
  out.key("approvers");
  out.begin_array();
  for (const Approver& approver : question.approvers) write(out, approver);
  out.end_array();
  append_evidence(out, question.evidence);
}

// Members of one object, each asked for once; the first that is not as it should be is remembered.
class Reader {
 public:
  explicit Reader(const json::Value& value) : value_(value) {
    if (value.object() == nullptr) fail("an object");
  }

  std::string text(std::string_view name) {
    const json::Value* found = value_.find(name);
    const std::string* text = found == nullptr ? nullptr : found->string();
    return text != nullptr ? *text : (fail(name), std::string());
  }
  std::int64_t number(std::string_view name) {
    const json::Value* found = value_.find(name);
    const json::Number* number = found == nullptr ? nullptr : found->number();
    const auto whole = number == nullptr ? std::nullopt : number->as_int64();
    return whole ? *whole : (fail(name), 0);
  }
  bool boolean(std::string_view name) {
    const json::Value* found = value_.find(name);
    const bool* answer = found == nullptr ? nullptr : found->boolean();
    return answer != nullptr ? *answer : (fail(name), false);
  }
  std::vector<json::Value> list(std::string_view name) {
    const json::Value* found = value_.find(name);
    const json::Array* list = found == nullptr ? nullptr : found->array();
    return list != nullptr ? *list : (fail(name), json::Array());
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const json::Value& each : list(name)) {
      if (const std::string* text = each.string()) texts.push_back(*text);
      else fail(name);
    }
    return texts;
  }
  template <class Enum, std::size_t count>
  Enum one_of(std::string_view name, const Enum (&all)[count]) {
    const std::string written = text(name);
    for (const Enum each : all) {
      if (name_of(each) == written) return each;
    }
    return fail(name), all[0];
  }
  void fail(std::string_view name) {
    if (why_.empty()) why_ = "a kept operation makes no sense at " + quoted(name);
  }
  void pass_on(const Reader& inner) {
    if (why_.empty()) why_ = inner.why_;
  }
  Status status() const { return why_.empty() ? Status(Done{}) : Status(invalid(why_)); }

 private:
  const json::Value& value_;
  std::string why_;
};

Approver read_approver(Reader& in) {
  Approver approver;
  approver.name = in.text("name");
  const std::int64_t required = in.number("required");
  if (required < 1 || required > static_cast<std::int64_t>(replies_max)) in.fail("required");
  approver.required = static_cast<std::uint32_t>(required);
  approver.kind = in.boolean("model") ? Approver::Kind::model : Approver::Kind::people;
  approver.people = in.texts("people");
  approver.escalation = {in.text("escalates_to"), in.texts("escalation_people"),
                         in.number("escalates_after_us")};
  approver.may_allow = in.boolean("may_allow");
  return approver;
}

Evidence read_evidence(Reader& in) {
  return {in.text("title"), in.one_of("kind", evidence_kinds), in.text("text"), in.boolean("failed")};
}

Question read_question(Reader& in) {
  Question question;
  std::pair<std::string_view, std::string&> texts[] = {
      {"id", question.id},           {"fingerprint", question.fingerprint}, {"endpoint", question.endpoint},
      {"agent", question.agent},     {"profile", question.profile},         {"rule", question.rule},
      {"reason", question.reason},   {"family", question.family},           {"summary", question.summary},
      {"text", question.text},       {"reasoning", question.reasoning},     {"owner", question.owner}};
  for (auto& [name, text] : texts) text = in.text(name);
  for (const json::Value& each : in.list("parameters")) {
    const std::string* text = each.string();
    if (text == nullptr && !each.is_null()) in.fail("parameters");
    question.parameters.push_back(text == nullptr ? action::Parameter() : action::Parameter(*text));
  }
  constexpr Assurance assurances[] = {Assurance::none, Assurance::passkey};
  question.assurance = in.one_of("assurance", assurances);
  question.destructive = in.boolean("destructive");
  question.asked_us = in.number("asked_us");
  for (const json::Value& each : in.list("approvers")) {
    Reader inner(each);
    question.approvers.push_back(read_approver(inner));
    in.pass_on(inner);
  }
  for (const json::Value& each : in.list("evidence")) {
    Reader inner(each);
    question.evidence.push_back(read_evidence(inner));
    in.pass_on(inner);
  }
  return question;
}

}  // namespace

std::string encode(const Operation& operation) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format_version);
  write(out, operation.question);
  out.member("deadline_us", operation.deadline_us);
  out.member("retry_ttl_us", operation.retry_ttl_us);
  out.member("stage", name_of(operation.stage));
  out.member("state", name_of(operation.answer.state));
  out.member("answered_by", operation.answer.people);
  out.member("comment", operation.answer.comment);
  out.member("decided_us", operation.decided_us);
  out.member("ended_us", operation.ended_us);
  out.member("token", operation.token);
  out.member("was_told", operation.was_told);
  out.member("outcome", operation.reason);
  out.end_object();
  return text;
}

Result<Operation> decode_operation(std::string_view text) {
  CLAW_TRY(const json::Value value, json::parse(text));
  Reader in(value);
  if (in.number("format") != format_version) in.fail("format");
  Operation operation;
  operation.question = read_question(in);
  operation.deadline_us = in.number("deadline_us");
  operation.retry_ttl_us = in.number("retry_ttl_us");
  operation.stage = in.one_of("stage", stages);
  operation.answer.state = in.one_of("state", states);
  operation.answer.people = in.texts("answered_by");
  operation.answer.comment = in.text("comment");
  operation.answer.fingerprint = operation.question.fingerprint;
  operation.decided_us = in.number("decided_us");
  operation.ended_us = in.number("ended_us");
  operation.token = in.text("token");
  operation.was_told = in.boolean("was_told");
  operation.reason = in.text("outcome");
  CLAW_TRY_DONE(in.status());
  return operation;
}

}  // namespace claw::approval
