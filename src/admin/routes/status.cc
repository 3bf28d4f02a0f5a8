// How the gateway is: health, metrics, status, settings, broken glass; and the doors for channels and agents
// that were told to come back.
#include "admin/routes/handlers.h"
#include "admin/routes/status.h"
#include "base/text.h"

namespace claw::admin {

namespace {

constexpr std::int64_t glass_minutes_max = 60;
constexpr std::size_t glass_reason_bytes_max = 1000;

Answer text_answer(int status, std::string body, std::string_view type) {
  Answer made;
  made.status = status;
  made.fields.add("Content-Type", type);
  made.body = std::move(body);
  return made;
}

void append_glass(json::Writer& out, const Glass& glass) {
  out.begin_object();
  out.member("id", glass.id);
  out.member("profile", glass.profile);
  out.member("person", glass.person);
  out.member("reason", glass.reason);
  out.member("since", time_text(glass.since_us));
  out.member("until", time_text(glass.until_us));
  out.end_object();
}

void append_glasses(json::Writer& out, const Sources& sources) {
  out.begin_array();
  if (sources.break_glass.list) {
    for (const Glass& each : sources.break_glass.list()) append_glass(out, each);
  }
  out.end_array();
}

// Channels and models, and what keeps them from being told.
void append_channels(json::Writer& out, const Sources& sources) {
  out.begin_array();
  for (const ChannelNow& each : sources.channels ? sources.channels() : std::vector<ChannelNow>()) {
    out.begin_object();
    out.member("name", each.name);
    out.member("failing", each.failing);
    if (each.failing) {
      out.member("why", each.why);
      out.member("since", time_text(each.since_us));
    }
    out.member("sent", static_cast<std::int64_t>(each.sent));
    out.member("failed", static_cast<std::int64_t>(each.failed));
    out.member("waiting", static_cast<std::int64_t>(each.waiting));
    out.end_object();
  }
  out.end_array();
}

// Where the record goes besides the journal, and how far behind that is.
void append_exporters(json::Writer& out, const Sources& sources) {
  const auto number = [&out](std::string_view name, std::uint64_t value) {
    out.member(name, static_cast<std::int64_t>(value));
  };
  out.begin_array();
  for (const ExporterNow& each : sources.exporters ? sources.exporters() : std::vector<ExporterNow>()) {
    out.begin_object();
    out.member("name", each.name);
    out.member("target", each.target);
    out.member("state", each.state);
    if (!each.why.empty()) {
      out.member("why", each.why);
      out.member("since", time_text(each.since_us));
    }
    number("seq", each.seq);
    if (each.time_us != 0) out.member("time", time_text(each.time_us));
    number("behind", each.behind);
    out.key("behind_seconds");
    out.real(static_cast<double>(each.behind_us / 1000) / 1000.0);
    number("sent", each.sent);
    number("failures", each.failures);
    number("missed", each.missed);
    number("refused", each.refused);
    out.end_object();
  }
  out.end_array();
}

void append_mcp_servers(json::Writer& out, const Sources& sources) {
  out.begin_array();
  for (const McpNow& each : sources.mcp ? sources.mcp() : std::vector<McpNow>()) {
    out.begin_object();
    out.member("endpoint", each.endpoint);
    out.member_unless_empty("credential", each.credential);
    out.member("up", each.is_up);
    out.member_unless_empty("why", each.why);
    out.member("open", static_cast<std::int64_t>(each.open));
    out.member("held", static_cast<std::int64_t>(each.held));
    out.end_object();
  }
  out.end_array();
}

// Records the answer, then gives it to the queue: for people who answer in a channel.
Result<approval::State> take_click(Sources& sources, const Clicked& clicked) {
  const auto person = sources.people.person(clicked.person);
  if (!person || person->disabled) return Error{Code::denied, "nobody here has that account", {}};
  if (!operators::may(person->role, operators::Scope::approve)) {
    return Error{Code::denied, "your role looks, but does not answer approvals", {}};
  }
  const auto entry = sources.questions.show(clicked.question);
  if (!entry) return Error{Code::not_found, "no such question", {}};
  const bool allows = clicked.choice == approval::Choice::allow;
  if (allows && entry->question.assurance == approval::Assurance::passkey) {
    return Error{Code::denied, "this action is allowed with a passkey, in the dashboard", {}};
  }
  std::string detail(approval::name_of(clicked.choice));
  detail += " by " + person->name + " in " + clicked.channel;
  if (!clicked.comment.empty()) detail += ": " + printable(clicked.comment, 500);
  CLAW_TRY([[maybe_unused]] const std::uint64_t written,
           sources.sink.append(audit::Admin{person->name, "approval_answered", clicked.question, detail}));
  approval::Reply reply;
  reply.person = person->name;
  reply.choice = clicked.choice;
  reply.comment = clicked.comment;
  reply.groups = person->groups;
  return sources.questions.answer(clicked.question, std::move(reply), sources.clock.wall_us());
}

}  // namespace

void append_status(json::Writer& out, const Sources& sources, const Who& who) {
  const Running running = sources.running();
  out.begin_object();
  out.member("version", CLAW_VERSION);
  out.member("policy_version", running.policy_version);
  out.member("policy_loaded", time_text(running.policy_loaded_us));
  if (!running.reload_error.empty()) {
    out.member("reload_failed", time_text(running.reload_failed_us));
    out.member("reload_error", running.reload_error);
  }
  out.member("connections", static_cast<std::int64_t>(running.connections));
  out.member("held", static_cast<std::int64_t>(sources.questions.open()));
  out.key("listeners");
  out.begin_array();
  for (const auto& [endpoint, address] : running.listeners) {
    out.begin_object();
    out.member("endpoint", endpoint);
    out.member("address", address);
    out.end_object();
  }
  out.end_array();
  out.key("channels");
  append_channels(out, sources);
  out.key("exporters");
  append_exporters(out, sources);
  out.key("mcp_servers");
  append_mcp_servers(out, sources);
  out.key("breakglass");
  append_glasses(out, sources);
  if (who.is_somebody()) {
    out.member("person", who.person);
    out.member("role", operators::name_of(who.role));
  }
  out.end_object();
}

Answer routes::health(const Call&, Sources&) { return text_answer(200, "ok\n", "text/plain; charset=utf-8"); }

Answer routes::ready(const Call&, Sources& sources) {
  const bool is_ready = sources.is_ready();
  return text_answer(is_ready ? 200 : 503, is_ready ? "ready\n" : "not ready\n", "text/plain; charset=utf-8");
}

Answer routes::metrics(const Call&, Sources& sources) {
  return text_answer(200, sources.registry.text(), "text/plain; version=0.0.4; charset=utf-8");
}

Answer routes::status(const Call& call, Sources& sources) {
  std::string text;
  json::Writer out(text);
  append_status(out, sources, call.who);
  return json_answer(std::move(text));
}

// The part of the policy that is about the gateway itself; secrets are not in it.
Answer routes::settings(const Call&, Sources& sources) {
  const auto snapshot = sources.running().snapshot;
  if (snapshot == nullptr) return problem(503, "unavailable", "no policy is in force yet");
  const auto whole = json::parse(snapshot->to_json());
  const json::Value* gateway = whole ? whole->find("gateway") : nullptr;
  Written out;
  out.writer.member_unless_empty("public_url", sources.public_url);
  out.writer.member("state_dir", sources.state_folder);
  out.writer.member("config", sources.config_path);
  out.writer.member("sealed_store", sources.sealed != nullptr);
  if (gateway != nullptr) {
    out.writer.key("gateway");
    out.writer.raw(json::format(*gateway));
  }
  return out.answer();
}

Answer routes::glasses(const Call&, Sources& sources) {
  std::string text;
  json::Writer out(text);
  append_glasses(out, sources);
  return json_answer(std::move(text));
}

Answer routes::break_glass(const Call& call, Sources& sources) {
  const Status body = check_body(call.body, {{"profile", Member::Kind::text, true},
                                             {"minutes", Member::Kind::integer, true},
                                             {"reason", Member::Kind::text, true}});
  if (!body) return problem(body.error());
  if (!sources.break_glass.grant) return problem(404, "not_found", "this gateway has no glass to break");
  const auto snapshot = sources.running().snapshot;
  Glass wanted;
  wanted.profile = call.body.text_or("profile", "");
  wanted.person = call.who.person;
  wanted.reason = call.body.text_or("reason", "");
  if (snapshot == nullptr || snapshot->profile(wanted.profile) == nullptr) {
    return problem(404, "not_found", "no such profile: " + quoted(wanted.profile));
  }
  const std::int64_t minutes = call.body.int_or("minutes", 0);
  if (minutes < 1 || minutes > glass_minutes_max) {
    return problem(400, "invalid", "`minutes` is between 1 and 60");
  }
  if (trim(wanted.reason).empty() || wanted.reason.size() > glass_reason_bytes_max) {
    return problem(400, "invalid", "a reason is written down, of at most 1000 bytes");
  }
  const auto id = sources.break_glass.grant(wanted, minutes);
  if (!id) return problem(id.error());
  for (const Glass& each : sources.break_glass.list()) {
    if (each.id != *id) continue;
    std::string text;
    json::Writer out(text);
    append_glass(out, each);
    return json_answer(std::move(text));
  }
  return problem(503, "unavailable", "it was granted, and has ended already");
}

Answer routes::end_break_glass(const Call& call, Sources& sources) {
  if (!sources.break_glass.end) return problem(404, "not_found", "this gateway has no glass to break");
  const Status ended = sources.break_glass.end(call.param("id"), call.who.person);
  return ended ? done() : problem(ended.error());
}

Answer routes::callback(const Call& call, Sources& sources) {
  if (!sources.callback) return problem(404, "not_found", "no channel of that name takes answers");
  Callback asked;
  asked.name = call.param("name");
  asked.body = call.text;
  for (const http::Field field : call.head.fields) asked.fields.emplace_back(field.name, field.value);
  return sources.callback(asked, [&sources](const Clicked& clicked) { return take_click(sources, clicked); });
}

Answer routes::operation_status(const Call& call, Sources& sources) {
  if (!sources.operation) return problem(404, "not_found", "no such operation");
  const auto operation = sources.operation(call.param("id"), call.ask("token"));
  if (!operation) return problem(404, "not_found", "no such operation");  // Nor for a wrong token.
  Written out;
  out.writer.member("operation_id", operation->id);
  out.writer.member("state", operation->state);
  out.writer.member_unless_empty("reason", operation->reason);
  if (operation->retry_after_s > 0) out.writer.member("retry_after", operation->retry_after_s);
  Answer made = out.answer();
  if (operation->retry_after_s > 0) made.fields.add("Retry-After", std::to_string(operation->retry_after_s));
  return made;
}

}  // namespace claw::admin
