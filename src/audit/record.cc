#include "audit/record.h"

#include <algorithm>

#include "audit/stream_redaction.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"

namespace claw::audit {

namespace {

void time_unless_zero(std::string& out, json::Writer& w, std::string_view name, std::int64_t wall_us) {
  if (wall_us == 0) return;
  w.key(name);
  w.raw("\"");
  append_time(out, wall_us);
  out.push_back('"');
}

// A value too long to keep: its beginning for the reader, its digest as proof of the rest.
void append_digest(json::Writer& w, std::string_view value) {
  w.member("bytes", static_cast<std::int64_t>(value.size()));
  w.member("sha256", to_hex(crypto::view(crypto::sha256(value))));
}

void append_long(json::Writer& w, std::string_view value) {
  w.begin_object();
  append_digest(w, value);
  w.member("start", value.substr(0, parameter_bytes_max / 4));
  w.end_object();
}

void append_evidence(json::Writer& w, std::span<const Evidence> all) {
  if (all.empty()) return;
  w.key("evidence");
  w.begin_array();
  for (const Evidence& each : all) {
    w.begin_object();
    w.member("title", each.title);
    if (each.failed) w.member("failed", true);
    const bool is_long = each.text.size() > evidence_text_bytes_max;
    if (!each.is_own) w.member("text", std::string_view(each.text).substr(0, evidence_text_bytes_max));
    if (each.is_own || is_long) append_digest(w, each.text);
    w.end_object();
  }
  w.end_array();
}

void append_hidden(json::Writer& w, std::string_view value) {
  w.begin_object();
  w.member("bytes", static_cast<std::int64_t>(value.size()));
  w.end_object();
}

void append_parameters(json::Writer& w, const std::vector<action::Parameter>& parameters, Parameters how) {
  if (parameters.empty()) return;
  w.key("parameters");
  w.begin_array();
  for (const action::Parameter& parameter : parameters) {
    if (!parameter) w.null();
    else if (how == Parameters::hidden) append_hidden(w, *parameter);
    else if (parameter->size() > parameter_bytes_max) append_long(w, *parameter);
    else w.string(*parameter);
  }
  w.end_array();
}

void append_action(json::Writer& w, const action::Action& action, Parameters how) {
  w.member("action", action.id.view());
  if (action.context != nullptr && !action.context->record_json.empty()) w.raw(action.context->record_json);
  if (action.subject != nullptr && !action.subject->record_json.empty()) w.raw(action.subject->record_json);
  append_parameters(w, action.parameters, how);
  if (action.rows_counted >= 0) w.member("rows_counted", action.rows_counted);
  w.member_unless_empty("reasoning", action.reasoning);
}

void append_principal(json::Writer& w, const action::Principal& principal) {
  w.member("agent", principal.agent);
  w.member_unless_empty("profile", principal.profile);
  w.member_unless_empty("address", principal.address);
}

struct Body {
  std::string& out;
  json::Writer& w;

  void operator()(const Judged& entry) const {
    append_action(w, entry.action, entry.parameters);
    w.member("verdict", entry.verdict.allowed() ? "allow" : "deny");
    w.member_unless_empty("rule", entry.verdict.rule);
    if (entry.verdict.allowed() && entry.verdict.rows_max != 0) {
      w.member("rows_max", static_cast<std::int64_t>(entry.verdict.rows_max));
    }
    w.member_unless_empty("reason", entry.verdict.reason);
    w.member_unless_empty("hint", entry.verdict.hint);
    w.member_unless_empty("detail", entry.detail);
    w.member_unless_empty("policy", entry.policy);
    if (entry.observed) w.member("observed", true);
    w.member_unless_empty("operation", entry.operation);
    w.member_unless_empty("approver", entry.approver);
    w.member_unless_empty("comment", entry.comment);
    time_unless_zero(out, w, "asked", entry.asked_us);
    time_unless_zero(out, w, "decided", entry.decided_us);
    append_evidence(w, entry.evidence);
    append_shadows(entry.shadows);
    append_standing(entry);
  }
  void operator()(const Held& entry) const {
    append_action(w, entry.action, entry.parameters);
    w.member("question", entry.question);
    w.member_unless_empty("rule", entry.rule);
    w.member_unless_empty("reason", entry.reason);
    w.member_unless_empty("policy", entry.policy);
    w.key("approvers");
    w.begin_array();
    for (const std::string& approver : entry.approvers) w.string(approver);
    w.end_array();
    time_unless_zero(out, w, "deadline", entry.deadline_us);
  }
  void operator()(const Ended& entry) const {
    w.member("action", entry.action.view());
    w.member_unless_empty("endpoint", entry.endpoint);
    w.member("ending", entry.ending);
    if (entry.rows >= 0) w.member("rows", entry.rows);
    w.member_unless_empty("detail", entry.detail);
    w.member("duration_us", entry.duration_us);
    if (entry.connect_us >= 0) w.member("connect_us", entry.connect_us);
  }
  void operator()(const Session& entry) const {
    w.member("event", entry.event);
    w.member("session", entry.session);
    append_principal(w, entry.principal);
    w.member_unless_empty("endpoint", entry.endpoint);
    w.member_unless_empty("credential", entry.credential);
    w.member_unless_empty("detail", entry.detail);
    if (entry.duration_us != 0) w.member("duration_us", entry.duration_us);
  }
  void operator()(const Incident& entry) const {
    w.member("what", entry.what);
    append_principal(w, entry.principal);
    w.member_unless_empty("session", entry.session);
    w.member_unless_empty("endpoint", entry.endpoint);
  }
  void operator()(const Policy& entry) const {
    w.member("event", entry.event);
    w.member("policy", entry.version);
    w.member_unless_empty("detail", entry.detail);
  }
  void operator()(const Admin& entry) const {
    w.member("event", entry.event);
    w.member("person", entry.person);
    w.member("subject", entry.subject);
    w.member_unless_empty("detail", entry.detail);
  }
  void operator()(const Gateway& entry) const {
    w.member("event", entry.event);
    w.member("version", entry.version);
    w.member_unless_empty("detail", entry.detail);
    if (entry.through != 0) w.member("through", static_cast<std::int64_t>(entry.through));
    w.member_unless_empty("hash", entry.hash);
  }

  void operator()(const Anomaly& entry) const {
    w.member("what", entry.what);
    w.member("agent", entry.agent);
    w.member_unless_empty("session", entry.session);
    w.member_unless_empty("endpoint", entry.endpoint);
    w.member_unless_empty("subject", entry.subject);
    w.member("number", entry.number);
    w.key("baseline");
    w.real(entry.baseline);
    w.member("detail", entry.detail);
    w.member("record", static_cast<std::int64_t>(entry.record));
  }

  void operator()(const Stream& entry) const {
    w.member("action", entry.action.view());
    w.member_unless_empty("endpoint", entry.endpoint);
    w.key("pieces");
    w.begin_array();
    for (const Piece& piece : entry.pieces) append_piece(piece);
    w.end_array();
  }

  void append_piece(const Piece& piece) const {
    w.begin_object();
    w.member("at_us", piece.at_us);
    w.member("channel", piece.channel);
    if (!piece.bytes.empty()) {
      if (is_utf8(piece.bytes)) w.member("text", piece.bytes);
      else w.member("base64", to_base64(piece.bytes));
    }
    if (piece.left_out != 0) w.member("left_out", static_cast<std::int64_t>(piece.left_out));
    w.end_object();
  }

  // What it did to its agent's standing, so that a ledger can be made again from records.
  void append_standing(const Judged& entry) const {
    if (!entry.labels.empty()) {
      w.key("labels");
      w.begin_array();
      for (const std::string_view label : entry.labels) w.string(label);
      w.end_array();
    }
    w.member_unless_empty("budget", entry.budget);
    w.member_unless_empty("break_glass", entry.break_glass);
    if (!entry.charged) return;
    w.key("charged");
    w.begin_object();
    if (entry.charged->destructive) w.member("destructive", true);
    if (entry.charged->objects != 0) w.member("objects", entry.charged->objects);
    if (entry.charged->writes_rows) w.member("rows", true);
    if (entry.charged->hides_rows) w.member("hidden", true);
    w.end_object();
  }

  void append_shadows(std::span<const Shadow> shadows) const {
    if (shadows.empty()) return;
    w.key("shadows");
    w.begin_array();
    for (const Shadow& shadow : shadows) {
      w.begin_object();
      w.member("rule", shadow.rule);
      w.member("outcome", shadow.outcome);
      w.end_object();
    }
    w.end_array();
  }
};

}  // namespace

std::string_view kind_of(const Entry& entry) {
  constexpr std::string_view kinds[] = {"judged",   "held",   "ended", "session",
                                        "incident", "policy", "admin", "gateway", "anomaly", "stream"};
  static_assert(std::size(kinds) == std::variant_size_v<Entry>);
  return kinds[entry.index()];
}

void append_head(std::string& out, std::uint64_t seq, std::int64_t time_us) {
  json::Writer w(out);
  w.begin_object();
  w.member("seq", static_cast<std::int64_t>(seq));
  w.key("time");
  w.raw("\"");
  append_time(out, time_us);
  out += "\",";
}

static const Redaction* redaction_of(const Entry& entry) {
  if (const auto* judged = std::get_if<Judged>(&entry)) return judged->redaction;
  if (const auto* held = std::get_if<Held>(&entry)) return held->redaction;
  if (const auto* ended = std::get_if<Ended>(&entry)) return ended->redaction;
  if (const auto* session = std::get_if<Session>(&entry)) return session->redaction;
  if (const auto* incident = std::get_if<Incident>(&entry)) return incident->redaction;
  return nullptr;  // Streams are cleaned before they are JSON.
}

void append_body(std::string& out, const Entry& entry, std::string_view redaction_key) {
  if (const auto* stream = std::get_if<Stream>(&entry); stream != nullptr && stream->redaction != nullptr) {
    const CleanPieces clean(*stream->redaction, stream->pieces, redaction_key);
    return append_body(out, Stream{stream->action, clean.pieces(), stream->endpoint}, redaction_key);
  }
  const std::size_t before = out.size();
  json::Writer w(out);
  w.member("kind", kind_of(entry));
  std::visit(Body{out, w}, entry);
  w.end_object();
  const Redaction* redaction = redaction_of(entry);
  if (redaction == nullptr) return;
  const std::string clean =
      out.substr(0, before) + redaction->apply(std::string_view(out).substr(before), redaction_key);
  wipe(out);
  out = clean;
}

}  // namespace claw::audit
